"""The page on which members request a file with their data and download it."""

from datetime import datetime
from http import HTTPStatus
from io import BytesIO

from flask import Blueprint, abort, flash, render_template, send_file, url_for
from sqlalchemy import select
from werkzeug import Response

from service.accounts.data_export import (
    EXPORT_REQUESTED,
    LIFETIME,
    exported_json,
    is_being_prepared,
    request_export,
)
from service.accounts.models import DataExport
from service.accounts.principal import current_member, login_required
from service.accounts.responses import add_no_store
from service.accounts.rules import EXPORT_RATE_LIMIT
from service.database.columns import now
from service.extensions import db
from service.web.rate_limits import rate_limited
from service.web.redirects import see_other

bp = Blueprint("member_export", __name__, url_prefix="/auth/export")
bp.after_request(add_no_store)


@bp.get("")
@login_required
def show_export() -> str:
    """Show whether a file with the member's data has been requested or can be downloaded."""
    export = find_export(current_member().id, now())
    return render_template(
        "export.html", export=export, is_being_prepared=is_being_prepared(export, now())
    )


@bp.post("")
@login_required
@rate_limited(EXPORT_RATE_LIMIT)
def request_file() -> Response:
    """Request a new file."""
    request_export(current_member().id, now())
    flash(str(EXPORT_REQUESTED))
    return see_other(url_for("member_export.show_export"))


@bp.get("/data.json")
@login_required
@rate_limited(EXPORT_RATE_LIMIT)
def download_file() -> Response:
    """Download the file."""
    content = exported_json(current_member().id, now()) or abort(HTTPStatus.NOT_FOUND)
    return send_file(
        BytesIO(content.encode()), "application/json", as_attachment=True, download_name="data.json"
    )


def find_export(member_id: int, at: datetime) -> DataExport | None:
    """Return the requested or finished export of a member, without its content."""
    is_valid = DataExport.requested_at > at - LIFETIME
    return db.session.scalar(select(DataExport).where(DataExport.member_id == member_id, is_valid))
