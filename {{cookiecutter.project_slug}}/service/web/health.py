"""Health checks: `/healthz` for liveness, `/readyz` for readiness."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ServiceUnavailable

from service.database.migrations import current_revisions, latest_revisions

bp = Blueprint("health", __name__)
# A stored response would hide the current state.
NO_STORE = {"Cache-Control": "no-store"}


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Respond with 200 while this process works, even if the database is unavailable."""
    return {"status": "alive"}, NO_STORE


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Respond with 200 if the database has the latest migration, else with 503."""
    if current_revisions() != latest_revisions():
        raise ServiceUnavailable
    return {"status": "ready"}, NO_STORE
