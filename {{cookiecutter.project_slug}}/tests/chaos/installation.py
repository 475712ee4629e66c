"""An installation of the project: a copy whose settings and migrations a test may change."""

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from service import Settings
from service.config.settings import ROOT
from service.database.migrations import DIRECTORY
from tests.chaos.programs import skip_without
from tests.servers import SERVICE, Server, serve

FOLDERS = ["service", "tests", "migrations"]
SETTINGS = {
    "APP_ENV": "production",
    "TRUSTED_HOSTS": "127.0.0.1",
    "PROXY_HOPS": "1",
    "LOG_FORMAT": "json",
    # The tests send more requests than the limits allow.
    "RATELIMIT_ENABLED": "0",
    # Short, so that the tests do not take long.
    "DB_STATEMENT_TIMEOUT_SECONDS": "2",
    "DB_POOL_TIMEOUT_SECONDS": "2",
}
COMMAND_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Installation:
    """A copy of the project in production, with its own `.env`."""

    root: Path

    @property
    def dotenv(self) -> Path:
        """The path of the file `.env`."""
        return self.root / ".env"

    def set(self, **settings: str) -> None:
        """Append settings to `.env`; the last value of a setting is used."""
        with self.dotenv.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}='{value}'\n" for name, value in settings.items())

    def flask(self, *arguments: str) -> tuple[int, str]:
        """Run `flask --app service`, and return the exit status and the output."""
        done = subprocess.run(  # noqa: S603  # The arguments are constants.
            [sys.executable, "-m", "flask", "--app", "service", *arguments],
            cwd=self.root,
            env=environment_without_settings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=COMMAND_TIMEOUT_SECONDS,
        )
        return done.returncode, done.stdout

    @contextmanager
    def serve(self, *options: str, app: str = SERVICE, **environment: str) -> Iterator[Server]:
        """Run gunicorn until the end of the block, with more options and environment variables."""
        environment = {**environment_without_settings(), **environment}
        with serve(self.root, environment, *options, app=app, root=self.root) as server:
            yield server

    def copy(self, root: Path) -> "Installation":
        """Copy the installation to `root`, and return the copy, which uses the same database."""
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns("log"))
        return Installation(root)


def environment_without_settings() -> dict[str, str]:
    """Return the environment without the settings of the service."""
    names = Settings().fields
    return {name: value for name, value in os.environ.items() if name not in names}


def install(root: Path, database: URL) -> Installation:
    """Copy the project to the new folder `root`, create `.env`, and apply the migrations."""
    if not DIRECTORY.exists():
        skip_without("migrations/ (README.md says how to create it)")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder)
    shutil.copy(ROOT / "gunicorn.conf.py", root)
    example = (ROOT / ".env.example").read_text("utf-8")
    dotenv = re.sub("replace-me", lambda _: secrets.token_urlsafe(48), example)
    installation = Installation(root)
    installation.dotenv.write_text(dotenv, "utf-8")
    installation.dotenv.chmod(0o600)
    installation.set(DATABASE_URL=database.render_as_string(hide_password=False), **SETTINGS)
    status, output = installation.flask("db", "upgrade")
    assert status == 0, output
    return installation
