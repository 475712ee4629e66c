"""The tests of `make test-container`: a project of each database in its containers."""

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from flask_qa_template.options import questions
from tests.conftest import bake_into
from tests.container.engine import build_images, docker_engine
from tests.container.load import constant_load
from tests.container.running import MEMBER, Containers
from tests.servers import LIMIT_SECONDS, free_port, status

PER_SECOND = 100


@pytest.fixture(scope="session")
def docker() -> Iterator[dict[str, str]]:
    """Yield the environment variables that `docker` needs."""
    with docker_engine() as environment:
        yield environment


@pytest.fixture(scope="module", params=questions()["database"])
def containers(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    docker: dict[str, str],
) -> Iterator[Containers]:
    """Yield a project in running containers, three of them with the service."""
    answers = {"database": request.param, "project_slug": f"flask-qa-{request.param}"}
    # Nothing listens on this port: the hook must not create databases on a server.
    project = bake_into(tmp_path_factory.mktemp(request.param), answers, {"DB_PORT": "1"})
    port = free_port()
    project = replace(project, environment={**docker, "LISTEN": f"127.0.0.1:{port}"})
    build_images(project.path, docker)
    running = Containers(project, port)
    running.run("uv", "lock", "--quiet")
    try:
        running.run("make", "up")
        running.compose("up", "--wait", "--scale", "web=3")
        running.post("auth/register", MEMBER)
        yield running
    finally:
        running.compose("down", "--volumes", "--rmi=local")


def test_make_up_starts_healthy_containers(containers: Containers) -> None:
    rows = [json.loads(line) for line in containers.compose("ps", "--format=json").splitlines()]

    assert {row["State"] for row in rows} == {"running"}
    assert {row["Health"] for row in rows if row["Service"] != "work"} == {"healthy"}
    assert [row["Service"] for row in rows].count("web") == 3


def test_migrations_run_once_for_three_containers(containers: Containers) -> None:
    logs = containers.compose("logs")

    assert logs.count("Running upgrade") == 1
    assert status(f"{containers.address}/readyz") == 200


def test_image_has_no_secrets_and_no_tools(containers: Containers) -> None:
    name = containers.project.answers["project_slug"]
    image = containers.project.path / "image.tar"

    containers.run("docker", "save", "--output", str(image), name)
    files = containers.run("docker", "run", "--rm", "--user=0", name, "find", "/app", "/usr/local")
    tools = ["sh", "-c", "command -v gcc uv git make; true"]

    content = image.read_bytes()
    image.unlink()
    assert containers.secrets()
    assert [secret for secret in containers.secrets() if secret.encode() in content] == []
    unwanted_names = {".env", ".git", "tests", "board.db", "compose.yaml", "Makefile"}
    paths = [Path(file) for file in files.splitlines()]
    own = [path for path in paths if ".venv" not in path.parts]
    assert [path for path in own if path.name in unwanted_names] == []
    assert containers.run("docker", "run", "--rm", name, *tools) == ""


def test_image_history_has_no_secrets(containers: Containers) -> None:
    name = containers.project.answers["project_slug"]

    history = containers.run("docker", "history", "--no-trunc", name)

    assert [secret for secret in containers.secrets() if secret in history] == []


def test_service_runs_with_the_least_privileges(containers: Containers) -> None:
    for container in containers.inspect("web"):
        host = container["HostConfig"]

        assert container["Config"]["User"] == "10001:10001"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert "no-new-privileges:true" in host["SecurityOpt"]


def test_file_system_of_the_service_is_read_only(containers: Containers) -> None:
    touch = ["touch", "service/new.py"]

    done = containers.project.run("docker", "compose", "exec", "-T", "web", *touch)

    assert done.status != 0
    assert "Read-only file system" in done.err


def test_proxy_forwards_the_request_id_and_hides_its_version(containers: Containers) -> None:
    request = urllib.request.Request(containers.address, headers={"X-Request-ID": "abc-1"})

    with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as response:
        assert (response.status, response.headers["Server"]) == (200, "nginx")
        assert response.headers["X-Request-ID"] == "abc-1"


