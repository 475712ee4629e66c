"""`flask run` and other commands work as in any other Flask project."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from service.config.settings import ROOT
from tests.servers import wait_until, with_parent_death_signal

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 120
RUNNING = re.compile(r"^ \* Running on http://127\.0\.0\.1:(\d+)$", re.MULTILINE)
# A module with an application factory that adds a view that fails.
FAILING_APP = """
from service import create_app

def create_failing_app():
    app = create_app()
    app.add_url_rule("/fail", view_func=lambda: 1 / 0)
    return app
"""


@dataclass(frozen=True)
class DevelopmentServer:
    """A running `flask run`."""

    log_file: Path

    @property
    def port(self) -> int:
        """The port that the operating system chose; 0 before the server is running."""
        running = RUNNING.search(self.log())
        return int(running[1]) if running else 0

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a response; status 0 without a response."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()

    def log(self) -> str:
        """Return the output on the terminal."""
        return self.log_file.read_text(encoding="utf-8")


def flask_command(*arguments: str) -> list[str]:
    """Return the command line of a `flask` command."""
    return [sys.executable, "-m", "flask", *arguments]


@contextmanager
def run_server(
    folder: Path, settings: Mapping[str, str], app: str = "service", *options: str
) -> Iterator[DevelopmentServer]:
    """Run `flask --debug run` during the block; the server is ready when the block begins."""
    server = DevelopmentServer(folder / "terminal")
    command = flask_command("--app", app, "--debug", "run", "--port", "0", *options)
    with server.log_file.open("wb") as terminal:
        process = subprocess.Popen(  # noqa: S603  # The arguments are constants.
            with_parent_death_signal(command),
            cwd=ROOT,
            env=environment(folder, settings),
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until(lambda: server.port > 0, TIMEOUT_SECONDS)
        wait_until(lambda: server.get("/healthz")[0] == 200, TIMEOUT_SECONDS)
        yield server
    finally:
        # Kill the server and its reloader.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return environment variables for development: the settings, and `folder` to import from."""
    development = {
        "APP_ENV": "development",
        "LOG_FORMAT": "text",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **settings, **development}


# What tutorials of Flask-SQLAlchemy write in a shell.
TUTORIAL_CODE = """
class Comment(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    question_id = db.Column(db.ForeignKey("question.id"))
    question = db.relationship("Question", backref="comments")

db.create_all()
print("tutorial:", Question.query.all(), Comment.question.property.mapper.class_.__name__)
"""


@pytest.fixture
def failing_server(tmp_path: Path, settings: dict[str, str]) -> Iterator[DevelopmentServer]:
    """Yield a running development server with a view that fails."""
    (tmp_path / "failing.py").write_text(FAILING_APP, "utf-8")
    with run_server(tmp_path, settings, "failing:create_failing_app", "--no-reload") as server:
        yield server


def test_output_begins_like_that_of_flask(tmp_path: Path, settings: dict[str, str]) -> None:
    with run_server(tmp_path, settings) as server:
        lines = server.log().splitlines()

    assert lines[:2] == [" * Serving Flask app 'service'", " * Debug mode: on"]
    assert f" * Running on http://127.0.0.1:{server.port}" in lines
    assert any(line.startswith(" * Restarting with ") for line in lines)
    assert " * Debugger is active!" in lines


def test_request_is_logged_once(failing_server: DevelopmentServer) -> None:
    failing_server.get("/nowhere")

    wait_until(lambda: "/nowhere" in failing_server.log(), TIMEOUT_SECONDS)
    [line] = [line for line in failing_server.log().splitlines() if "/nowhere" in line]
    assert line.startswith("127.0.0.1 - - [")


def test_exception_shows_the_interactive_debugger(failing_server: DevelopmentServer) -> None:
    status, page = failing_server.get("/fail")

    assert status == 500
    assert "Werkzeug Debugger" in page
    assert "ZeroDivisionError: division by zero" in page


def test_traceback_is_readable_and_logged_once(failing_server: DevelopmentServer) -> None:
    failing_server.get("/fail")

    error = "\nZeroDivisionError: division by zero\n"
    wait_until(lambda: error in failing_server.log(), TIMEOUT_SECONDS)
    assert failing_server.log().count("ZeroDivisionError: division by zero") == 1
    assert "Traceback (most recent call last):\n" in failing_server.log()


@pytest.mark.skipif(os.name == "nt", reason="The reloader is tested on POSIX systems.")
def test_reloader_restarts_the_server(tmp_path: Path, settings: dict[str, str]) -> None:
    module = tmp_path / "failing.py"
    module.write_text(FAILING_APP, "utf-8")
    with run_server(tmp_path, settings, "failing:create_failing_app") as server:
        module.write_text(FAILING_APP.replace('"/fail"', '"/changed"'), "utf-8")

        wait_until(lambda: server.get("/changed")[0] == 500, TIMEOUT_SECONDS)
        assert "Detected change in" in server.log()


@pytest.mark.parametrize(
    ("arguments", "stdin", "expected"),
    [
        pytest.param(["routes"], "", "/main/question/<id:question_id>", id="routes"),
        pytest.param(["shell"], TUTORIAL_CODE, "tutorial: [] Question", id="shell"),
    ],
)
def test_flask_command_succeeds(
    tmp_path: Path, settings: dict[str, str], arguments: list[str], stdin: str, expected: str
) -> None:
    done = subprocess.run(  # noqa: S603  # The arguments are constants.
        flask_command("--app", "service", *arguments),
        cwd=ROOT,
        env=environment(tmp_path, settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )

    assert expected in done.stdout
