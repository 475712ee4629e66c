"""Each database's project in its containers, on a Docker engine: `make test-container`."""

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
from tests.container.engine import add_images, engine
from tests.container.load import constant_load
from tests.container.running import MEMBER, Containers
from tests.servers import free_port, status

PER_SECOND = 100


@pytest.fixture(scope="session")
def docker() -> Iterator[dict[str, str]]:
    """Name the environment in which docker works."""
    with engine() as environment:
        yield environment


@pytest.fixture(scope="module", params=questions()["database"])
def containers(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    docker: dict[str, str],
) -> Iterator[Containers]:
    """Render a project and bring it up with three containers of the service."""
    answers = {"database": request.param, "project_slug": f"flask-qa-{request.param}"}
    # The hook finds no server on which it could leave a database.
    project = bake_into(tmp_path_factory.mktemp(request.param), answers, {"DB_PORT": "1"})
    port = free_port()
    project = replace(project, environment={**docker, "LISTEN": f"127.0.0.1:{port}"})
    add_images(project.path, docker)
    running = Containers(project, port)
    running.run("uv", "lock", "--quiet")
    try:
        running.run("make", "up")
        running.compose("up", "--wait", "--scale", "web=3")
        running.post("auth/register", MEMBER)
        yield running
    finally:
        running.compose("down", "--volumes", "--rmi=local")


def test_one_command_brings_everything_up(containers: Containers) -> None:
    rows = [json.loads(line) for line in containers.compose("ps", "--format=json").splitlines()]

    assert {row["Health"] for row in rows} == {"healthy"}
    assert [row["Service"] for row in rows].count("web") == 3


def test_the_tables_are_made_once_for_three_containers(containers: Containers) -> None:
    """R7.06: web workers never migrate."""
    logs = containers.compose("logs")

    assert logs.count("Running upgrade") == 1
    assert status(f"{containers.address}/readyz") == 200


def test_the_image_holds_no_secret_and_no_tool(containers: Containers) -> None:
    """R1.06, R1.07, J03, J04."""
    name = containers.project.answers["project_slug"]
    image = containers.project.path / "image.tar"

    containers.run("docker", "save", "--output", str(image), name)
    files = containers.run("docker", "run", "--rm", "--user=0", name, "find", "/app", "/usr/local")
    tools = ["sh", "-c", "command -v gcc uv git make; true"]

    content = image.read_bytes()
    image.unlink()
    assert containers.secrets()
    assert [secret for secret in containers.secrets() if secret.encode() in content] == []
    unwanted = {".env", ".git", "tests", "board.db", "compose.yaml", "Makefile"}
    paths = [Path(file) for file in files.splitlines()]
    own = [path for path in paths if ".venv" not in path.parts]
    assert [path for path in own if path.name in unwanted] == []
    assert containers.run("docker", "run", "--rm", name, *tools) == ""


def test_the_history_of_the_image_tells_no_secret(containers: Containers) -> None:
    """R7.08."""
    name = containers.project.answers["project_slug"]

    history = containers.run("docker", "history", "--no-trunc", name)

    assert [secret for secret in containers.secrets() if secret in history] == []


def test_the_service_runs_with_the_least_rights(containers: Containers) -> None:
    """R7.08, J04."""
    for container in containers.inspected("web"):
        host = container["HostConfig"]

        assert container["Config"]["User"] == "10001:10001"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert "no-new-privileges:true" in host["SecurityOpt"]


def test_the_service_cannot_change_itself(containers: Containers) -> None:
    """R7.08, J04."""
    touch = ["touch", "service/new.py"]

    done = containers.project.run("docker", "compose", "exec", "-T", "web", *touch)

    assert done.status != 0
    assert "Read-only file system" in done.err


def test_a_page_comes_through_the_proxy(containers: Containers) -> None:
    """F13: nobody is told a version."""
    request = urllib.request.Request(containers.address, headers={"X-Request-ID": "abc-1"})

    with urllib.request.urlopen(request, timeout=30) as answer:
        assert (answer.status, answer.headers["Server"]) == (200, "nginx")
        assert answer.headers["X-Request-ID"] == "abc-1"


