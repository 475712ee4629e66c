"""Create the first migration and `openapi.json` of a project, unless it has them.

With `--upgrade`, prepare its database as well.

Run this program with the project's interpreter, in the project's folder. If it fails, it prints the
reason on one line and exits with status 1.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any


class ForeignDatabaseError(Exception):
    """The database has tables that the migrations of this project have not created."""

    def __str__(self) -> str:
        """Return what is wrong and how to fix it."""
        return (
            f"the database {self.args[0]} has tables of another program or project. Set another "
            "one in .env, or unset the variable that names it, then run: "
            "flask --app service create-database; flask --app service db upgrade"
        )


def main() -> int:
    """Prepare the project in the current folder; return the exit status."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        if not (Path("migrations").exists() and Path("openapi.json").exists()):
            with TemporaryDirectory() as folder, empty_environment():
                create_files(Path(folder, "empty.db"))
        if "--upgrade" in sys.argv:
            prepare_database()
    except ForeignDatabaseError as error:
        print(f"Refused: {error}")
        return 1
    except Exception as error:  # The hook reports it, with the commands to run by hand.
        print(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
        return 1
    return 0


@contextmanager
def empty_environment() -> Iterator[None]:
    """Remove all environment variables during the block: they may be another project's settings."""
    environment = dict(os.environ)
    os.environ.clear()
    try:
        yield
    finally:
        os.environ.update(environment)


def create_files(database: Path) -> None:
    """Create the missing files with an empty SQLite database, which needs no server."""
    accept_sqlite()
    flask_migrate = import_module("flask_migrate")
    app = import_module("service").create_app({"DATABASE_URL": f"sqlite:///{database.as_posix()}"})
    with app.app_context():
        if not Path("openapi.json").exists():
            arguments = ["write", "openapi.json"]
            app.cli.commands["openapi"].main(args=arguments, standalone_mode=False)
        if not Path("migrations").exists():
            flask_migrate.init()
            flask_migrate.migrate(message="initial", rev_id="0001")


def accept_sqlite() -> None:
    """Add SQLite to the databases that the project supports, in this process only.

    The migration contains the full-text index of the project's own database.
    """
    dialects = import_module("service.database.dialects").DIALECTS
    own_dialect = next(iter(dialects.values()))
    minimal_dialect = SimpleNamespace(
        DRIVER="sqlite",
        CONNECT_ARGS={},
        FULL_TEXT=own_dialect.FULL_TEXT,
        MIGRATION_OPTIONS={},
        engine_options=lambda _config: {},
        init_app=lambda _app: None,
        lock_migrations=lambda _connection: None,
    )
    dialects.setdefault("sqlite", minimal_dialect)


def prepare_database() -> None:
    """Create the database that the settings name, and apply the migrations.

    Raises ForeignDatabaseError for a database with tables of another program or project: the
    environment may contain the settings of another project, or an earlier project with the same
    name may have other tables.
    """
    app = import_module("service").create_app()
    with app.app_context():
        app.cli.commands["create-database"].main(args=[], standalone_mode=False)
        db = import_module("service.extensions").db
        tables = import_module("sqlalchemy").inspect(db.engine).get_table_names()
        if tables and "alembic_version" not in tables:
            raise ForeignDatabaseError(db.engine.url.database)
        import_module("flask_migrate").upgrade()
        # The first migration of each project has the same id. If one of another project has been
        # applied, that of this project has not.
        if not has_columns_of_models(db):
            raise ForeignDatabaseError(db.engine.url.database)


def has_columns_of_models(db: Any) -> bool:
    """Return whether the database has each table of the models, with exactly its columns."""
    inspector = import_module("sqlalchemy").inspect(db.engine)
    return all(
        inspector.has_table(table.name)
        and {column["name"] for column in inspector.get_columns(table.name)} == {*table.c.keys()}
        for table in db.metadata.tables.values()
    )


if __name__ == "__main__":
    sys.exit(main())
