"""A MariaDB server; the service connects to it as it does to MySQL."""

from collections.abc import Sequence
from pathlib import Path

from tests.chaos.database_server import NAME, DatabaseServer, Statements
from tests.chaos.programs import find_program

PACKAGE = "mariadb-server"


class MySQL(DatabaseServer):
    """A MariaDB server."""

    driver = "mysql+pymysql"
    administrator = "root"
    administration_database = "mysql"
    statements = Statements(
        read_only=["SET GLOBAL read_only = ON"],
        writable=["SET GLOBAL read_only = OFF"],
        short_idle_timeout=["SET GLOBAL wait_timeout = 1"],
        default_idle_timeout=["SET GLOBAL wait_timeout = DEFAULT"],
        count_connections="SELECT count(*) FROM information_schema.processlist WHERE user = 'qa'",
        # InnoDB does not refresh `innodb_trx` while it is read more often than every 0.1 s.
        count_lock_waits=(
            "SELECT variable_value FROM information_schema.global_status"
            " WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'"
        ),
        lock_table="LOCK TABLES question WRITE",
        sleeping_view=(
            "CREATE VIEW question AS"
            " SELECT renamed_question.* FROM renamed_question, (SELECT SLEEP(60)) AS pause"
        ),
    )

    def __init__(self, folder: Path) -> None:
        """Start the server, and create the database and its user."""
        super().__init__(folder)
        self.run(
            find_program("mariadb-install-db", PACKAGE),
            "--no-defaults",
            f"--datadir={folder}/data",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--user=root",
        )
        self.start()
        self.execute(
            f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4",
            f"CREATE USER {NAME}@'%%'",
            f"GRANT ALL ON {NAME}.* TO {NAME}@'%%'",
        )

    def command(self) -> Sequence[str]:
        """Return the command line."""
        return [
            find_program("mariadbd", PACKAGE),
            "--no-defaults",
            f"--datadir={self.folder}/data",
            f"--socket={self.folder}/socket",
            f"--pid-file={self.folder}/pid",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--max-connections=30",
            "--innodb-buffer-pool-size=32M",
            "--user=root",
        ]
