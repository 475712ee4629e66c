"""How long a project takes: to render, to migrate, to answer, to test itself."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.figures import Figure
from tests.servers import free_port

REPOSITORY = Path(__file__).parent.parent
# Where many files were deleted shortly before, ext4 looks long for a place for each new one.
NO_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - Nothing secret.
ROUNDS = 7
SETUP_ROUNDS = 3
OWN_TESTS_ROUNDS = 3


def figures() -> Iterator[Figure]:
    """Measure in an environment that holds cookiecutter and nothing else, as pipx makes one."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        python = lone_cookiecutter(here)
        floor_template = one_file_template(here)
        yield rendering_alone(python, floor_template)
        yield from with_setup(here, python, floor_template)


def lone_cookiecutter(here: Path) -> Path:
    """Make the environment; return its interpreter."""
    python = here / "env/bin/python"
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
    subprocess.run(["uv", "venv", "--quiet", str(here / "env")], check=True)
    subprocess.run([*install, "cookiecutter"], check=True)
    return python


def one_file_template(here: Path) -> Path:
    """Make the floor: a template of one file, without hooks."""
    project = here / "floor/{{cookiecutter.project_slug}}"
    project.mkdir(parents=True)
    (project / "README.md").write_text("{{ cookiecutter.project_slug }}\n", "utf-8")
    (here / "floor/cookiecutter.json").write_text(json.dumps({"project_slug": "p"}), "utf-8")
    return here / "floor"


def rendering_alone(python: Path, floor_template: Path) -> Figure:
    """Compare rendering without `setup` with the floor, turn by turn."""
    floors, ours = [], []
    with TemporaryDirectory(dir=NO_DISK) as folder:
        for number in range(ROUNDS):
            floors.append(seconds(python, floor_template, Path(folder, f"f{number}")))
            ours.append(seconds(python, REPOSITORY, Path(folder, f"o{number}"), "setup=false"))
    return Figure("rendering, both hooks", median(ours) / median(floors), "one file", most=1.8)


def with_setup(here: Path, python: Path, floor_template: Path) -> Iterator[Figure]:
    """Compare the default project, with a warm cache, with the floor.

    Uv is kept from asking the index whether the cache is up to date. That takes nothing where it
    asked some minutes ago, and else as long as the network pleases.
    """
    floors, migrated, first_answers = [], [], []
    render(python, REPOSITORY, here / "warm")
    for number in range(SETUP_ROUNDS):
        floors.append(seconds(python, floor_template, here / f"sf{number}"))
        to_database, to_answer = stages(python, here / f"s{number}")
        migrated.append(to_database)
        first_answers.append(to_answer)
    floor = median(floors)
    yield Figure("to a migrated database", median(migrated) / floor, "one file", most=10)
    yield Figure("to the first 200", median(first_answers) / floor, "one file", most=13)
    project = here / "s0/question-board"
    # The first of them compiles the tests.
    taken = median(own_tests(project) for _ in range(OWN_TESTS_ROUNDS))
    yield Figure("the project's own tests, in seconds", taken, "a second", most=10)


def seconds(python: Path, template: Path, output: Path, *answers: str) -> float:
    """Return how long one rendering takes."""
    start = time.perf_counter()
    render(python, template, output, *answers)
    return time.perf_counter() - start


def render(python: Path, template: Path, output: Path, *answers: str) -> None:
    """Render a template without questions."""
    subprocess.run(
        [python, "-m", "cookiecutter", "--no-input", "-o", output, template, *answers],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def stages(python: Path, output: Path) -> tuple[float, float]:
    """Return the seconds from the command to a migrated database, and to the first 200."""
    start = time.perf_counter()
    command = [str(python), "-m", "cookiecutter", "--no-input", "-o", str(output), str(REPOSITORY)]
    world = {**os.environ, "UV_OFFLINE": "1"}
    generation = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=world)
    assert generation.stdout
    line, migrated = "", 0.0
    while character := generation.stdout.read(1):
        line = "" if character == "\n" else line + character
        if line.startswith("Preparing the database") and line.endswith("done"):
            migrated = time.perf_counter() - start
    assert generation.wait() == 0
    return migrated, first_answer(output / "question-board", start)


def first_answer(project: Path, start: float) -> float:
    """Start the project's server; return the seconds since `start` when it answers."""
    port = free_port()
    command = [".venv/bin/flask", "--app", "service", "run", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=project, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        while not answers(f"http://127.0.0.1:{port}/"):
            time.sleep(0.01)
        return time.perf_counter() - start
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def answers(address: str) -> bool:
    """Tell whether a page is there."""
    try:
        with urllib.request.urlopen(address, timeout=5) as page:
            return bool(page.status == 200)
    # Not there yet, or too busy to answer.
    except OSError:
        return False


def own_tests(project: Path) -> float:
    """Return the seconds that the rendered project's tests take."""
    start = time.perf_counter()
    environment = {**os.environ, "PATH": f"{project}/.venv/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        ["make", "test"], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout)
    return time.perf_counter() - start
