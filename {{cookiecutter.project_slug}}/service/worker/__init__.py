"""The command `work`, a process that runs background jobs."""

from flask import Flask

from service.worker.commands import work


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(work)
