"""A project in running containers."""

import json
import urllib.request
from typing import Any

from tests.conftest import Project
from tests.servers import LIMIT_SECONDS, status, wait_until

MEMBER = {"email": "ann@example.com", "name": "Ann", "password": "correct horse battery staple"}


class Containers:
    """A project in running containers, with its commands and requests to it."""

    def __init__(self, project: Project, port: int) -> None:
        """Store the project and the address of its proxy."""
        self.project = project
        self.address = f"http://127.0.0.1:{port}"

    def run(self, *command: str) -> str:
        """Run a command, which must succeed, in the folder of the project; return its output."""
        done = self.project.run(*command)
        assert done.status == 0, f"{done.out}\n{done.err}"
        return done.out

    def compose(self, *arguments: str) -> str:
        """Run `docker compose`, which must succeed; return its output."""
        return self.run("docker", "compose", *arguments)

    def inspect(self, service: str) -> list[dict[str, Any]]:
        """Return the output of `docker inspect` for each container of a service."""
        names = self.compose("ps", "--all", "--quiet", service).split()
        found: list[dict[str, Any]] = json.loads(self.run("docker", "inspect", *names))
        return found

    def post(self, path: str, body: dict[str, str], token: str = "") -> dict[str, Any]:
        """Send JSON to the API; return the JSON of the response."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=LIMIT_SECONDS) as response:
            content: dict[str, Any] = json.load(response)
            return content

    def ask(self, title: str) -> None:
        """Log in and ask a question through the API."""
        credentials = {name: MEMBER[name] for name in ("email", "password")}
        token = self.post("auth/login", credentials)["access_token"]
        self.post("questions", {"title": title, "body": "It must be there later."}, token)

    def titles(self) -> list[str]:
        """Return the titles of the newest questions."""
        with urllib.request.urlopen(
            f"{self.address}/api/v1/questions", timeout=LIMIT_SECONDS
        ) as response:
            return [question["title"] for question in json.load(response)["items"]]

    def secrets(self) -> list[str]:
        """Return the secrets in `.env`: all values of 32 or more characters."""
        lines = (self.project.path / ".env").read_text(encoding="utf-8").splitlines()
        values = [line.partition("=")[2] for line in lines if not line.startswith("#")]
        return [value for value in values if len(value) >= 32]

    def wait_until_ready(self) -> None:
        """Wait until `/readyz` responds with 200."""
        wait_until(lambda: status(f"{self.address}/readyz") == 200)
