"""The databases that this service supports: one module each, with the same functions."""

from collections.abc import Sequence
from typing import Any, Protocol

from flask import Config, Flask
from sqlalchemy import URL, Column, ColumnElement, Connection

from service.config.settings import ConfigurationError
from service.database import mysql as mysql_dialect  # [template] if mysql
from service.database import postgresql as postgresql_dialect  # [template] if postgresql
from service.database import sqlite as sqlite_dialect  # [template] if sqlite


class FullText(Protocol):
    """The functions of a module for the full-text index of a column.

    The column contains tokens, separated by spaces: letters and digits only.
    """

    def create_index(self, name: str, table: str, column: str) -> list[str]:
        """Return the SQL statements that create the index of an empty table."""

    def drop_index(self, name: str) -> list[str]:
        """Return the SQL statements for what dropping the table does not drop, if it exists."""

    def restore_index(self, name: str, table: str, column: str) -> list[str]:
        """Return the SQL statements that restore the index after a migration of its table."""

    def match(
        self, name: str, column: Column[str], alternatives: Sequence[Sequence[str]]
    ) -> ColumnElement[bool]:
        """Return the SQL condition for rows that have all tokens of one of the alternatives.

        A token that ends with `*` stands for all tokens that begin with it.
        """


class Dialect(Protocol):
    """The functions and constants that each database module of this package provides."""

    DRIVER: str
    # The arguments with which every connection is opened, also for migrations.
    CONNECT_ARGS: dict[str, Any]
    MIGRATION_OPTIONS: dict[str, Any]
    CONNECTION_ADVICE: str
    FULL_TEXT: FullText

    def engine_options(self, config: Config) -> dict[str, Any]:
        """Return the arguments of `create_engine` for this database."""

    def init_app(self, app: Flask) -> None:
        """Prepare the engine and register checks; raise `ConfigurationError` for an invalid URL."""

    def lock_migrations(self, connection: Connection) -> None:
        """Wait for the lock of migrations; closing the connection releases it."""

    def create_database(self, url: URL) -> str:
        """Create the database if it does not exist, and return a message for the terminal."""

    def is_outage(self, error: BaseException) -> bool:
        """Return whether an error of the driver means a temporary outage of the database."""

    def error_code(self, error: BaseException) -> str | None:
        """Return the number, SQLSTATE or name of a driver's error, `None` if it has none."""


DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite_dialect,  # [template] if sqlite
    # [template] if mysql
    "mysql": mysql_dialect,
    "mariadb": mysql_dialect,
    # [template] endif
    # [template] if postgresql
    "postgresql": postgresql_dialect,
    # Hosting providers write `postgres://`, which SQLAlchemy does not accept.
    "postgres": postgresql_dialect,
    # [template] endif
}


def find_dialect(url: URL) -> Dialect:
    """Return the module for a database URL; raise `ConfigurationError` if there is none."""
    try:
        return DIALECTS[url.get_backend_name()]
    except KeyError:
        raise ConfigurationError(
            f"DATABASE_URL: this database is not supported. Use one of: {', '.join(DIALECTS)}."
        ) from None
