"""Stateful tests of sessions: sequences of logins, refreshes, thefts, logouts and pauses.

Hypothesis generates the sequences. After each step, the sessions in the database are compared with
a simple model of sessions.
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

from service.accounts import authentication
from service.accounts.models import RefreshToken, Session
from service.accounts.refresh_tokens import GRACE_PERIOD, RETRY_PERIOD, InvalidRefreshTokenError
from service.accounts.sessions import (
    ABSOLUTE_TIMEOUT,
    IDLE_TIMEOUT,
    Principal,
    SessionWithToken,
    create_session,
    purge_sessions,
    revoke_session,
    revoke_sessions,
)
from service.extensions import db
from tests.accounts.member_actions import (
    EMAIL,
    HOME_NETWORK,
    NEW_PASSWORD,
    NOW,
    PASSWORD,
    is_active,
    rotate,
)

pytestmark = pytest.mark.slow

SECOND = timedelta(seconds=1)
PAUSES = [
    *(SECOND, GRACE_PERIOD, GRACE_PERIOD + SECOND, RETRY_PERIOD),
    *(timedelta(days=1), IDLE_TIMEOUT - SECOND, IDLE_TIMEOUT),
]
CLIENTS = ["home", "elsewhere"]
HYPOTHESIS_SETTINGS = settings(
    max_examples=12, stateful_step_count=15, derandomize=True, database=None, deadline=None
)


@dataclass(eq=False)
class SessionModel:
    """A model of a session, with the expected state."""

    issued_session: SessionWithToken
    expires_at: datetime
    is_revoked: bool = False

    def is_active(self, at: datetime) -> bool:
        """Return whether the session should be active at this time."""
        return not self.is_revoked and at < self.expires_at


@dataclass(eq=False)
class TokenModel:
    """A model of a refresh token, with the expected state."""

    session: SessionModel
    token: str
    expires_at: datetime
    used_at: datetime | None = None
    used_by: str = ""
    successor: "TokenModel | None" = None

    def expected_result(self, at: datetime, client: str) -> str:
        """Return the expected result of a refresh with this token by the client."""
        if not self.session.is_active(at):
            return "invalid"
        if self.used_at is None:
            return "accepted" if at < self.expires_at else "invalid"
        assert self.successor
        if self.successor.used_at is not None:
            return "reused"
        period = RETRY_PERIOD if client == self.used_by else GRACE_PERIOD
        return "retried" if at - self.used_at <= period else "reused"


class SessionStateMachine(RuleBasedStateMachine):
    """Actions on the sessions of Kim, and on all refresh tokens of these sessions."""

    tokens: Bundle[TokenModel] = Bundle("tokens")

    kim_id: int

    @initialize()
    def start(self) -> None:
        """Delete the sessions of the previous sequence."""
        self.at = NOW
        self.sessions: list[SessionModel] = []
        db.session.execute(delete(Session))
        db.session.commit()

    @rule(target=tokens)
    def log_in(self) -> TokenModel:
        """Create a session."""
        issued = create_session(self.kim_id, "a test", HOME_NETWORK, self.at)
        self.sessions.append(SessionModel(issued, self.at + ABSOLUTE_TIMEOUT))
        return self.add_token(self.sessions[-1], issued)

    @rule(target=tokens, token=tokens, client=st.sampled_from(CLIENTS))
    def refresh(self, token: TokenModel, client: str) -> TokenModel | MultipleResults[TokenModel]:
        """Use any refresh token that was ever issued, as the member or a thief would."""
        expected = token.expected_result(self.at, client)
        try:
            issued = rotate(token.token, self.at, client)
        except InvalidRefreshTokenError:
            assert expected in {"invalid", "reused"}
            token.session.is_revoked |= expected == "reused"
            return multiple()
        if expected == "retried":
            assert token.successor
            assert issued.refresh_token == token.successor.token
            return multiple()
        assert expected == "accepted"
        token.used_at, token.used_by = self.at, client
        token.successor = self.add_token(token.session, issued)
        return token.successor

    @rule(token=tokens)
    def log_out(self, token: TokenModel) -> None:
        """Revoke the session of the token."""
        was_active = token.session.is_active(self.at)
        session_id = token.session.issued_session.session_id
        assert revoke_session(self.kim_id, session_id, self.at) == was_active
        token.session.is_revoked = True

    @rule()
    def log_out_everywhere(self) -> None:
        """Revoke all sessions."""
        revoke_sessions(self.kim_id, self.at)
        self.revoke_all()

    @rule()
    def change_password(self) -> None:
        """Change the password and change it back, so that this step can be repeated."""
        kim = Principal(self.kim_id, "Kim", EMAIL, NOW, "any")
        for current, new in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)):
            authentication.change_password(kim, current, new, HOME_NETWORK, self.at)
        self.revoke_all()

    @rule()
    def purge(self) -> None:
        """Delete expired sessions."""
        purge_sessions(self.at)

    @rule(pause=st.sampled_from(PAUSES))
    def wait(self, pause: timedelta) -> None:
        """Advance the time of the following steps."""
        self.at += pause

    @invariant()
    def access_tokens_are_accepted_while_their_session_is_active(self) -> None:
        """Check that the same sessions are active in the model and in the service."""
        for session in self.sessions:
            assert is_active(session.issued_session, self.at) == session.is_active(self.at)

    @invariant()
    def no_session_has_two_unused_tokens(self) -> None:
        """Check that no session has more than one unused refresh token."""
        unused = select(func.count()).where(RefreshToken.used_at.is_(None))
        counts = db.session.scalars(unused.group_by(RefreshToken.session_id)).all()
        db.session.rollback()
        assert set(counts) <= {1}

    def add_token(self, session: SessionModel, issued: SessionWithToken) -> TokenModel:
        """Return the model of a refresh token that was just issued."""
        expires_at = min(self.at + IDLE_TIMEOUT, session.expires_at)
        return TokenModel(session, issued.refresh_token, expires_at)

    def revoke_all(self) -> None:
        """Revoke every session in the model."""
        for session in self.sessions:
            session.is_revoked = True


@pytest.mark.usefixtures("app_context")
def test_sessions_behave_like_the_model(kim_id: int) -> None:
    SessionStateMachine.kim_id = kim_id

    run_state_machine_as_test(SessionStateMachine, settings=HYPOTHESIS_SETTINGS)
