"""Sessions and their refresh tokens."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.accounts.models import LONGEST_DEVICE, Member, RefreshToken, Session
from service.accounts.sessions import (
    GRACE_SECONDS,
    WHOLE_LIFE,
    Renewal,
    SignedIn,
    find_signed_in,
    live_sessions,
    open_session,
    purge_sessions,
    renew_session,
    revoke_session,
    revoke_sessions,
)
from service.extensions import db
from tests.accounts.kim import AT, is_refused, lives
from tests.accounts.people import kept_member

pytestmark = pytest.mark.usefixtures("context")

SECOND = timedelta(seconds=1)
GRACE = timedelta(seconds=GRACE_SECONDS)


@pytest.fixture
def ann() -> int:
    """Keep a member."""
    return kept_member()


@pytest.fixture
def opened(ann: int) -> Renewal:
    """Begin a session."""
    return open_session(ann, "a test", "127.0.0.0/24", AT)


def test_a_session_tells_who_acts(ann: int, opened: Renewal) -> None:
    member = find_signed_in(ann, opened.session_id, AT)

    assert member
    assert (member.id, member.name, member.session_id) == (ann, "Ann", opened.session_id)


def test_who_acts_is_asked_in_one_statement(opened: Renewal, statements: list[str]) -> None:
    find_signed_in(opened.member_id, opened.session_id, AT)

    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_a_session_is_nobody_elses(opened: Renewal) -> None:
    """B12."""
    assert find_signed_in(opened.member_id + 1, opened.session_id, AT) is None


def test_the_id_of_a_session_counts_case(opened: Renewal) -> None:
    assert find_signed_in(opened.member_id, opened.session_id.swapcase(), AT) is None


def test_a_long_name_of_a_device_is_cut(ann: int) -> None:
    opened = open_session(ann, "\N{GRINNING FACE}" * 1000, "127.0.0.0/24", AT)

    assert len(db.session.get_one(Session, opened.session_id).device) == LONGEST_DEVICE


def test_renewing_does_not_move_the_end(opened: Renewal) -> None:
    """R4.04."""
    middle = renew_session(opened.refresh_token, AT + timedelta(days=13))
    last = renew_session(middle.refresh_token, AT + timedelta(days=26))
    last = renew_session(last.refresh_token, AT + WHOLE_LIFE - SECOND)

    assert lives(opened, AT + WHOLE_LIFE - SECOND)
    assert not lives(opened, AT + WHOLE_LIFE)
    assert is_refused(last.refresh_token, AT + WHOLE_LIFE)


def test_a_session_can_be_ended(ann: int, opened: Renewal) -> None:
    """R4.07, C06, C07."""
    assert revoke_session(ann, opened.session_id, AT)

    assert not lives(opened, AT)
    assert is_refused(opened.refresh_token, AT)


def test_a_session_ends_once(ann: int, opened: Renewal) -> None:
    revoke_session(ann, opened.session_id, AT)

    assert not revoke_session(ann, opened.session_id, AT)


@pytest.mark.parametrize("session_id", ["nobody's", "", "\0", "\ud800", "x" * 1000])
def test_what_is_no_session_cannot_be_ended(ann: int, session_id: str) -> None:
    """C20."""
    assert not revoke_session(ann, session_id, AT)


def test_nobody_else_can_end_a_session(opened: Renewal) -> None:
    """C20."""
    assert not revoke_session(opened.member_id + 1, opened.session_id, AT)

    assert lives(opened, AT)


def test_all_sessions_can_be_ended(ann: int, opened: Renewal) -> None:
    """R4.08, C08."""
    other = open_session(ann, "another", "127.0.0.0/24", AT)

    revoke_sessions(ann, AT)

    assert (lives(opened, AT), lives(other, AT)) == (False, False)
    assert is_refused(other.refresh_token, AT)


def test_a_disabled_member_has_no_session(ann: int, opened: Renewal) -> None:
    """R4.07, C06: also a session that a login in the same moment began."""
    db.session.execute(update(Member).where(Member.id == ann).values(disabled_at=AT))
    db.session.commit()

    assert not lives(opened, AT)
    assert is_refused(opened.refresh_token, AT)


def test_sessions_are_listed_with_the_last_used_first(ann: int, opened: Renewal) -> None:
    """R4.08."""
    second = open_session(ann, "another", "127.0.0.0/24", AT + SECOND)
    ended = open_session(ann, "ended", "127.0.0.0/24", AT)
    revoke_session(ann, ended.session_id, AT)
    renew_session(opened.refresh_token, AT + 2 * SECOND)

    member = SignedIn(ann, "Ann", "ann@example.com", AT, opened.session_id)
    listed = [session.id for session in live_sessions(member, AT + 2 * SECOND)]

    assert listed == [opened.session_id, second.session_id]


def test_expired_sessions_are_purged_with_their_tokens(ann: int, opened: Renewal) -> None:
    """R4.08."""
    young = open_session(ann, "young", "127.0.0.0/24", AT + SECOND)

    assert purge_sessions(AT + WHOLE_LIFE) == 1

    assert db.session.scalars(select(Session.id)).all() == [young.session_id]
    assert db.session.scalars(select(RefreshToken.session_id)).all() == [young.session_id]
    assert opened.session_id != young.session_id


def test_an_ended_session_is_kept_until_it_expires(ann: int, opened: Renewal) -> None:
    """A network from which a member has logged in stays known as long."""
    revoke_session(ann, opened.session_id, AT)

    assert purge_sessions(AT + WHOLE_LIFE - SECOND) == 0
