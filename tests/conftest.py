"""What the tests of the template share: a template to try, and projects baked from ours."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import IO, Any

import pytest

from flask_qa_template.options import REPOSITORY, questions
from tests.servers import database_of_its_own

pytest_plugins = ["tests.browsers"]

TOP_FOLDER = "{{cookiecutter.project_slug}}"
LEFT_BEHIND = {
    "__pycache__",
    ".venv",
    "instance",
    ".import_linter_cache",
    ".mypy_cache",
    ".ruff_cache",
}
# A project is nobody's sub-make, also where `make test` runs these tests.
OF_OUR_MAKE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
# What mypy knows of the libraries is the same for all projects; each worker learns it once.
CACHES = {
    "MYPY_CACHE_DIR": str(
        Path(gettempdir(), f"flask-qa-mypy-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    )
}
# For a project whose slow tests another one runs, which differs in nothing that they touch.
WITHOUT_SLOW_TESTS = {"PYTEST_ADDOPTS": "-m 'not slow'"}
SMALL_SOURCE_TREE = {
    ".env.example": "APP_ENV=development\nSECRET_KEY=replace-me\nPEPPER=replace-me\n",
    "README.md": "# {{ cookiecutter.project_name }}\n\n{{ cookiecutter.description }}\n",
    "LICENSE": "Copyright {{ cookiecutter.__author_name }}\n",
    "pyproject.toml": (
        "[project]\n"
        'name = "{{ cookiecutter.project_slug }}"\n'
        'description = "{{ cookiecutter.description }}"\n'
        'authors = [{ name = "{{ cookiecutter.__author_name }}" }]\n'
        "dependencies = [\n"
        '  "flask-wtf>=1",  # [template] if forms\n'
        '  "Flask-SQLAlchemy>=3",\n'
        "]\n\n"
        "[dependency-groups]\n"
        'dev = [\n  "pytest>=9",\n]\n'
    ),
    "service/__init__.py": 'NAME = "{{ cookiecutter.project_name }}"\n',
    "service/forms/__init__.py": "",
    "service/forms/templates/form.html": "{{ form }}\n",
    "tests/forms/test_forms.py": "",
    "service/bootstrap/__init__.py": "",
    "tests/bootstrap/test_theme.py": "",
    "service/accounts/__init__.py": "",
    "tests/accounts/test_tokens.py": "",
    "service/community/__init__.py": "",
    "tests/community/test_votes.py": "",
    "service/members/__init__.py": "",
    "tests/members/test_cookies.py": "",
}


@dataclass(frozen=True)
class Run:
    """A command that has ended: its status and what it printed."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Template:
    """A copy of this template, with the command that renders it, in a world of its own."""

    path: Path
    output: Path
    environment: Mapping[str, str]

    def render(self, *arguments: str, **environment: str) -> Run:
        """Run `cookiecutter` without questions; keyword arguments go into the environment."""
        command = [sys.executable, "-m", "cookiecutter", str(self.path), "--no-input"]
        return self.run([*command, "-o", str(self.output), *arguments], **environment)

    def run(self, command: list[str], stdin: str = "", **environment: str) -> Run:
        """Run a command from the folder beside the output, in the template's environment."""
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            timeout=60,
            cwd=self.output.parent,
            env={**self.environment, **environment},
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def everything_made(self) -> list[str]:
        """Return every path that is on the disk beside the template."""
        found = self.output.parent.rglob("*")
        return sorted(str(path.relative_to(self.output.parent)) for path in found)

    @property
    def project(self) -> Path:
        """The folder of the default project."""
        return self.output / "question-board"


