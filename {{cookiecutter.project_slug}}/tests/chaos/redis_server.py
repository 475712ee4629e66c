"""A Redis server that tests start and kill."""

import socket
from collections.abc import Sequence

from tests.chaos.programs import Program, find_program


class Redis(Program):
    """A Redis server."""

    def command(self) -> Sequence[str]:
        """Return the command line."""
        program = find_program("redis-server", "redis-server")
        return [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    @property
    def url(self) -> str:
        """The URL with which the service connects."""
        return f"redis://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        """Return whether clients can connect."""
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0
