"""A PostgreSQL server."""

import os
import pwd
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.database_server import NAME, DatabaseServer, Statements
from tests.chaos.programs import find_program

PACKAGE = "postgresql"
RELOAD = "SELECT pg_reload_conf()"


class PostgreSQL(DatabaseServer):
    """A PostgreSQL server. The user `nobody` runs it if root runs the tests."""

    driver = "postgresql+psycopg"
    administrator = "postgres"
    administration_database = "postgres"
    statements = Statements(
        read_only=["ALTER SYSTEM SET default_transaction_read_only = on", RELOAD],
        writable=["ALTER SYSTEM RESET default_transaction_read_only", RELOAD],
        short_idle_timeout=["ALTER SYSTEM SET idle_session_timeout = '1s'", RELOAD],
        default_idle_timeout=["ALTER SYSTEM RESET idle_session_timeout", RELOAD],
        count_connections="SELECT count(*) FROM pg_stat_activity WHERE usename = 'qa'",
        count_lock_waits="SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        lock_table="LOCK TABLE question IN ACCESS EXCLUSIVE MODE",
        sleeping_view=(
            "CREATE VIEW question AS SELECT renamed_question.* FROM renamed_question, pg_sleep(60)"
        ),
    )

    def __init__(self, folder: Path) -> None:
        """Start the server, and create the database and its user."""
        super().__init__(folder)
        # PostgreSQL refuses to run as root.
        if os.geteuid() == 0:
            self.user = pwd.getpwnam("nobody").pw_uid
            os.chown(folder, self.user, -1)
        initdb = find_program("initdb", PACKAGE)
        self.run(initdb, f"--pgdata={folder}/data", "--username=postgres", "--auth=trust")
        self.start()
        self.execute(
            f"CREATE ROLE {NAME} LOGIN",
            f"CREATE DATABASE {NAME} OWNER {NAME} ENCODING 'UTF8' TEMPLATE template0",
        )

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return [
            find_program("postgres", PACKAGE),
            "-D",
            f"{self.folder}/data",
            "-k",
            str(self.folder),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-c",
            "max_connections=30",
        ]
