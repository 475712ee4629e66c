"""PostgreSQL."""

import os
import pwd
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.database_server import NAME, DatabaseServer, Words
from tests.chaos.programs import find

PACKAGE = "postgresql"
RELOAD = "SELECT pg_reload_conf()"


class PostgreSQL(DatabaseServer):
    """A PostgreSQL of our own. It refuses to run as root, and then runs as nobody."""

    driver = "postgresql+psycopg"
    administrator = "postgres"
    home = "postgres"
    words = Words(
        read_only=["ALTER SYSTEM SET default_transaction_read_only = on", RELOAD],
        writable=["ALTER SYSTEM RESET default_transaction_read_only", RELOAD],
        idle_is_short=["ALTER SYSTEM SET idle_session_timeout = '1s'", RELOAD],
        idle_is_long=["ALTER SYSTEM RESET idle_session_timeout", RELOAD],
        connections="SELECT count(*) FROM pg_stat_activity WHERE usename = 'qa'",
        waiting="SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        table_lock="LOCK TABLE question IN ACCESS EXCLUSIVE MODE",
        sleeping_view="CREATE VIEW question AS"
        " SELECT kept_question.* FROM kept_question, pg_sleep(60)",
    )

    def __init__(self, folder: Path) -> None:
        """Make it, with the database."""
        super().__init__(folder)
        if os.geteuid() == 0:
            self.user = pwd.getpwnam("nobody").pw_uid
            os.chown(folder, self.user, -1)
        initdb = find("initdb", PACKAGE)
        self.run(initdb, f"--pgdata={folder}/data", "--username=postgres", "--auth=trust")
        self.start()
        self.execute(
            f"CREATE ROLE {NAME} LOGIN",
            f"CREATE DATABASE {NAME} OWNER {NAME} ENCODING 'UTF8' TEMPLATE template0",
        )

    def command(self) -> Sequence[str]:
        """Return the words that start it."""
        return [
            find("postgres", PACKAGE),
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
