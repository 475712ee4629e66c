"""Sessions under any history: whatever members, thieves and time do, in whatever order.

Hypothesis makes up the histories. Beside the service runs a model of it, a few lines that say what
must come out; after each step the two are compared.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select

from service.accounts import members
from service.accounts.models import RefreshToken, Session
from service.accounts.sessions import (
    GRACE_SECONDS,
    IDLE_LIFE,
    WHOLE_LIFE,
    InvalidRefreshTokenError,
    Renewal,
    RotatedRefreshTokenError,
    SignedIn,
    open_session,
    purge_sessions,
    renew_session,
    revoke_session,
    revoke_sessions,
)
from service.extensions import db
from tests.accounts.kim import AT, EMAIL, HOME, PASSWORD, lives

pytestmark = pytest.mark.slow

GRACE = timedelta(seconds=GRACE_SECONDS)
SECOND = timedelta(seconds=1)
PAUSES = [SECOND, GRACE, GRACE + SECOND, timedelta(days=1), IDLE_LIFE - SECOND, IDLE_LIFE]
FEW = settings(
    max_examples=12, stateful_step_count=15, derandomize=True, database=None, deadline=None
)


@dataclass(eq=False)
class Family:
    """What the model knows of a session."""

    first: Renewal
    ends: datetime
    is_ended: bool = False

    def lives(self, at: datetime) -> bool:
        """Tell whether the session has not ended at that moment."""
        return not self.is_ended and at < self.ends


@dataclass(eq=False)
class Token:
    """What the model knows of a refresh token."""

    family: Family
    text: str
    expires: datetime
    used: datetime | None = None

    def outcome(self, at: datetime) -> str:
        """Return what presenting the token must come to at that moment."""
        if not self.family.lives(at):
            return "invalid"
        if self.used is None:
            return "renewed" if at < self.expires else "invalid"
        return "rotated" if at - self.used <= GRACE else "stolen"


class Histories(RuleBasedStateMachine):
    """What can happen to the sessions of Kim."""

    tokens: Bundle[Token] = Bundle("tokens")

    kim_id: int

    @initialize()
    def begin(self) -> None:
        """Begin at noon, without the sessions of another history."""
        self.at = AT
        self.families: list[Family] = []
        db.session.execute(delete(Session))
        db.session.commit()

    @rule(target=tokens)
    def log_in(self) -> Token:
        """Begin a session."""
        first = open_session(self.kim_id, "a test", HOME, self.at)
        self.families.append(Family(first, self.at + WHOLE_LIFE))
        return self.token_of(self.families[-1], first)

    @rule(target=tokens, token=tokens)
    def present(self, token: Token) -> Token | MultipleResults[Token]:
        """Present any refresh token that was ever given, as its owner does, or a thief."""
        expected = token.outcome(self.at)
        try:
            renewal = renew_session(token.text, self.at)
        except RotatedRefreshTokenError:
            assert expected == "rotated"
        except InvalidRefreshTokenError:
            assert expected in {"invalid", "stolen"}
            token.family.is_ended |= expected == "stolen"
        else:
            assert expected == "renewed"
            token.used = self.at
            return self.token_of(token.family, renewal)
        return multiple()

    @rule(token=tokens)
    def log_out(self, token: Token) -> None:
        """End the session that the token belongs to."""
        lived = token.family.lives(self.at)
        assert revoke_session(self.kim_id, token.family.first.session_id, self.at) == lived
        token.family.is_ended = True

    @rule()
    def log_out_everywhere(self) -> None:
        """End all sessions."""
        revoke_sessions(self.kim_id, self.at)
        self.end_all()

    @rule()
    def change_password(self) -> None:
        """Change the password, to the one it was: that makes no difference here."""
        kim = SignedIn(self.kim_id, "Kim", EMAIL, AT, "any")
        members.change_password(kim, PASSWORD, PASSWORD, HOME, self.at)
        self.end_all()

    @rule()
    def purge(self) -> None:
        """Delete what is over."""
        purge_sessions(self.at)

    @rule(pause=st.sampled_from(PAUSES))
    def wait(self, pause: timedelta) -> None:
        """Let time pass."""
        self.at += pause

    @invariant()
    def access_tokens_work_while_their_session_lives(self) -> None:
        """R4.04, R4.07: and none of them lives past the end of its session."""
        for family in self.families:
            assert lives(family.first, self.at) == family.lives(self.at)

    @invariant()
    def no_session_has_two_unused_tokens(self) -> None:
        """R4.05, R4.06."""
        unused = select(func.count()).where(RefreshToken.used_at.is_(None))
        counts = db.session.scalars(unused.group_by(RefreshToken.session_id)).all()
        db.session.rollback()
        assert set(counts) <= {1}

    def token_of(self, family: Family, renewal: Renewal) -> Token:
        """Return what the model knows of the token that was given just now."""
        return Token(family, renewal.refresh_token, min(self.at + IDLE_LIFE, family.ends))

    def end_all(self) -> None:
        """End every session in the model."""
        for family in self.families:
            family.is_ended = True


@pytest.mark.usefixtures("context")
def test_no_history_breaks_the_rules_of_sessions(kim_id: int) -> None:
    """R4.04, R4.05, R4.06, R4.07, C01-C08."""
    Histories.kim_id = kim_id

    run_state_machine_as_test(Histories, settings=FEW)
