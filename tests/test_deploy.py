"""The files of the option `deploy`: configuration of the containers, backup and restore.

`make test-container` builds and runs the containers.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy_utils import drop_database

from flask_qa_template.options import core_variants, questions, variant_name
from tests.conftest import CommandResult, Project, bake_into, make_folder, prepare_database
from tests.servers import (
    MYSQL,
    POSTGRESQL,
    SERVERS,
    database_url,
    skip_or_fail,
    temporary_database,
)

DATABASES = questions()["database"]
# One core variant of each database, in the xdist group whose process renders that variant.
VARIANTS = [
    pytest.param(
        answers, id=answers["database"], marks=pytest.mark.xdist_group(variant_name(answers))
    )
    for answers in {answers["database"]: answers for answers in core_variants()}.values()
]
NGINX_SCRIPT = "deploy/nginx.sh"
BACKUP_PROGRAMS = {"sqlite": "python", "mysql": "mariadb-dump", "postgresql": "pg_dump"}
# A `docker` that runs the commands for the containers `web` and `database` on this machine.
DOCKER_STUB = """#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    start | stop | migrate) exit 0 ;;
    web | database) shift; exec "$@" ;;
    *) shift ;;
  esac
done
"""
# Prints every row of every table.
PRINT_DATABASE = """
from sqlalchemy import MetaData, select
from service import create_app
from service.extensions import db
with create_app().app_context():
    tables = MetaData()
    tables.reflect(db.engine)
    for table in tables.sorted_tables:
        print(table.name, sorted(map(str, db.session.execute(select(table)))))
"""


@pytest.fixture(
    scope="module",
    params=[pytest.param(kind, marks=pytest.mark.xdist_group(kind)) for kind in DATABASES],
)
def seeded_project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """Yield a project with sample questions, and with the database name of its containers."""
    client = BACKUP_PROGRAMS[request.param]
    if not shutil.which(client):
        skip_or_fail(client)
    folder = tmp_path_factory.mktemp("seeded")
    with temporary_database(request.param) as environment:
        slug = environment.get("DB_DATABASE", "flask_qa").replace("_", "-")
        project = bake_into(folder, {"database": request.param, "project_slug": slug}, environment)
        prepare_database(project)
        project = replace(project, environment={**environment, **docker_stub_environment(folder)})
        assert project.run("flask", "--app", "service", "seed", "--questions=30").status == 0
        yield project


def docker_stub_environment(folder: Path) -> dict[str, str]:
    """Return environment variables for the stub and for clients of the database servers."""
    docker = make_folder(folder / "bin") / "docker"
    docker.write_text(DOCKER_STUB, encoding="utf-8")
    docker.chmod(0o755)
    keys = {"host": "DB_HOST", "port": "DB_PORT", "user": "DB_USER", "password": "DB_PASSWORD"}
    lines = [f"{key} = '{MYSQL[setting]}'" for key, setting in keys.items()]
    (folder / "home/.my.cnf").write_text("\n".join(["[client]", *lines, ""]), encoding="utf-8")
    return {
        "PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "PGHOST": POSTGRESQL["DB_HOST"],
        "PGPORT": POSTGRESQL["DB_PORT"],
        "PGPASSWORD": POSTGRESQL["DB_PASSWORD"],
    }


def database_content(project: Project) -> str:
    """Return every row of the database of a project as text."""
    done = project.run("python", "-c", PRINT_DATABASE)
    assert done.status == 0, done.err
    return done.out


def delete_database(project: Project) -> None:
    """Delete the database of a project."""
    kind = project.answers["database"]
    if kind == "sqlite":
        for file in (project.path / "instance").glob("board.db*"):
            file.unlink()
    else:
        drop_database(database_url(SERVERS[kind], project.environment["DB_DATABASE"]))


def back_up(project: Project) -> Path:
    """Run `make backup` and return the new file."""
    shutil.rmtree(project.path / "backups", ignore_errors=True)
    done = project.run("make", "backup")
    assert done.status == 0, done.err
    (backup,) = (project.path / "backups").iterdir()
    return backup


def restore(project: Project, backup: Path) -> CommandResult:
    """Run `make restore` with a backup file; return the result."""
    return project.run("make", "restore", f"f={backup}")


def test_deleted_database_is_restored(seeded_project: Project) -> None:
    before = database_content(seeded_project)
    backup = back_up(seeded_project)
    delete_database(seeded_project)

    done = restore(seeded_project, backup)

    assert done.status == 0, done.err
    assert database_content(seeded_project) == before
    assert before.count("How") > 0


def test_restore_removes_later_rows(seeded_project: Project) -> None:
    before = database_content(seeded_project)
    backup = back_up(seeded_project)
    seeded_project.run("flask", "--app", "service", "seed", "--questions=5")

    restore(seeded_project, backup)

    assert database_content(seeded_project) == before


def test_invalid_backup_does_not_change_the_database(
    seeded_project: Project, tmp_path: Path
) -> None:
    before = database_content(seeded_project)
    (tmp_path / "garbage").write_bytes(b"garbage\n" * 1000)

    done = restore(seeded_project, tmp_path / "garbage")

    assert done.status != 0
    assert database_content(seeded_project) == before


@pytest.fixture(scope="module", params=VARIANTS)
def project(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Project:
    """Return a project of each database."""
    return bake_once(**request.param)


@pytest.fixture(scope="module")
def services(project: Project) -> dict[str, Any]:
    """Return the services of the project's `compose.yaml`."""
    content = yaml.safe_load((project.path / "compose.yaml").read_text(encoding="utf-8"))
    services: dict[str, Any] = content["services"]
    return services