def test_slow_clients_keep_nobody_waiting(containers: Containers) -> None:
    """R7.07: gunicorn alone would be busy with far fewer."""
    port = int(containers.address.rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(200):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(b"POST /api/v1/questions HTTP/1.1\r\nHost: localhost\r\nContent-Le")

        began = time.monotonic()

        assert status(f"{containers.address}/api/v1/questions") == 200
        assert time.monotonic() - began < 5


def test_what_clients_did_is_counted_for_all_containers(containers: Containers) -> None:
    containers.ask("Does anybody count this?")

    size = containers.compose("exec", "-T", "redis", "redis-cli", "dbsize")

    assert int(size.split()[-1]) > 0


def test_metrics_are_there_for_another_container_and_for_nobody_outside(
    containers: Containers,
) -> None:
    """J01: on a port of their own."""
    with (containers.project.path / ".env").open("a", encoding="utf-8") as env:
        env.write("METRICS_PORT=9100\n")
    containers.compose("up", "--wait", "--scale", "web=3", "web")
    program = "from urllib.request import urlopen as read; print(read('{}').read().decode())"
    elsewhere = ["run", "--rm", "--no-deps", "-T", "migrate", "python", "-c"]

    told = containers.compose(*elsewhere, program.format("http://web:9100/metrics"))

    assert "http_request_duration_seconds_count{" in told
    assert "0.0.0.0:9100" not in containers.compose("ps")
    assert status(f"{containers.address}/metrics") == 404


def test_new_code_costs_no_request(containers: Containers) -> None:
    """R7.08."""
    before = {container["Id"] for container in containers.inspected("web")}

    with constant_load(f"{containers.address}/api/v1/questions", PER_SECOND) as statuses:
        containers.run("make", "rollout")
        time.sleep(2)

    after = {container["Id"] for container in containers.inspected("web")}
    print(f"\n{len(statuses)} requests during the rollout")
    assert len(after) == 3
    assert not before & after
    assert set(statuses) == {200}


def test_new_code_that_does_not_start_changes_nothing(containers: Containers) -> None:
    before = {container["Id"] for container in containers.inspected("web")}
    server = containers.project.path / "gunicorn.conf.py"
    works = server.read_text(encoding="utf-8")
    server.write_text(works + "sys.exit('I do not start.')\n", encoding="utf-8")

    done = containers.project.run("make", "rollout")
    server.write_text(works, encoding="utf-8")

    assert done.status != 0
    assert "I do not start." in done.out + done.err
    assert {container["Id"] for container in containers.inspected("web")} == before
    assert status(f"{containers.address}/") == 200


def test_a_backup_is_put_back(containers: Containers) -> None:
    containers.ask("Is this in the backup?")
    containers.run("make", "backup")
    containers.ask("Is this in the backup, too?")
    (backup,) = (containers.project.path / "backups").iterdir()

    containers.run("make", "restore", f"f={backup}")

    containers.wait_until_ready()
    assert "Is this in the backup?" in containers.titles()
    assert "Is this in the backup, too?" not in containers.titles()
    assert oct(backup.parent.stat().st_mode)[-3:] == "700"


def test_the_data_outlives_the_containers(containers: Containers) -> None:
    containers.ask("Will this be there tomorrow?")

    containers.compose("down")
    containers.run("make", "up")

    assert "Will this be there tomorrow?" in containers.titles()


def test_a_stopped_container_has_ended_well(containers: Containers) -> None:
    """R7.08: the signal reaches the server, which is the first process."""
    containers.compose("stop", "web")

    assert {container["State"]["ExitCode"] for container in containers.inspected("web")} == {0}


def test_people_are_told_to_come_back_when_no_container_is_left(containers: Containers) -> None:
    containers.compose("stop", "web")

    assert status(f"{containers.address}/") == 503


def test_the_size_of_the_image_is_reported(containers: Containers) -> None:
    name = containers.project.answers["project_slug"]

    rows = containers.run(
        "docker", "history", "--human=false", "--format={{.Size}} {{.CreatedBy}}", name
    )

    (size,) = [int(row.split()[0]) for row in rows.splitlines() if "COPY /app /app" in row]
    print(f"\n{name}: {size / 1e6:.0f} MB on top of Python")
    assert 0 < size < 200e6
