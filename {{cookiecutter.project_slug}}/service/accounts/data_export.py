"""The export of a member's data: a job collects it, and the member downloads it as JSON."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from service.accounts.mails import Notice, notify
from service.accounts.models import DataExport, Member, Session
from service.accounts.schemas import MemberSchema, SessionSchema
from service.database.columns import now
from service.extensions import db
from service.jobs.outbox import enqueue

log = structlog.get_logger()

EXPORT_REQUESTED = _l("Your data is being prepared. This usually takes less than a minute.")
EXPORT_NOT_READY = _l("There is no file with your data. Request it, and try again in a minute.")
# After this time the file is deleted.
LIFETIME = timedelta(days=7)
# After this time, a request starts again, because the job may have failed.
PREPARATION_TIMEOUT = timedelta(hours=1)

# Returns the data of a member as JSON values, by the names of sections.
DataSource = Callable[[int], dict[str, Any]]


def request_export(member_id: int, at: datetime) -> None:
    """Enqueue the job that collects the member's data. Commits.

    Does nothing while an earlier request is being processed.
    """
    export = db.session.get(DataExport, member_id, with_for_update=True)
    if is_being_prepared(export, at):
        db.session.rollback()
        return
    if not export:
        export = DataExport(member_id=member_id)
        db.session.add(export)
    export.requested_at, export.finished_at, export.content = at, None, None
    enqueue(collect_data, member_id=member_id, locale=str(get_locale()))
    try:
        db.session.commit()
    except IntegrityError:
        # A concurrent request has enqueued the job.
        db.session.rollback()


def is_being_prepared(export: DataExport | None, at: datetime) -> bool:
    """Return whether the member must wait for the export, and a request does nothing."""
    if not export or export.finished_at:
        return False
    return export.requested_at > at - PREPARATION_TIMEOUT


def collect_data(member_id: int, locale: str) -> None:
    """Store the data of a member, and notify the member. A job.

    On SQLite, other transactions that write wait meanwhile.
    """
    export = db.session.get(DataExport, member_id)
    if not export:
        return
    sources: list[DataSource] = current_app.extensions["data_sources"]
    sections = {name: value for source in sources for name, value in source(member_id).items()}
    export.content = json.dumps(sections, ensure_ascii=False, indent=2)
    export.finished_at = now()
    with force_locale(locale):
        notify(Notice.DATA_EXPORTED, member_id)


def account_data(member_id: int) -> dict[str, Any]:
    """Return the profile of a member and their sessions, also those that have ended."""
    member = db.session.get_one(Member, member_id)
    sessions = db.session.scalars(
        select(Session).where(Session.member_id == member_id).order_by(Session.created_at)
    )
    return {
        "profile": MemberSchema().dump(member),
        "sessions": SessionSchema(exclude=["is_current"], many=True).dump(sessions),
    }


def exported_json(member_id: int, at: datetime) -> str | None:
    """Return the data of a member as JSON, or `None` if it has not been prepared."""
    is_valid = DataExport.requested_at > at - LIFETIME
    content = db.session.scalar(
        select(DataExport.content).where(DataExport.member_id == member_id, is_valid)
    )
    if content is not None:
        log.warning("sensitive_read", member_id=member_id, object="data_export")
    return content


def purge_exports(at: datetime) -> None:
    """Delete exports that have expired. Commits."""
    db.session.execute(delete(DataExport).where(DataExport.requested_at <= at - LIFETIME))
    db.session.commit()
