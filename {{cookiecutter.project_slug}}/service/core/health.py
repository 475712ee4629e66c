"""The probes: `/healthz`, the process lives; `/readyz`, it can serve."""

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import ServiceUnavailable

from service.core.migrations import current_revisions, newest_revisions

bp = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Add the probes."""
    app.register_blueprint(bp)


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    """Let no cache answer in our place."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """Answer without the database, which may be down while the process is well."""
    return {"status": "alive"}


@bp.get("/readyz")
def readyz() -> dict[str, str]:
    """Answer 200 where the database answers and has the newest migration, else 503."""
    if current_revisions() != newest_revisions():
        raise ServiceUnavailable
    return {"status": "ready"}
