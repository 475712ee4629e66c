"""Requests that fail when the service behind its proxy, or its database, restarts.

The proxy is Debian's nginx with the project's configuration and two local servers in place of the
containers. The databases are those of the project's `make chaos`.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.serving import IN_PRODUCTION, migrated_project, render_project, wait_for
from tests.container.load import constant_load
from tests.servers import free_port

PER_SECOND = 100
RESTARTS = 5
# Debian installs servers in /usr/sbin, which may not be on the path.
PATH = f"{os.environ['PATH']}:/usr/sbin"
LIST = "/api/v1/questions"
AFTER_RESTARTS = f"""
import sys
from pathlib import Path
from tests.chaos.conftest import create_database
from tests.chaos.installation import install

folder = Path(sys.argv[1])
(folder / "database").mkdir()
database = create_database(folder / "database")
failed = 0
with install(folder / "project", database.url).serve() as server:
    for _ in range({RESTARTS}):
        for _ in range(20):
            assert server.get("{LIST}")[0] == 200
        database.kill()
        database.start()
        failed += sum(server.get("{LIST}")[0] != 200 for _ in range(20))
database.kill()
print(failed)
"""


def figures() -> Iterator[Figure]:
    """Count the failed requests of all measurements."""
    if not shutil.which("nginx", path=PATH):
        sys.exit("nginx is required: apt-get install nginx-light")
    # Nothing listens on this port: the hook must not create databases on a server.
    os.environ["DB_PORT"] = "1"
    yield count_lost_behind_proxy()
    for database in ("mysql", "postgresql"):
        yield count_lost_after_restarts(database)


def count_lost_behind_proxy() -> Figure:
    """Count the requests that fail while each of two servers restarts in turn."""
    with TemporaryDirectory() as folder, ExitStack() as running:
        project = migrated_project(Path(folder))
        servers = [Service(project) for _ in range(2)]
        for server in servers:
            running.callback(server.stop)
        address = running.enter_context(run_proxy(project, [server.port for server in servers]))
        with constant_load(address + LIST, PER_SECOND) as statuses:
            for _ in range(RESTARTS):
                for server in servers:
                    server.restart()
                    time.sleep(1)
    lost = sum(status != 200 for status in statuses)
    subject = f"{len(statuses):,} requests in {2 * RESTARTS} restarts: lost"
    return Figure(subject, lost, "a request", most=0)


def count_lost_after_restarts(database: str) -> Figure:
    """Count the requests that fail after the database was killed and started again."""
    with TemporaryDirectory() as folder:
        project = render_project(Path(folder), f"database={database}")
        # PostgreSQL runs as another user, who must be able to enter the folder.
        with TemporaryDirectory() as open_folder:
            Path(open_folder).chmod(0o755)
            output = subprocess.run(
                [sys.executable, "-c", AFTER_RESTARTS, open_folder],
                cwd=project,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
    subject = f"first 20 requests after {RESTARTS} restarts, {database}: lost"
    return Figure(subject, int(output), "a request", most=0)


class Service:
    """The service of a project, which keeps its port when it restarts."""

    def __init__(self, project: Path) -> None:
        """Start the service on a free port."""
        self.project = project
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Start the service and wait until it responds."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{self.port}"],
            cwd=self.project,
            env={**os.environ, **IN_PRODUCTION, "PROXY_HOPS": "1"},
            stderr=subprocess.DEVNULL,
        )
        wait_for(self.process, f"http://127.0.0.1:{self.port}/healthz")

    def stop(self) -> None:
        """Send SIGTERM, as Docker does, and wait until the service has ended."""
        self.process.terminate()
        self.process.wait()

    def restart(self) -> None:
        """Stop and start the service."""
        self.stop()
        self.start()


@contextmanager
def run_proxy(project: Path, ports: list[int]) -> Iterator[str]:
    """Run nginx with the project's configuration and servers on these ports; yield its address."""
    port = free_port()
    servers = "".join(f"server 127.0.0.1:{each} max_fails=0; " for each in ports)
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        changes = {
            "resolver 127.0.0.11 valid=1s ipv6=off;": f"upstream web {{ {servers} }}",
            "http://web:8000": "http://web",
            "listen 8080": f"listen 127.0.0.1:{port}",
            "127.0.0.1:8081": f"127.0.0.1:{free_port()}",
            "/tmp/": f"{folder}/",  # noqa: S108 - In the container.
        }
        text = (project / "deploy/nginx.conf").read_text("utf-8")
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(text, "utf-8")
        command = ["nginx", "-e", "stderr", "-c", str(configuration)]
        with subprocess.Popen(
            command, env={**os.environ, "PATH": PATH}, stderr=subprocess.DEVNULL
        ) as process:
            try:
                wait_for(process, f"http://127.0.0.1:{port}{LIST}")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