@dataclass(frozen=True)
class Project:
    """A project that was baked from this template; `environment` leads to its own database."""

    path: Path
    answers: Mapping[str, Any]
    environment: Mapping[str, str]

    def files(self) -> list[str]:
        """Return the path of each file, without what only runs leave behind."""
        found = (path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if not LEFT_BEHIND & set(path.parts))

    def pyproject(self) -> dict[str, Any]:
        """Return the parsed `pyproject.toml`."""
        return tomllib.loads((self.path / "pyproject.toml").read_text(encoding="utf-8"))

    def run(self, *command: str, **environment: str) -> Run:
        """Run a command in the project and wait for its end."""
        process = self.start(
            *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment
        )
        out, err = process.communicate(timeout=600)
        return Run(process.returncode, out, err)

    def start(
        self,
        *command: str,
        stdout: int | IO[str] = subprocess.PIPE,
        stderr: int = subprocess.STDOUT,
        **environment: str,
    ) -> "subprocess.Popen[str]":
        """Start a command in the project, in a process group of its own.

        What runs for long needs a file for its output: who writes to a pipe that nobody reads
        stands still after 64 KiB.
        """
        world = {name: value for name, value in os.environ.items() if name not in OF_OUR_MAKE}
        return subprocess.Popen(
            command,
            cwd=self.path,
            env={**world, **CACHES, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )


def bake_into(output: Path, answers: Mapping[str, Any], environment: Mapping[str, str]) -> Project:
    """Bake a project; the answers not given are the defaults, but `setup`, which is off."""
    asked = {"setup": False, **answers}
    unknown = asked.keys() - questions().keys()
    assert not unknown, f"no such question: {unknown}"
    said = [f"{key}={json.dumps(value).strip(chr(34))}" for key, value in asked.items()]
    done = subprocess.run(
        [sys.executable, "-m", "cookiecutter", "--no-input", "-o", output, REPOSITORY, *said],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment, "HOME": str(make(output / "home"))},
    )
    assert done.returncode == 0, done.stderr
    (replay,) = (output / "home/.cookiecutter_replay").glob("*.json")
    came_out = json.loads(replay.read_text("utf-8"))["cookiecutter"]
    assert {key: came_out[key] for key in asked} == asked
    return Project(output / came_out["project_slug"], came_out, environment)


@pytest.fixture
def bake(cookies: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    """Bake projects for one test; their hook finds no server on which it could leave a database."""
    monkeypatch.setenv("DB_PORT", "1")

    def bake_project(**answers: Any) -> Project:
        asked = {"setup": False, **answers}
        unknown = asked.keys() - questions().keys()
        assert not unknown, f"no such question: {unknown}"
        result = cookies.bake(extra_context=asked, template=str(REPOSITORY))
        assert result.exception is None, result.exception
        assert {key: result.context[key] for key in asked} == asked
        return Project(Path(result.project_path), result.context, {})

    return bake_project


@pytest.fixture(scope="session")
def bake_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Project]]:
    """Bake a project once for all tests, with a database of its own that is dropped at the end."""
    baked: dict[str, Project] = {}
    with ExitStack() as databases:

        def bake_project(**answers: Any) -> Project:
            key = json.dumps(answers, sort_keys=True)
            if key not in baked:
                kind = answers.get("database", "sqlite")
                environment = databases.enter_context(database_of_its_own(kind))
                baked[key] = bake_into(tmp_path_factory.mktemp("baked"), answers, environment)
            return baked[key]

        yield bake_project


@pytest.fixture
def world(tmp_path: Path) -> dict[str, str]:
    """Return an environment with an empty home, and on its PATH what every system has."""
    (tmp_path / "home").mkdir()
    bins = tmp_path / "bin"
    bins.mkdir()
    for name in ("sh", "sleep", "cat", "touch"):
        (bins / name).symlink_to(shutil.which(name) or name)
    return {
        "HOME": str(tmp_path / "home"),
        "PATH": str(bins),
        "TMPDIR": str(make(tmp_path / "tmp")),
        "PYTHONUTF8": "1",
    }


@pytest.fixture
def template(tmp_path: Path, world: dict[str, str]) -> Template:
    """Make a template of our questions, extension and hooks, and a source tree of a few files."""
    path = tmp_path / "template"
    for name in ("flask_qa_template", "hooks"):
        shutil.copytree(
            REPOSITORY / name, path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "cookiecutter.json", path)
    declared = json.loads((path / "flask_qa_template/options.json").read_text("utf-8"))
    declared["paths"] = {}
    (path / "flask_qa_template/options.json").write_text(json.dumps(declared), "utf-8")
    for name, content in SMALL_SOURCE_TREE.items():
        make((path / TOP_FOLDER / name).parent)
        (path / TOP_FOLDER / name).write_text(content, "utf-8")
    return Template(path, make(tmp_path / "outside" / "output"), world)


def make(folder: Path) -> Path:
    """Return the folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
