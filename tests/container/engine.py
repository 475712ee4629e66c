"""A Docker engine for the checks: the one that runs here, or one of their own.

An engine of their own is started by hand, as root, and keeps its data in `FOLDER` for the next
time. It is for machines that reach no registry of images, and so it is given stand-ins under the
names that the project uses.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

FOLDER = Path("/var/tmp/flask-qa-containers")  # noqa: S108  # Only root starts an engine there.
RECIPES = Path(__file__).parent
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NEEDED = {"docker": "docker.io", "dockerd": "docker.io", "debootstrap": "debootstrap"}
START_SECONDS = 30


@contextmanager
def engine() -> Iterator[dict[str, str]]:
    """Yield the environment in which `docker compose` works; end the tests where it cannot."""
    if answers({}):
        yield {}
        return
    missing = [
        f"{name} (apt-get install {NEEDED[name]})" for name in NEEDED if not shutil.which(name)
    ]
    if missing or os.geteuid():
        cure = ", ".join(missing) or "the rights of root, to start one"
        pytest.exit(f"No Docker engine with `docker compose` answers; missing: {cure}.", 1)
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    environment = {
        "DOCKER_HOST": f"unix://{FOLDER}/engine.sock",
        "DOCKER_CONFIG": f"{FOLDER}/config",
        "DOCKER_BUILDKIT": "1",
    }
    with started(environment):
        add_plugins(environment)
        yield environment


@contextmanager
def started(environment: dict[str, str]) -> Iterator[None]:
    """Run an engine until the end of the block."""
    folders = [f"--data-root={FOLDER}/data", f"--exec-root={FOLDER}/run"]
    host = [f"--host={environment['DOCKER_HOST']}", f"--pidfile={FOLDER}/engine.pid"]
    with (FOLDER / "engine.log").open("wb") as log:
        daemon = subprocess.Popen(["dockerd", *folders, *host], stdout=log, stderr=log)
    try:
        end = time.monotonic() + START_SECONDS
        while not docker("info", env=environment, fails=True):
            if daemon.poll() is not None or time.monotonic() > end:
                pytest.exit(f"dockerd does not run here: {FOLDER}/engine.log says why.", 1)
            time.sleep(0.5)
        yield
    finally:
        daemon.terminate()
        daemon.wait(START_SECONDS)


def answers(environment: dict[str, str]) -> bool:
    """Tell whether an engine runs, and the client knows compose."""
    if not shutil.which("docker"):
        return False
    return bool(
        docker("info", "--format", "{{.ServerVersion}}", env=environment, fails=True)
        and docker("compose", "version", env=environment, fails=True)
    )


def docker(*words: str, env: dict[str, str], fails: bool = False) -> str:
    """Return what a command of docker prints; with `fails`, nothing where it fails."""
    done = subprocess.run(
        ["docker", *words],
        env={**os.environ, **env},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if fails else None,
        text=True,
    )
    assert fails or done.returncode == 0, words
    return done.stdout if done.returncode == 0 else ""


def add_plugins(environment: dict[str, str]) -> None:
    """Give the client compose and buildx, which Debian's own package of it may lack."""
    if docker("compose", "version", env=environment, fails=True):
        return
    # Without buildx yet, the client can build only in the old way.
    build("plugins", "plugins", {**environment, "DOCKER_BUILDKIT": "0"})
    container = docker("create", "plugins", "none", env=environment).strip()
    source = f"{container}:/usr/libexec/docker/cli-plugins"
    Path(environment["DOCKER_CONFIG"]).mkdir(exist_ok=True)
    docker("cp", source, environment["DOCKER_CONFIG"], env=environment)
    docker("rm", container, env=environment)


def add_images(project: Path, environment: dict[str, str]) -> None:
    """Build a stand-in for each image that the project names, where it is not there yet."""
    if "DOCKER_HOST" not in environment:
        return
    for name in images_named(project):
        stage = re.split("[:/]", name)[-2]
        if not docker("image", "inspect", name, env=environment, fails=True):
            build(stage, name, environment)


def images_named(project: Path) -> list[str]:
    """Return the images that the project's Dockerfile and `compose.yaml` begin with."""
    recipe = (project / "Dockerfile").read_text(encoding="utf-8")
    services = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]
    of_others = [service["image"] for service in services.values() if "build" not in service]
    return [*re.findall(r"^ARG \w+_IMAGE=(\S+)", recipe, re.MULTILINE), *of_others]


def build(stage: str, name: str, environment: dict[str, str]) -> None:
    """Build a stage of our recipes under a name."""
    add_debian(environment)
    context = FOLDER / "context"
    shutil.copytree(RECIPES, context, dirs_exist_ok=True)
    shutil.copy(CERTIFICATES, context)
    shutil.copy(shutil.which("uv") or "uv", context)
    docker("build", "--quiet", "--target", stage, "--tag", name, str(context), env=environment)


def add_debian(environment: dict[str, str]) -> None:
    """Make the image on which the others stand, where it is not there yet."""
    if docker("image", "inspect", "stand-in", env=environment, fails=True):
        return
    tree, archive = FOLDER / "debian", FOLDER / "debian.tar"
    shutil.rmtree(tree, ignore_errors=True)
    options = ["--variant=minbase", "--include=ca-certificates"]
    subprocess.run(["debootstrap", *options, "trixie", tree], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "-C", tree, "-cf", archive, "."], check=True)
    docker("import", str(archive), "stand-in", env=environment)
    archive.unlink()
    shutil.rmtree(tree)
