"""Shared fixtures: a small template, and projects rendered from the real one."""

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
from tests.servers import temporary_database

pytest_plugins = ["tests.browsers"]

FIRST_MIGRATION = REPOSITORY / "flask_qa_template/first_migration.py"
TOP_FOLDER = "{{cookiecutter.project_slug}}"
GENERATED = {
    "__pycache__",
    ".venv",
    "instance",
    ".import_linter_cache",
    ".mypy_cache",
    ".ruff_cache",
}
# `make test` sets these; the `make` of a project must not read them.
MAKE_VARIABLES = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
# All projects share mypy's cache of the libraries; each xdist worker has one.
CACHES = {
    "MYPY_CACHE_DIR": str(
        Path(gettempdir(), f"flask-qa-mypy-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    )
}
# For projects whose slow tests would repeat those of another project.
WITHOUT_SLOW_TESTS = {"PYTEST_ADDOPTS": "-m 'not slow'"}
SMALL_SOURCE_TREE = {
    ".gitignore": ".env\ninstance/\n*.db*  # A comment.\n",
    ".env.example": "APP_ENV=development\nSECRET_KEY=replace-me\nPEPPER=replace-me\n",
    "README.md": "# {{ cookiecutter.project_name }}\n\n{{ cookiecutter.description }}\n",
    "LICENSE": "Copyright {{ cookiecutter.__author_name }}\n",
    "pyproject.toml": (
        "[project]\n"
        'name = "{{ cookiecutter.project_slug }}"\n'
        'version = "0.1.0"\n'
        'requires-python = ">=3.11"\n'
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
    "service/jobs/__init__.py": "",
    "tests/jobs/test_leases.py": "",
    "service/worker/__init__.py": "",
    "tests/worker/test_worker.py": "",
    "service/community/__init__.py": "",
    "tests/community/test_votes.py": "",
    "service/celery_jobs/__init__.py": "",
    "tests/celery_jobs/test_tasks.py": "",
    "service/mail/__init__.py": "",
    "tests/mail/test_sending.py": "",
    "service/members/__init__.py": "",
    "tests/members/test_auth_cookies.py": "",
}


@dataclass(frozen=True)
class CommandResult:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Template:
    """A copy of this template with a small source tree, and an environment to render it in."""

    path: Path
    output: Path
    environment: Mapping[str, str]

    def render(self, *arguments: str, **environment: str) -> CommandResult:
        """Run `cookiecutter --no-input`; keyword arguments are environment variables."""
        command = [sys.executable, "-m", "cookiecutter", str(self.path), "--no-input"]
        return self.run([*command, "-o", str(self.output), *arguments], **environment)

    def run(self, command: list[str], stdin: str = "", **environment: str) -> CommandResult:
        """Run a command in the parent of the output folder."""
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            timeout=300,
            cwd=self.output.parent,
            env={**self.environment, **environment},
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def all_paths(self) -> list[str]:
        """Return every path below the parent of the output folder."""
        found = self.output.parent.rglob("*")
        return sorted(str(path.relative_to(self.output.parent)) for path in found)

    @property
    def project(self) -> Path:
        """The folder of the project with the default slug."""
        return self.output / "question-board"


@dataclass(frozen=True)
class Project:
    """A rendered project; `environment` contains the settings of its database."""

    path: Path
    answers: Mapping[str, Any]
    environment: Mapping[str, str]

    def files(self) -> list[str]:
        """Return the path of each file, except the files that running the project creates."""
        found = (path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in found if not GENERATED & set(path.parts))

    def pyproject(self) -> dict[str, Any]:
        """Return the parsed `pyproject.toml`."""
        return tomllib.loads((self.path / "pyproject.toml").read_text(encoding="utf-8"))

    def run(self, *command: str, **environment: str) -> CommandResult:
        """Run a command in the project and return its result."""
        process = self.start(
            *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment
        )
        out, err = process.communicate(timeout=1800)
        return CommandResult(process.returncode, out, err)

    def start(
        self,
        *command: str,
        stdout: int | IO[str] = subprocess.PIPE,
        stderr: int = subprocess.STDOUT,
        **environment: str,
    ) -> "subprocess.Popen[str]":
        """Start a command in the project, in a new process group.

        Pass a file as `stdout` of a long-running command: a full pipe would block it.
        """
        inherited = {key: os.environ[key] for key in os.environ.keys() - MAKE_VARIABLES}
        return subprocess.Popen(
            command,
            cwd=self.path,
            env={**inherited, **CACHES, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )


def bake_into(output: Path, answers: Mapping[str, Any], environment: Mapping[str, str]) -> Project:
    """Render a project with these answers; `setup` is off by default."""
    asked = {"setup": False, **answers}
    assert asked.keys() <= questions().keys()
    arguments = [f"{key}={json.dumps(value).strip(chr(34))}" for key, value in asked.items()]
    done = subprocess.run(
        [sys.executable, "-m", "cookiecutter", "--no-input", "-o", output, REPOSITORY, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment, "HOME": str(make_folder(output / "home"))},
    )
    assert done.returncode == 0, done.stderr
    (replay,) = (output / "home/.cookiecutter_replay").glob("*.json")
    context = json.loads(replay.read_text("utf-8"))["cookiecutter"]
    assert {key: context[key] for key in asked} == asked
    return Project(output / context["project_slug"], context, environment)


def prepare_database(project: Project) -> None:
    """Create the database of a project and apply its first migration, as `setup` does."""
    prepared = project.run(sys.executable, "-P", str(FIRST_MIGRATION), "--upgrade")
    assert prepared.status == 0, prepared.out


@pytest.fixture
def bake(cookies: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    """Return a function that renders a project for one test and creates no database."""
    monkeypatch.setenv("DB_PORT", "1")

    def bake_project(**answers: Any) -> Project:
        asked = {"setup": False, **answers}
        assert asked.keys() <= questions().keys()
        result = cookies.bake(extra_context=asked, template=str(REPOSITORY))
        assert result.exception is None, result.exception
        assert {key: result.context[key] for key in asked} == asked
        return Project(Path(result.project_path), result.context, {})

    return bake_project


@pytest.fixture(scope="session")
def bake_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Project]]:
    """Yield a function that renders each project once per session, and creates its database."""
    baked: dict[str, Project] = {}
    with ExitStack() as databases:

        def bake_project(**answers: Any) -> Project:
            key = json.dumps(answers, sort_keys=True)
            if key not in baked:
                kind = answers.get("database", "sqlite")
                environment = databases.enter_context(temporary_database(kind))
                project = bake_into(tmp_path_factory.mktemp("baked"), answers, environment)
                prepare_database(project)
                baked[key] = project
            return baked[key]

        yield bake_project


@pytest.fixture
def isolated_environment(tmp_path: Path) -> dict[str, str]:
    """Return environment variables with an empty home folder and a PATH of four tools."""
    (tmp_path / "home").mkdir()
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name in ("sh", "sleep", "cat", "touch"):
        (bin_folder / name).symlink_to(shutil.which(name) or name)
    return {
        "HOME": str(tmp_path / "home"),
        "PATH": str(bin_folder),
        "TMPDIR": str(make_folder(tmp_path / "tmp")),
        "PYTHONUTF8": "1",
    }


@pytest.fixture
def template(tmp_path: Path, isolated_environment: dict[str, str]) -> Template:
    """Return a template with our questions, extension and hooks, but a small source tree."""
    path = tmp_path / "template"
    for name in ("flask_qa_template", "hooks"):
        shutil.copytree(
            REPOSITORY / name, path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in (".gitignore", "cookiecutter.json", "requires_cookiecutter_2_7.py"):
        shutil.copy(REPOSITORY / name, path)
    declaration = json.loads((path / "flask_qa_template/options.json").read_text("utf-8"))
    declaration["paths"] = {}
    (path / "flask_qa_template/options.json").write_text(json.dumps(declaration), "utf-8")
    for name, content in SMALL_SOURCE_TREE.items():
        make_folder((path / TOP_FOLDER / name).parent)
        (path / TOP_FOLDER / name).write_text(content, "utf-8")
    return Template(path, make_folder(tmp_path / "outside" / "output"), isolated_environment)


def make_folder(folder: Path) -> Path:
    """Create a folder, unless it exists, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
