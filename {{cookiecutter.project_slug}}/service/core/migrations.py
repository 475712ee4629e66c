"""Migrations: where their repository comes from, how one runs, which revision the code needs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import DropIndexOp, DropTableOp, MigrationScript, ModifyTableOps
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Config
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from service.config import ROOT
from service.core.columns import UTCDateTime
from service.core.database import told_plainly
from service.core.mysql import lock_mysql  # [template] if mysql
from service.core.postgresql import lock_postgresql  # [template] if postgresql
from service.core.sqlite import lock_sqlite  # [template] if sqlite
from service.extensions import db, migrate

DIRECTORY = ROOT / "migrations"
TEMPLATES = Path(__file__).parent / "migration_templates"


def init_app(app: Flask) -> None:
    """Add the `flask db` commands."""
    # It would name each of its parts, every time.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    migrate.init_app(app, db, directory=str(DIRECTORY))


@migrate.configure
def use_own_template(config: Config) -> Config:
    """Let `flask db init` copy our `env.py`, which lets one migration run at a time."""
    config.template_directory = str(TEMPLATES)
    return config


def configuration() -> dict[str, Any]:
    """Return what `env.py` tells Alembic."""
    return {
        "target_metadata": db.metadata,
        "compare_type": True,
        # [template] if sqlite
        # SQLite changes a column only by copying its table.
        "render_as_batch": True,
        # [template] endif
        "render_item": plain_type,
        "process_revision_directives": tidied,
        # [template] if sqlite
        # SQLite can take back a half-done upgrade, but Alembic does not expect it to.
        "transactional_ddl": True,
        # [template] endif
    }


def plain_type(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our own type as the plain one below it: a migration never imports the service."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def tidied(context: MigrationContext, _revision: object, directives: list[MigrationScript]) -> None:
    """Make no migration where nothing changed, and drop no index just before its table.

    The index goes with the table; alone, it may be one that a foreign key needs.
    """
    script = directives[0]
    if not (script.upgrade_ops and script.downgrade_ops):
        return
    # `flask db check` counts the directives, and needs them.
    writes = context.config and getattr(context.config.cmd_opts, "autogenerate", False)
    if writes and script.upgrade_ops.is_empty():
        directives.clear()
    dropped = {op.table_name for op in script.downgrade_ops.ops if isinstance(op, DropTableOp)}
    for change in script.downgrade_ops.ops:
        if isinstance(change, ModifyTableOps) and change.table_name in dropped:
            change.ops = [op for op in change.ops if not isinstance(op, DropIndexOp)]


def database_address() -> str:
    """Return the address of the database, with its password, for SQL that is only written out."""
    return db.engine.url.render_as_string(hide_password=False)


@contextmanager
def locked_connection() -> Iterator[Connection]:
    """Give a connection that migrates alone: a second one waits until the first is done.

    It has an engine of its own, because a migration may take longer than a request's limits.
    """
    engine = create_engine(db.engine.url, poolclass=NullPool)
    with told_plainly():
        connection = engine.connect()
    with connection:
        lock_sqlite(connection)  # [template] if sqlite
        lock_mysql(connection)  # [template] if mysql
        lock_postgresql(connection)  # [template] if postgresql
        yield connection


@cache
def newest_revisions() -> set[str]:
    """Return the revisions that the database must have for this code; read once a process."""
    return set(ScriptDirectory(str(DIRECTORY)).get_heads()) if DIRECTORY.exists() else set()


def known_revisions() -> set[str]:
    """Return every revision that this code has a migration for."""
    if not DIRECTORY.exists():
        return set()
    return {script.revision for script in ScriptDirectory(str(DIRECTORY)).walk_revisions()}


def current_revisions() -> set[str] | None:
    """Return the revisions that the database has; None where no migration ever ran."""
    connection = db.session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return None
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))
