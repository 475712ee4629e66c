"""Migrations with Flask-Migrate: Alembic's options, the migration lock, and a revision check."""

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
from flask import Config, Flask
from flask_migrate import Config as AlembicConfig
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from service.config.settings import ROOT
from service.database.columns import UTCDateTime
from service.database.dialects import find_dialect
from service.database.engine import cli_database_errors, remove_db_session
from service.database.full_text import is_part_of_index, with_indexes
from service.extensions import db, migrate
from service.operations.doctor import Check, add_check

DIRECTORY = ROOT / "migrations"
TEMPLATES = Path(__file__).parent / "migration_templates"


def init_app(app: Flask) -> None:
    """Register the `flask db` commands, and the check of the migrations."""
    # Alembic logs a line for each of its plugins whenever a command runs.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    migrate.init_app(app, db, directory=str(DIRECTORY))
    add_check(app, Check("the migrations are applied", check_migrations, needs_server=True))


@migrate.configure
def use_own_template(config: AlembicConfig) -> AlembicConfig:
    """Make `flask db init` copy our `env.py`, which takes the migration lock."""
    config.template_directory = str(TEMPLATES)
    return config


def migration_options() -> dict[str, Any]:
    """Return the arguments of `alembic.context.configure`."""
    return {
        "target_metadata": db.metadata,
        "compare_type": True,
        "include_name": include_name,
        "render_item": render_item,
        "process_revision_directives": process_revision_directives,
        **find_dialect(db.engine.url).MIGRATION_OPTIONS,
    }


def include_name(name: str | None, _kind: str, _parents: object) -> bool:
    """Return whether Alembic compares a table or an index of the database with the models."""
    return not is_part_of_index(name)


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Render our column type as SQLAlchemy's, so that migrations do not import the service.

    `False` means that Alembic renders the item.
    """
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def process_revision_directives(
    context: MigrationContext, _revision: object, directives: list[MigrationScript]
) -> None:
    """Discard an empty migration, add full-text indexes, and drop tables with their indexes.

    Some databases refuse to drop an index that a foreign key needs; dropping the table drops both.
    """
    [upgrade], [downgrade] = directives[0].upgrade_ops_list, directives[0].downgrade_ops_list
    # `flask db check` also calls this function, and must see the directives.
    is_autogenerate = context.config and getattr(context.config.cmd_opts, "autogenerate", False)
    if is_autogenerate and upgrade.is_empty():
        directives.clear()
    dropped = {op.table_name for op in downgrade.ops if isinstance(op, DropTableOp)}
    for change in downgrade.ops:
        if isinstance(change, ModifyTableOps) and change.table_name in dropped:
            change.ops = [op for op in change.ops if not isinstance(op, DropIndexOp)]
    upgrade.ops = list(with_indexes(upgrade.ops))
    downgrade.ops = list(with_indexes(downgrade.ops))


def database_url() -> str:
    """Return the URL of the database with its password, for `flask db upgrade --sql`."""
    return db.engine.url.render_as_string(hide_password=False)


@contextmanager
def locked_connection() -> Iterator[Connection]:
    """Yield a connection that holds the migration lock.

    Its engine has no timeouts for statements, because a migration may take long.
    """
    url = db.engine.url
    dialect = find_dialect(url)
    engine = create_engine(url, poolclass=NullPool, connect_args=dialect.CONNECT_ARGS)
    with cli_database_errors():
        connection = engine.connect()
    with connection:
        dialect.lock_migrations(connection)
        yield connection


@cache
def latest_revisions() -> set[str]:
    """Return the head revisions in `migrations/`; each process reads them once."""
    return set(ScriptDirectory(str(DIRECTORY)).get_heads()) if DIRECTORY.exists() else set()


def current_revisions() -> set[str] | None:
    """Return the revisions of the database, `None` without the table `alembic_version`."""
    connection = db.session.connection()
    if not inspect(connection).has_table("alembic_version"):
        return None
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def check_migrations(_config: Config) -> Iterator[str]:
    """Yield a problem if the revisions of the database are not the latest ones."""
    try:
        current = current_revisions()
    except SQLAlchemyError:
        remove_db_session()
        current = None
    known = ScriptDirectory(str(DIRECTORY)).walk_revisions() if DIRECTORY.exists() else []
    if unknown := (current or set()) - {script.revision for script in known}:
        yield (
            f"The database has the revision {', '.join(unknown)}, which is not in migrations/. "
            "Deploy the version of the code that has it."
        )
    elif current != latest_revisions():
        yield (
            "Apply the migrations: flask --app service db upgrade. If migrations/ is missing, run "
            "these first: flask --app service db init, flask --app service db migrate -m initial"
        )
