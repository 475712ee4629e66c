"""An installation of this project: a copy in which settings and migrations may be spoilt."""

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

from service.config import ROOT, Settings
from service.core.migrations import DIRECTORY
from tests.chaos.programs import need
from tests.servers import SERVICE, Server, serve

PARTS = ["service", "tests", "migrations"]
SETTINGS = {
    "APP_ENV": "production",
    "TRUSTED_HOSTS": "127.0.0.1",
    "PROXY_HOPS": "1",
    "LOG_FORMAT": "json",
    # Nobody types as fast as these tests do.
    "RATELIMIT_ENABLED": "0",
    # As long as it takes to see that there is a limit.
    "DB_STATEMENT_TIMEOUT_SECONDS": "2",
    "DB_POOL_TIMEOUT_SECONDS": "2",
}


@dataclass(frozen=True)
class Installation:
    """A copy of this project, in production, with settings of its own in its `.env`."""

    root: Path

    @property
    def dotenv(self) -> Path:
        """The file of its settings."""
        return self.root / ".env"

    def say(self, **settings: str) -> None:
        """Add settings to the file; the last word counts."""
        with self.dotenv.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}='{value}'\n" for name, value in settings.items())

    def flask(self, *words: str) -> tuple[int, str]:
        """Run a command of `flask --app service`; return its status and what it printed."""
        done = subprocess.run(  # noqa: S603  # The words are ours.
            [sys.executable, "-m", "flask", "--app", "service", *words],
            cwd=self.root,
            env=surroundings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout

    @contextmanager
    def serve(self, *options: str, app: str = SERVICE, **more: str) -> Iterator[Server]:
        """Run its gunicorn, with more in the environment."""
        environment = {**surroundings(), **more}
        with serve(self.root, environment, *options, app=app, root=self.root) as server:
            yield server

    def copy(self, root: Path) -> "Installation":
        """Return another one, on the same database."""
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns("log"))
        return Installation(root)


def surroundings() -> dict[str, str]:
    """Return the environment without any setting of the service."""
    return {name: value for name, value in os.environ.items() if name not in Settings().fields}


def install(root: Path, database: URL) -> Installation:
    """Install this project in a folder that is not there yet, up to its tables."""
    if not DIRECTORY.exists():
        need("migrations/ (README.md says how it is made)")
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part)
    shutil.copy(ROOT / "gunicorn.conf.py", root)
    example = (ROOT / ".env.example").read_text("utf-8")
    fresh = re.sub("replace-me", lambda _: secrets.token_urlsafe(48), example)
    installation = Installation(root)
    installation.dotenv.write_text(fresh, "utf-8")
    installation.dotenv.chmod(0o600)
    installation.say(DATABASE_URL=database.render_as_string(hide_password=False), **SETTINGS)
    status, told = installation.flask("db", "upgrade")
    assert status == 0, told
    return installation
