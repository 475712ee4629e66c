"""A project whose containers run, and what its users and its owner do with it."""

import json
import time
import urllib.request
from typing import Any

from tests.conftest import Project
from tests.servers import status

MEMBER = {"email": "ann@example.com", "name": "Ann", "password": "correct horse battery staple"}


class Containers:
    """A project whose containers run."""

    def __init__(self, project: Project, port: int) -> None:
        """Remember the project, and where its proxy listens."""
        self.project = project
        self.address = f"http://127.0.0.1:{port}"

    def run(self, *command: str) -> str:
        """Run a command in the folder of the project; return what it prints, and fail with it."""
        done = self.project.run(*command)
        assert done.status == 0, f"{done.out}\n{done.err}"
        return done.out

    def compose(self, *words: str) -> str:
        """Run `docker compose`."""
        return self.run("docker", "compose", *words)

    def inspected(self, service: str) -> list[dict[str, Any]]:
        """Return what the engine knows of each container of a service, also of one that ended."""
        names = self.compose("ps", "--all", "--quiet", service).split()
        found: list[dict[str, Any]] = json.loads(self.run("docker", "inspect", *names))
        return found

    def post(self, path: str, body: dict[str, str], token: str = "") -> dict[str, Any]:
        """Send JSON to the API; return what it answers."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            answered: dict[str, Any] = json.load(answer)
            return answered

    def ask(self, title: str) -> None:
        """Ask a question through the API."""
        words = {name: MEMBER[name] for name in ("email", "password")}
        token = self.post("auth/login", words)["access_token"]
        self.post("questions", {"title": title, "body": "It must be there later."}, token)

    def titles(self) -> list[str]:
        """Return the titles of all questions."""
        with urllib.request.urlopen(f"{self.address}/api/v1/questions", timeout=30) as answer:
            return [question["title"] for question in json.load(answer)["items"]]

    def secrets(self) -> list[str]:
        """Return the secrets in `.env`, which are long and random."""
        lines = (self.project.path / ".env").read_text(encoding="utf-8").splitlines()
        values = [line.partition("=")[2] for line in lines if not line.startswith("#")]
        return [value for value in values if len(value) >= 32]

    def wait_until_ready(self) -> None:
        """Wait until the service answers again."""
        for _ in range(100):
            if status(f"{self.address}/readyz") == 200:
                return
            time.sleep(0.2)
