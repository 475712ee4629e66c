"""Sessions and their refresh tokens."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from service.accounts.models import LONGEST_DEVICE, Member, RefreshToken, Session
from service.accounts.sessions import (
    GRACE_SECONDS,
    IDLE_LIFE,
    WHOLE_LIFE,
    InvalidRefreshTokenError,
    Renewal,
    RotatedRefreshTokenError,
    SignedIn,
    find_signed_in,
    live_sessions,
    open_session,
    purge_sessions,
    renew_session,
    revoke_session,
    revoke_sessions,
)
from service.accounts.tokens import refresh_token_hash
from service.extensions import db
from tests.accounts.conftest import MANY, AtOnce, Log
from tests.accounts.people import kept_member

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GRACE = timedelta(seconds=GRACE_SECONDS)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def ann() -> int:
    """Keep a member."""
    return kept_member()


@pytest.fixture
def opened(ann: int) -> Renewal:
    """Begin a session."""
    return open_session(ann, "a test", "127.0.0.0/24", AT)


def lives(session: Renewal, at: datetime) -> bool:
    """Tell whether an access token of this session would be believed at that moment."""
    found = find_signed_in(session.member_id, session.session_id, at)
    db.session.rollback()
    return found is not None


def unused(session_id: str) -> int:
    """Count the tokens of a session that nobody has used."""
    statement = select(func.count()).where(
        RefreshToken.session_id == session_id, RefreshToken.used_at.is_(None)
    )
    count = db.session.scalar(statement)
    db.session.rollback()
    return count or 0


def is_refused(token: str, at: datetime) -> bool:
    """Try a refresh token; tell whether it opens nothing."""
    try:
        renew_session(token, at)
    except InvalidRefreshTokenError:
        return True
    return False


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


def test_a_refresh_token_brings_the_next_one(opened: Renewal) -> None:
    """C01."""
    renewed = renew_session(opened.refresh_token, AT)

    assert (renewed.member_id, renewed.session_id) == (opened.member_id, opened.session_id)
    assert renewed.refresh_token != opened.refresh_token
    assert unused(opened.session_id) == 1


def test_the_database_keeps_no_token(opened: Renewal) -> None:
    """R4.04."""
    assert db.session.scalars(select(RefreshToken.hash)).all() == [
        refresh_token_hash(opened.refresh_token)
    ]


def test_what_the_database_keeps_opens_nothing(opened: Renewal) -> None:
    """C12."""
    assert is_refused(refresh_token_hash(opened.refresh_token), AT)


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda token: ("A" if token[0] != "A" else "B") + token[1:], id="changed"),
        pytest.param(lambda token: token[:-1], id="cut"),
        pytest.param(lambda token: token + "=", id="padded"),
        pytest.param(str.swapcase, id="case"),
        pytest.param(lambda token: token + "\0", id="NUL"),
        pytest.param(lambda token: token + "\ud800", id="half a character"),
        pytest.param(lambda _token: "x" * 10_000, id="ten kilobytes"),
        pytest.param(lambda _token: "", id="empty"),
    ],
)
def test_a_token_that_is_not_quite_right_opens_nothing(
    opened: Renewal, tamper: Callable[[str], str]
) -> None:
    """C10."""
    with pytest.raises(InvalidRefreshTokenError):
        renew_session(tamper(opened.refresh_token), AT)

    assert unused(opened.session_id) == 1


@pytest.mark.parametrize("passed", [timedelta(0), GRACE, -timedelta(minutes=10)])
def test_a_token_used_a_moment_ago_brings_nothing_more(opened: Renewal, passed: timedelta) -> None:
    """R4.06, Z20, Z32."""
    renew_session(opened.refresh_token, AT)

    with pytest.raises(RotatedRefreshTokenError) as caught:
        renew_session(opened.refresh_token, AT + passed)

    assert caught.value.session_id == opened.session_id
    assert unused(opened.session_id) == 1


def test_a_token_used_a_moment_ago_ends_nothing(opened: Renewal) -> None:
    """R4.06, Z20."""
    renewed = renew_session(opened.refresh_token, AT)
    is_refused(opened.refresh_token, AT + GRACE)

    assert lives(opened, AT + GRACE)
    assert not is_refused(renewed.refresh_token, AT + GRACE)


def test_a_token_used_earlier_ends_the_session(opened: Renewal) -> None:
    """R4.06, C02."""
    renewed = renew_session(opened.refresh_token, AT)
    later = AT + GRACE + SECOND

    assert is_refused(opened.refresh_token, later)
    assert is_refused(renewed.refresh_token, later)
    assert not lives(opened, later)


def test_a_thief_who_is_first_gains_little(opened: Renewal) -> None:
    """C03."""
    stolen = renew_session(opened.refresh_token, AT)
    later = AT + timedelta(minutes=15)

    assert is_refused(opened.refresh_token, later)
    assert is_refused(stolen.refresh_token, later)
    assert not lives(stolen, later)


def test_a_stolen_token_of_long_ago_still_ends_the_session(opened: Renewal) -> None:
    """R4.06."""
    at, newest = AT, opened
    for _week in range(3):
        newest = renew_session(newest.refresh_token, at)
        at += timedelta(days=7)

    assert is_refused(opened.refresh_token, at)
    assert is_refused(newest.refresh_token, at)


def test_reuse_is_logged(opened: Renewal, log: Log) -> None:
    """R4.06, R7.09."""
    renew_session(opened.refresh_token, AT)

    is_refused(opened.refresh_token, AT + GRACE + SECOND)

    [event] = log()
    assert (event["event"], event["level"]) == ("authn_token_reuse", "warning")
    assert event["session_id"] == opened.session_id


def test_other_sessions_outlive_reuse(ann: int, opened: Renewal) -> None:
    other = open_session(ann, "another", "127.0.0.0/24", AT)
    renew_session(opened.refresh_token, AT)

    is_refused(opened.refresh_token, AT + GRACE + SECOND)

    assert lives(other, AT + GRACE + SECOND)


def test_a_token_that_nobody_used_for_long_opens_nothing(opened: Renewal) -> None:
    """R4.04."""
    assert is_refused(opened.refresh_token, AT + IDLE_LIFE)


def test_a_token_is_good_until_then(opened: Renewal) -> None:
    """R4.04."""
    assert not is_refused(opened.refresh_token, AT + IDLE_LIFE - SECOND)


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


def test_of_many_renewals_at_once_one_succeeds(opened: Renewal, at_once: AtOnce) -> None:
    """R4.05, C04, Z19."""

    def renew() -> str:
        try:
            return renew_session(opened.refresh_token, AT).refresh_token
        except RotatedRefreshTokenError:
            return "rotated"

    results = at_once(*[renew] * MANY)

    assert len([result for result in results if result != "rotated"]) == 1
    assert unused(opened.session_id) == 1
    assert lives(opened, AT)


def test_no_renewal_outlives_the_end_of_its_session(ann: int, at_once: AtOnce) -> None:
    """R4.07, Z17: whichever comes first, and without an error."""
    opened = [open_session(ann, "a test", "127.0.0.0/24", AT) for _number in range(MANY // 2)]

    def renew(session: Renewal) -> str | None:
        try:
            return renew_session(session.refresh_token, AT).refresh_token
        except InvalidRefreshTokenError:
            return None

    renewals = [lambda session=session: renew(session) for session in opened]
    endings = [lambda: revoke_sessions(ann, AT)] * (MANY // 2)
    results = at_once(*renewals, *endings)

    tokens = [token for token in results if token]
    assert not any(lives(session, AT) for session in opened)
    assert all(is_refused(token, AT) for token in tokens)