def test_slow_clients_do_not_block_others(containers: Containers) -> None:
    # Without the proxy, fewer clients would occupy all threads of gunicorn.
    port = int(containers.address.rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(200):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(b"POST /api/v1/questions HTTP/1.1\r\nHost: localhost\r\nContent-Le")

        began = time.monotonic()

        assert status(f"{containers.address}/api/v1/questions") == 200
        assert time.monotonic() - began < 60


def test_rate_limits_are_counted_in_redis(containers: Containers) -> None:
    containers.ask("Does anybody count this?")

    size = containers.compose("exec", "-T", "redis", "redis-cli", "dbsize")

    assert int(size.split()[-1]) > 0


def test_metrics_are_available_to_other_containers_only(containers: Containers) -> None:
    with (containers.project.path / ".env").open("a", encoding="utf-8") as env:
        env.write("METRICS_PORT=9100\n")
    containers.compose("up", "--wait", "--scale", "web=3", "web")
    program = "from urllib.request import urlopen as read; print(read('{}').read().decode())"
    other_container = ["run", "--rm", "--no-deps", "-T", "migrate", "python", "-c"]

    metrics = containers.compose(*other_container, program.format("http://web:9100/metrics"))

    assert "http_request_duration_seconds_count{" in metrics
    assert "0.0.0.0:9100" not in containers.compose("ps")
    assert status(f"{containers.address}/metrics") == 404


def test_no_request_fails_during_a_rollout(containers: Containers) -> None:
    before = {container["Id"] for container in containers.inspect("web")}

    with constant_load(f"{containers.address}/api/v1/questions", PER_SECOND) as statuses:
        containers.run("make", "rollout")
        # Continue the load when only the new containers run.
        time.sleep(2)

    after = {container["Id"] for container in containers.inspect("web")}
    print(f"\n{len(statuses)} requests during the rollout")
    assert len(after) == 3
    assert not before & after
    assert set(statuses) == {200}


def test_failed_rollout_keeps_the_old_containers(containers: Containers) -> None:
    before = {container["Id"] for container in containers.inspect("web")}
    server = containers.project.path / "gunicorn.conf.py"
    original = server.read_text(encoding="utf-8")
    server.write_text(original + "sys.exit('broken configuration')\n", encoding="utf-8")

    done = containers.project.run("make", "rollout")
    server.write_text(original, encoding="utf-8")

    assert done.status != 0
    assert "broken configuration" in done.out + done.err
    assert {container["Id"] for container in containers.inspect("web")} == before
    assert status(f"{containers.address}/") == 200


def test_backup_is_restored(containers: Containers) -> None:
    containers.ask("Is this in the backup?")
    containers.run("make", "backup")
    containers.ask("Is this in the backup, too?")
    (backup,) = (containers.project.path / "backups").iterdir()

    containers.run("make", "restore", f"f={backup}")

    containers.wait_until_ready()
    assert "Is this in the backup?" in containers.titles()
    assert "Is this in the backup, too?" not in containers.titles()
    assert oct(backup.parent.stat().st_mode)[-3:] == "700"


def test_data_is_kept_when_containers_are_removed(containers: Containers) -> None:
    containers.ask("Will this be there tomorrow?")

    containers.compose("down")
    containers.run("make", "up")

    assert "Will this be there tomorrow?" in containers.titles()


def test_stopped_containers_exit_with_status_zero(containers: Containers) -> None:
    # Docker sends the signal to process 1, which must be gunicorn.
    containers.compose("stop", "web")

    assert {container["State"]["ExitCode"] for container in containers.inspect("web")} == {0}


def test_proxy_responds_503_without_a_container(containers: Containers) -> None:
    containers.compose("stop", "web")

    assert status(f"{containers.address}/") == 503


def test_image_is_smaller_than_200_mb(containers: Containers) -> None:
    name = containers.project.answers["project_slug"]

    rows = containers.run(
        "docker", "history", "--human=false", "--format={{.Size}} {{.CreatedBy}}", name
    )

    (size,) = [int(row.split()[0]) for row in rows.splitlines() if "COPY /app /app" in row]
    print(f"\n{name}: {size / 1e6:.0f} MB on top of Python")
    assert 0 < size < 200e6
