"""The background job of accounts."""

from service.accounts.data_export import purge_exports
from service.accounts.login_throttle import purge_throttles
from service.accounts.mailed_tokens import purge_tokens
from service.accounts.sessions import purge_sessions
from service.database.columns import now


def purge_expired() -> int:
    """Delete expired rows of accounts; return the number of sessions. A job."""
    at = now()
    purge_throttles(at)
    purge_tokens(at)
    purge_exports(at)
    return purge_sessions(at)
