"""The Docker engine for the checks: one that already runs, or a temporary one.

The temporary engine runs as root and stores its data in `FOLDER`. It is for machines that cannot
reach an image registry: images that are built from Debian packages replace those of the registry.
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

FOLDER = Path("/var/tmp/flask-qa-containers")  # noqa: S108 - Only root can write to it.
DOCKERFILES = Path(__file__).parent
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PACKAGES = {"docker": "docker.io", "dockerd": "docker.io", "debootstrap": "debootstrap"}
START_SECONDS = 120


@contextmanager
def docker_engine() -> Iterator[dict[str, str]]:
    """Yield environment variables for `docker compose`; end the tests if no engine can run."""
    if is_available({}):
        yield {}
        return
    missing = [
        f"{name} (apt-get install {PACKAGES[name]})" for name in PACKAGES if not shutil.which(name)
    ]
    if missing or os.geteuid():
        needed = ", ".join(missing) or "root privileges to start one"
        pytest.exit(f"There is no Docker engine with `docker compose`; missing: {needed}.", 1)
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    environment = {
        "DOCKER_HOST": f"unix://{FOLDER}/engine.sock",
        "DOCKER_CONFIG": f"{FOLDER}/config",
        "DOCKER_BUILDKIT": "1",
    }
    with run_engine(environment):
        install_plugins(environment)
        yield environment


@contextmanager
def run_engine(environment: dict[str, str]) -> Iterator[None]:
    """Run a temporary engine during the block."""
    folders = [f"--data-root={FOLDER}/data", f"--exec-root={FOLDER}/run"]
    host = [f"--host={environment['DOCKER_HOST']}", f"--pidfile={FOLDER}/engine.pid"]
    with (FOLDER / "engine.log").open("wb") as log:
        daemon = subprocess.Popen(["dockerd", *folders, *host], stdout=log, stderr=log)
    try:
        end = time.monotonic() + START_SECONDS
        while not docker("info", env=environment, check=False):
            if daemon.poll() is not None or time.monotonic() > end:
                pytest.exit(f"dockerd failed to start, see {FOLDER}/engine.log.", 1)
            time.sleep(0.5)
        yield
    finally:
        daemon.terminate()
        daemon.wait(START_SECONDS)


def is_available(environment: dict[str, str]) -> bool:
    """Return whether an engine runs and `docker compose` is installed."""
    if not shutil.which("docker"):
        return False
    return bool(
        docker("info", "--format", "{{.ServerVersion}}", env=environment, check=False)
        and docker("compose", "version", env=environment, check=False)
    )


def docker(*arguments: str, env: dict[str, str], check: bool = True) -> str:
    """Return the output of a docker command; if it fails without `check`, an empty string."""
    done = subprocess.run(
        ["docker", *arguments],
        env={**os.environ, **env},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if not check else None,
        text=True,
    )
    assert not check or done.returncode == 0, arguments
    return done.stdout if done.returncode == 0 else ""


def install_plugins(environment: dict[str, str]) -> None:
    """Install compose and buildx, which Debian's docker.io does not include."""
    if docker("compose", "version", env=environment, check=False):
        return
    # Without buildx, the client can only use the legacy builder.
    build("plugins", "plugins", {**environment, "DOCKER_BUILDKIT": "0"})
    container = docker("create", "plugins", "none", env=environment).strip()
    source = f"{container}:/usr/libexec/docker/cli-plugins"
    Path(environment["DOCKER_CONFIG"]).mkdir(exist_ok=True)
    docker("cp", source, environment["DOCKER_CONFIG"], env=environment)
    docker("rm", container, env=environment)


def build_images(project: Path, environment: dict[str, str]) -> None:
    """Build missing replacements of the images of a project, if the engine is temporary."""
    if "DOCKER_HOST" not in environment:
        return
    for name in external_images(project):
        stage = re.split("[:/]", name)[-2]
        if not docker("image", "inspect", name, env=environment, check=False):
            build(stage, name, environment)


def external_images(project: Path) -> list[str]:
    """Return the external images in the project's Dockerfile and `compose.yaml`."""
    dockerfile = (project / "Dockerfile").read_text(encoding="utf-8")
    services = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))["services"]
    external = [service["image"] for service in services.values() if "build" not in service]
    return [*re.findall(r"^FROM (\S+:\S+)", dockerfile, re.MULTILINE), *external]


def build(stage: str, name: str, environment: dict[str, str]) -> None:
    """Build a stage of `tests/container/Dockerfile` and tag the image with a name."""
    build_base_image(environment)
    context = FOLDER / "context"
    shutil.copytree(DOCKERFILES, context, dirs_exist_ok=True)
    shutil.copy(CERTIFICATES, context)
    shutil.copy(shutil.which("uv") or "uv", context)
    docker("build", "--quiet", "--target", stage, "--tag", name, str(context), env=environment)


def build_base_image(environment: dict[str, str]) -> None:
    """Build the image `stand-in`, on which the others are based, unless it exists."""
    if docker("image", "inspect", "stand-in", env=environment, check=False):
        return
    tree, archive = FOLDER / "debian", FOLDER / "debian.tar"
    shutil.rmtree(tree, ignore_errors=True)
    options = ["--variant=minbase", "--include=ca-certificates"]
    subprocess.run(["debootstrap", *options, "trixie", tree], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "-C", tree, "-cf", archive, "."], check=True)
    docker("import", str(archive), "stand-in", env=environment)
    archive.unlink()
    shutil.rmtree(tree)
