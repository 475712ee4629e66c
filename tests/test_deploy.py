"""What `deploy` brings: its files make sense, and what is backed up can be put back.

`make test-container` builds and runs the containers for real.
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
from tests.conftest import Project, Run, bake_into, make
from tests.servers import MYSQL, POSTGRESQL, SERVERS, address, database_of_its_own, need

DATABASES = questions()["database"]
# One core variant of each database, in the process that bakes it anyway.
VARIANTS = [
    pytest.param(
        answers, id=answers["database"], marks=pytest.mark.xdist_group(variant_name(answers))
    )
    for answers in {answers["database"]: answers for answers in core_variants()}.values()
]
CLIENTS = {"sqlite": "python", "mysql": "mariadb-dump", "postgresql": "pg_dump"}
# What runs in the container of the service or of the database runs here, without one.
WITHOUT_CONTAINERS = """#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    start | stop | migrate) exit 0 ;;
    web | database) shift; exec "$@" ;;
    *) shift ;;
  esac
done
"""
# Each row of each table, whatever the tables are.
EVERYTHING = """
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
def seeded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """Bake a project with questions on a database of its own, named as its containers name it."""
    client = CLIENTS[request.param]
    if not shutil.which(client):
        need(f"{client}, which the image of the database has,")
    folder = tmp_path_factory.mktemp("seeded")
    with database_of_its_own(request.param) as environment:
        slug = environment.get("DB_DATABASE", "flask_qa").replace("_", "-")
        project = bake_into(folder, {"database": request.param, "project_slug": slug}, environment)
        project = replace(project, environment={**environment, **without_containers(folder)})
        assert project.run("flask", "--app", "service", "seed", "--questions=30").status == 0
        yield project


def without_containers(folder: Path) -> dict[str, str]:
    """Return an environment where `docker` needs no container, and clients find the servers."""
    docker = make(folder / "bin") / "docker"
    docker.write_text(WITHOUT_CONTAINERS, encoding="utf-8")
    docker.chmod(0o755)
    said = {"host": "DB_HOST", "port": "DB_PORT", "user": "DB_USER", "password": "DB_PASSWORD"}
    lines = [f"{word} = '{MYSQL[name]}'" for word, name in said.items()]
    (folder / "home/.my.cnf").write_text("\n".join(["[client]", *lines, ""]), encoding="utf-8")
    return {
        "PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "PGHOST": POSTGRESQL["DB_HOST"],
        "PGPORT": POSTGRESQL["DB_PORT"],
        "PGPASSWORD": POSTGRESQL["DB_PASSWORD"],
    }


def everything(project: Project) -> str:
    """Return all that is in the database of a project."""
    done = project.run("python", "-c", EVERYTHING)
    assert done.status == 0, done.err
    return done.out


def lose(project: Project) -> None:
    """Lose the whole database."""
    kind = project.answers["database"]
    if kind == "sqlite":
        for file in (project.path / "instance").glob("board.db*"):
            file.unlink()
    else:
        drop_database(address(SERVERS[kind], project.environment["DB_DATABASE"]))


def back_up(project: Project) -> Path:
    """Let the project make a backup; return it."""
    shutil.rmtree(project.path / "backups", ignore_errors=True)
    done = project.run("make", "backup")
    assert done.status == 0, done.err
    (backup,) = (project.path / "backups").iterdir()
    return backup


def restore(project: Project, backup: Path) -> Run:
    """Let the project put a backup back."""
    return project.run("make", "restore", f"f={backup}")


def test_a_lost_database_is_put_back(seeded: Project) -> None:
    before = everything(seeded)
    backup = back_up(seeded)
    lose(seeded)

    done = restore(seeded, backup)

    assert done.status == 0, done.err
    assert everything(seeded) == before
    assert before.count("How") > 0


def test_what_came_after_the_backup_is_gone(seeded: Project) -> None:
    before = everything(seeded)
    backup = back_up(seeded)
    seeded.run("flask", "--app", "service", "seed", "--questions=5")

    restore(seeded, backup)

    assert everything(seeded) == before


def test_a_file_that_is_no_backup_harms_nothing(seeded: Project, tmp_path: Path) -> None:
    before = everything(seeded)
    (tmp_path / "garbage").write_bytes(b"no backup\n" * 1000)

    done = restore(seeded, tmp_path / "garbage")

    assert done.status != 0
    assert everything(seeded) == before


@pytest.fixture(scope="module", params=VARIANTS)
def project(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Project:
    """Bake a project of each database."""
    return bake_once(**request.param)


@pytest.fixture(scope="module")
def services(project: Project) -> dict[str, Any]:
    """Return the services of the project's `compose.yaml`."""
    content = yaml.safe_load((project.path / "compose.yaml").read_text(encoding="utf-8"))
    services: dict[str, Any] = content["services"]
    return services


def test_a_backup_that_fails_is_none(project: Project, tmp_path: Path) -> None:
    (tmp_path / "docker").symlink_to(shutil.which("false") or "false")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    done = project.run("env", f"PATH={path}", "make", "backup")

    left = [file.name for file in (project.path / "backups").iterdir()]
    shutil.rmtree(project.path / "backups")
    assert done.status != 0
    assert set(left) <= {"unfinished"}


def test_what_to_restore_must_be_said(project: Project) -> None:
    done = project.run("make", "restore")

    assert done.status == 2
    assert "make restore f=backups/" in done.out


def test_only_the_proxy_can_be_reached(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    assert services["nginx"]["networks"] == ["outside"]


@pytest.mark.parametrize("name", ["web", "migrate", "nginx", "redis"])
def test_a_container_has_the_least_rights(services: dict[str, Any], name: str) -> None:
    """R7.08, J04."""
    service = services[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_server_is_given_the_time_it_takes_to_stop(
    services: dict[str, Any], project: Project
) -> None:
    """R7.07."""
    server = (project.path / "gunicorn.conf.py").read_text(encoding="utf-8")

    (grace,) = re.findall(r"^graceful_timeout = (\d+)$", server, re.MULTILINE)

    assert int(services["web"]["stop_grace_period"].removesuffix("s")) > int(grace)


def test_each_image_of_others_has_a_version(services: dict[str, Any]) -> None:
    images = [service["image"] for service in services.values() if "build" not in service]

    assert images
    assert [image for image in images if not re.search(r":\d", image)] == []


def test_no_secret_stands_in_the_file(services: dict[str, Any]) -> None:
    """R1.06."""
    said = [service.get("environment", {}) for service in services.values()]
    passwords = [value for names in said for name, value in names.items() if "PASSWORD" in name]

    assert [value for value in passwords if not (value.startswith("${") or value == "yes")] == []


def test_the_recipe_of_the_image_is_clean(project: Project) -> None:
    done = project.run("hadolint", "Dockerfile")

    assert done.status == 0, done.out
