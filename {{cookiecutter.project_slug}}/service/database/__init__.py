"""The database: engine, column types, migrations, pagination and commands."""

from flask import Flask

from service.database import engine, migrations
from service.database.commands import create_database


def init_app(app: Flask) -> None:
    """Configure the engine and the migrations, and register `create-database`."""
    engine.init_app(app)
    migrations.init_app(app)
    app.cli.add_command(create_database)
