"""Make a project's first migration, where there is none, and its database.

A program for the interpreter of a project, run in the project's folder. It ends with 1 and one
line that says why when something cannot be done.
"""

import gc
import sys
import sysconfig
from collections.abc import Callable
from compileall import compile_dir
from importlib import import_module
from multiprocessing import Process
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# What takes long to compile, about in the order of its import: see `compile_ahead`.
IMPORTED_LATER = (
    "jinja2",
    "click",
    "marshmallow",
    "yaml",
    "sqlalchemy/util",
    "sqlalchemy/orm",
    "sqlalchemy/sql",
    "sqlalchemy/engine",
    "alembic/autogenerate",
    "alembic/ddl",
    "alembic/operations",
    "alembic/runtime",
    "alembic/script",
    "structlog",
    "wtforms",
)
# Mako and structlog color a traceback with these where they find them; nobody sees one here.
NEEDLESS = ("pygments", "rich")
THEIR_USERS = ("mako.exceptions", "structlog")


def main() -> int:
    """Prepare the project in the current folder; return the exit status."""
    # What a program so short imports stays until its end: there is no garbage worth looking for.
    gc.disable()
    sys.modules.update(dict.fromkeys(NEEDLESS))  # type: ignore[arg-type]  # None says: not here.
    sys.path.insert(0, str(Path.cwd()))
    Process(target=compile_ahead, daemon=True).start()
    try:
        prepare(import_module("service").create_app, import_module("flask_migrate"))
    except Exception as error:  # Whatever it is, it is named, and the hook gives the cure.
        print(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
        return 1
    return 0


def compile_ahead() -> None:
    """Compile on a second processor what this process is about to import."""
    for package in IMPORTED_LATER:
        compile_dir(Path(sysconfig.get_path("purelib"), package), quiet=2)
    # For the first start of the service: what is imported gets compiled.
    for name in NEEDLESS:
        # Where a process is not a copy of the one that began it, they are not kept away.
        sys.modules.pop(name, None)
    for name in THEIR_USERS:
        import_module(name)


def prepare(create_app: Callable[..., Any], database: Any) -> None:
    """Migrate; reading the models has an application of its own, whose database is empty."""
    if not Path("migrations").exists():
        with TemporaryDirectory() as folder:
            make_migration(create_app, database, Path(folder, "empty.db"))
    app = create_app()
    with app.app_context():
        app.cli.commands["create-database"].main(args=[], standalone_mode=False)
        database.upgrade()


def make_migration(create_app: Callable[..., Any], database: Any, empty: Path) -> None:
    """Compare the models with an empty SQLite, so that no server is needed."""
    with create_app({"DATABASE_URL": f"sqlite:///{empty.as_posix()}"}).app_context():
        database.init()
        database.migrate(message="initial", rev_id="0001")


if __name__ == "__main__":
    sys.exit(main())
