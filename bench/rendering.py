"""The time to render a project, migrate it, start it and run its tests."""

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
# In memory: ext4 is slow for some minutes after many files have been deleted.
MEMORY_FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - No secrets.
ROUNDS = 7
SETUP_ROUNDS = 3
OWN_TESTS_ROUNDS = 3


def figures() -> Iterator[Figure]:
    """Measure in a virtual environment with only cookiecutter, as pipx creates it."""
    with TemporaryDirectory() as folder:
        work_folder = Path(folder)
        python = create_cookiecutter_environment(work_folder)
        baseline_template = create_one_file_template(work_folder)
        yield measure_rendering(python, baseline_template)
        yield from measure_setup(work_folder, python, baseline_template)


def create_cookiecutter_environment(work_folder: Path) -> Path:
    """Create the virtual environment; return the path of its interpreter."""
    python = work_folder / "env/bin/python"
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
    subprocess.run(["uv", "venv", "--quiet", str(work_folder / "env")], check=True)
    subprocess.run([*install, "cookiecutter"], check=True)
    return python


def create_one_file_template(work_folder: Path) -> Path:
    """Create the baseline, a template with one file and without hooks; return its folder."""
    project = work_folder / "baseline/{{cookiecutter.project_slug}}"
    project.mkdir(parents=True)
    (project / "README.md").write_text("{{ cookiecutter.project_slug }}\n", "utf-8")
    (work_folder / "baseline/cookiecutter.json").write_text(
        json.dumps({"project_slug": "p"}), "utf-8"
    )
    return work_folder / "baseline"


def measure_rendering(python: Path, baseline_template: Path) -> Figure:
    """Compare rendering without `setup` with the baseline; the two alternate."""
    baselines, ours = [], []
    with TemporaryDirectory(dir=MEMORY_FOLDER) as folder:
        for number in range(ROUNDS):
            baselines.append(
                seconds_to_render(python, baseline_template, Path(folder, f"f{number}"))
            )
            ours.append(
                seconds_to_render(python, REPOSITORY, Path(folder, f"o{number}"), "setup=false")
            )
    return Figure("rendering, both hooks", median(ours) / median(baselines), "one file", most=1.8)


def measure_setup(work_folder: Path, python: Path, baseline_template: Path) -> Iterator[Figure]:
    """Compare the default project with the baseline, with a warm cache of uv.

    uv is offline, because it would revalidate its cache in some rounds only.
    """
    baselines, migrated, first_responses = [], [], []
    render(python, REPOSITORY, work_folder / "warm")
    for number in range(SETUP_ROUNDS):
        baselines.append(seconds_to_render(python, baseline_template, work_folder / f"sf{number}"))
        to_database, to_response = seconds_to_stages(python, work_folder / f"s{number}")
        migrated.append(to_database)
        first_responses.append(to_response)
    baseline = median(baselines)
    yield Figure("to a migrated database", median(migrated) / baseline, "one file", most=10)
    yield Figure("to the first 200", median(first_responses) / baseline, "one file", most=13)
    project = work_folder / "s0/question-board"
    # The first run compiles the tests.
    taken = median(seconds_of_own_tests(project) for _ in range(OWN_TESTS_ROUNDS))
    yield Figure("the project's own tests, in seconds", taken, "a second", most=12)


def seconds_to_render(python: Path, template: Path, output: Path, *answers: str) -> float:
    """Render a template; return the seconds that this takes."""
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


def seconds_to_stages(python: Path, output: Path) -> tuple[float, float]:
    """Render a project; return the seconds to a migrated database and to its first response."""
    start = time.perf_counter()
    command = [str(python), "-m", "cookiecutter", "--no-input", "-o", str(output), str(REPOSITORY)]
    environment = {**os.environ, "UV_OFFLINE": "1"}
    generation = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert generation.stdout
    line, migrated = "", 0.0
    while character := generation.stdout.read(1):
        line = "" if character == "\n" else line + character
        if line.startswith("Preparing the database") and line.endswith("done"):
            migrated = time.perf_counter() - start
    assert generation.wait() == 0
    return migrated, seconds_to_first_response(output / "question-board", start)


def seconds_to_first_response(project: Path, start: float) -> float:
    """Start the project's server and return the seconds from `start` to its first response."""
    port = free_port()
    command = [".venv/bin/flask", "--app", "service", "run", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=project, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        while not responds(f"http://127.0.0.1:{port}/"):
            time.sleep(0.01)
        return time.perf_counter() - start
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def responds(address: str) -> bool:
    """Return whether a page responds with 200."""
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def seconds_of_own_tests(project: Path) -> float:
    """Run the tests of the rendered project; return the seconds that they take."""
    start = time.perf_counter()
    environment = {**os.environ, "PATH": f"{project}/.venv/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        ["make", "test"], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout)
    return time.perf_counter() - start
