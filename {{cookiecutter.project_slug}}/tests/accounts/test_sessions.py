"""Sessions: principals, expiry, revocation, listing and purging."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.accounts.models import MAX_USER_AGENT_LENGTH, Member, RefreshToken, Session
from service.accounts.sessions import (
    ABSOLUTE_TIMEOUT,
    Principal,
    SessionWithToken,
    active_sessions,
    create_session,
    find_principal,
    purge_sessions,
    revoke_session,
    revoke_sessions,
)
from service.extensions import db
from tests.accounts.member_actions import NOW, is_active, is_rejected, rotate
from tests.accounts.people import ensure_member_id

pytestmark = pytest.mark.usefixtures("app_context")

SECOND = timedelta(seconds=1)


@pytest.fixture
def ann_id() -> int:
    """Return the member id of Ann."""
    return ensure_member_id()


@pytest.fixture
def session(ann_id: int) -> SessionWithToken:
    """Return a session that was created for Ann at time `NOW`."""
    return create_session(ann_id, "a test", "127.0.0.0/24", NOW)


def test_active_session_has_a_principal(ann_id: int, session: SessionWithToken) -> None:
    member = find_principal(ann_id, session.session_id, NOW)

    assert member
    assert (member.id, member.name, member.session_id) == (ann_id, "Ann", session.session_id)


def test_principal_is_found_with_one_statement(
    session: SessionWithToken, statements: list[str]
) -> None:
    find_principal(session.member_id, session.session_id, NOW)

    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_session_of_another_member_has_no_principal(session: SessionWithToken) -> None:
    assert find_principal(session.member_id + 1, session.session_id, NOW) is None


def test_session_id_is_case_sensitive(session: SessionWithToken) -> None:
    assert find_principal(session.member_id, session.session_id.swapcase(), NOW) is None


def test_long_user_agent_is_truncated(ann_id: int) -> None:
    session = create_session(ann_id, "\N{GRINNING FACE}" * 1000, "127.0.0.0/24", NOW)

    assert len(db.session.get_one(Session, session.session_id).user_agent) == MAX_USER_AGENT_LENGTH


def test_refresh_does_not_extend_the_absolute_timeout(session: SessionWithToken) -> None:
    middle = rotate(session.refresh_token, NOW + timedelta(days=13))
    last = rotate(middle.refresh_token, NOW + timedelta(days=26))
    last = rotate(last.refresh_token, NOW + ABSOLUTE_TIMEOUT - SECOND)

    assert is_active(session, NOW + ABSOLUTE_TIMEOUT - SECOND)
    assert not is_active(session, NOW + ABSOLUTE_TIMEOUT)
    assert is_rejected(last.refresh_token, NOW + ABSOLUTE_TIMEOUT)


def test_session_can_be_revoked(ann_id: int, session: SessionWithToken) -> None:
    assert revoke_session(ann_id, session.session_id, NOW)

    assert not is_active(session, NOW)
    assert is_rejected(session.refresh_token, NOW)


def test_session_cannot_be_revoked_twice(ann_id: int, session: SessionWithToken) -> None:
    revoke_session(ann_id, session.session_id, NOW)

    assert not revoke_session(ann_id, session.session_id, NOW)


@pytest.mark.parametrize("session_id", ["unknown", "", "\0", "\ud800", "x" * 1000])
def test_unknown_session_cannot_be_revoked(ann_id: int, session_id: str) -> None:
    assert not revoke_session(ann_id, session_id, NOW)


def test_session_of_another_member_cannot_be_revoked(session: SessionWithToken) -> None:
    assert not revoke_session(session.member_id + 1, session.session_id, NOW)

    assert is_active(session, NOW)


def test_all_sessions_can_be_revoked(ann_id: int, session: SessionWithToken) -> None:
    other = create_session(ann_id, "another", "127.0.0.0/24", NOW)

    revoke_sessions(ann_id, NOW)

    assert (is_active(session, NOW), is_active(other, NOW)) == (False, False)
    assert is_rejected(other.refresh_token, NOW)


def test_disabled_member_has_no_active_session(ann_id: int, session: SessionWithToken) -> None:
    # The session is not revoked: a concurrent login may open it after the member is disabled.
    db.session.execute(update(Member).where(Member.id == ann_id).values(disabled_at=NOW))
    db.session.commit()

    assert not is_active(session, NOW)
    assert is_rejected(session.refresh_token, NOW)


def test_most_recently_refreshed_session_is_listed_first(
    ann_id: int, session: SessionWithToken
) -> None:
    other = create_session(ann_id, "another", "127.0.0.0/24", NOW + SECOND)
    revoked = create_session(ann_id, "revoked", "127.0.0.0/24", NOW)
    revoke_session(ann_id, revoked.session_id, NOW)
    rotate(session.refresh_token, NOW + 2 * SECOND)

    member = Principal(ann_id, "Ann", "ann@example.com", NOW, session.session_id)
    listed = [active.id for active in active_sessions(member, NOW + 2 * SECOND)]

    assert listed == [session.session_id, other.session_id]


def test_expired_sessions_are_purged_with_their_tokens(
    ann_id: int, session: SessionWithToken
) -> None:
    active = create_session(ann_id, "active", "127.0.0.0/24", NOW + SECOND)

    assert purge_sessions(NOW + ABSOLUTE_TIMEOUT) == 1

    assert db.session.scalars(select(Session.id)).all() == [active.session_id]
    assert db.session.scalars(select(RefreshToken.session_id)).all() == [active.session_id]
    assert session.session_id != active.session_id


def test_revoked_session_is_kept_until_it_expires(ann_id: int, session: SessionWithToken) -> None:
    # Login throttling reads the networks of revoked sessions.
    revoke_session(ann_id, session.session_id, NOW)

    assert purge_sessions(NOW + ABSOLUTE_TIMEOUT - SECOND) == 0