def test_failed_backup_leaves_no_backup(project: Project, tmp_path: Path) -> None:
    (tmp_path / "docker").symlink_to(shutil.which("false") or "false")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    done = project.run("env", f"PATH={path}", "make", "backup")

    files = [file.name for file in (project.path / "backups").iterdir()]
    shutil.rmtree(project.path / "backups")
    assert done.status != 0
    assert set(files) <= {"unfinished"}


def test_restore_without_a_file_explains_its_usage(project: Project) -> None:
    done = project.run("make", "restore")

    assert done.status == 2
    assert "make restore f=backups/" in done.out


def test_only_the_proxy_publishes_a_port(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert services["nginx"]["networks"] == ["outside"]


@pytest.mark.parametrize("name", ["web", "migrate", "nginx", "redis"])
def test_container_has_the_least_privileges(services: dict[str, Any], name: str) -> None:
    service = services[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_proxy_uses_the_dns_server_of_its_container(project: Project, tmp_path: Path) -> None:
    nginx = tmp_path / "nginx"
    nginx.write_text("#!/bin/sh\ncat /tmp/resolver.conf\n", encoding="utf-8")
    nginx.chmod(0o755)
    resolv_conf = Path("/etc/resolv.conf").read_text(encoding="utf-8")
    servers = re.findall(r"^nameserver\s+(\S+)", resolv_conf, re.MULTILINE)

    done = project.run(
        "env", f"PATH={tmp_path}{os.pathsep}{os.environ['PATH']}", "sh", NGINX_SCRIPT
    )

    server = f"[{servers[0]}]" if ":" in servers[0] else servers[0]
    assert (done.status, done.out) == (0, f"resolver {server} valid=1s;\n")


def test_stop_grace_period_exceeds_the_graceful_timeout(
    services: dict[str, Any], project: Project
) -> None:
    server = (project.path / "gunicorn.conf.py").read_text(encoding="utf-8")

    (grace,) = re.findall(r"^graceful_timeout = (\d+)$", server, re.MULTILINE)

    assert int(services["web"]["stop_grace_period"].removesuffix("s")) > int(grace)


def test_external_images_have_a_version(services: dict[str, Any]) -> None:
    images = [service["image"] for service in services.values() if "build" not in service]

    assert images
    assert [image for image in images if not re.search(r":\d", image)] == []


def test_dependabot_can_find_all_images(project: Project, services: dict[str, Any]) -> None:
    dockerfile = (project.path / "Dockerfile").read_text(encoding="utf-8")
    stages = re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE)
    images = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    images += [service["image"] for service in services.values() if "build" not in service]

    external = [image for image in images if image not in stages]
    assert {"uv", "python", "nginx", "redis"} <= {re.split("[/:]", name)[-2] for name in external}
    assert [image for image in external if "$" in image] == []


def test_make_up_lets_containers_read_their_files(
    project: Project, services: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "docker").symlink_to(shutil.which("true") or "true")
    volumes = [name for service in services.values() for name in service.get("volumes", [])]
    files = [volume.split(":") for volume in volumes if volume.startswith(".")]
    mounted = [project.path / source for source, _target, _options in files]
    for file in mounted:
        file.chmod(0o600)

    done = project.run("make", "up", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert (done.status, bool(mounted)) == (0, True)
    assert {file.stat().st_mode & 0o777 for file in mounted} == {0o644}
    # With SELinux, containers cannot read a file without `z`.
    assert {options for _source, _target, options in files} == {"ro,z"}


def test_image_is_built_with_the_certificate_of_a_company(
    project: Project, services: dict[str, Any]
) -> None:
    dockerfile = (project.path / "Dockerfile").read_text(encoding="utf-8")

    assert services["web"]["build"]["args"] == {"CA_CERTIFICATE": "${CA_CERTIFICATE:-}"}
    assert dockerfile.index("ARG CA_CERTIFICATE") < dockerfile.index("uv sync")
    assert "UV_SYSTEM_CERTS=1" in dockerfile


def test_compose_file_has_no_secret(services: dict[str, Any]) -> None:
    variables = [service.get("environment", {}) for service in services.values()]
    passwords = [
        value for values in variables for name, value in values.items() if "PASSWORD" in name
    ]

    assert [value for value in passwords if not (value.startswith("${") or value == "yes")] == []


def test_hadolint_finds_nothing_in_the_dockerfile(project: Project) -> None:
    done = project.run("hadolint", "Dockerfile")

    assert done.status == 0, done.out
