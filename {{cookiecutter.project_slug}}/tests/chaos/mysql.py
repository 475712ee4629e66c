"""MariaDB, which stands for MySQL here as well: the service talks to both in the same way."""

from collections.abc import Sequence
from pathlib import Path

from tests.chaos.database_server import NAME, DatabaseServer, Words
from tests.chaos.programs import find

PACKAGE = "mariadb-server"


class MySQL(DatabaseServer):
    """A MariaDB of our own."""

    driver = "mysql+pymysql"
    administrator = "root"
    home = "mysql"
    words = Words(
        read_only=["SET GLOBAL read_only = ON"],
        writable=["SET GLOBAL read_only = OFF"],
        idle_is_short=["SET GLOBAL wait_timeout = 1"],
        idle_is_long=["SET GLOBAL wait_timeout = DEFAULT"],
        connections="SELECT count(*) FROM information_schema.processlist WHERE user = 'qa'",
        waiting="SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
        table_lock="LOCK TABLES question WRITE",
        sleeping_view="CREATE VIEW question AS"
        " SELECT kept_question.* FROM kept_question, (SELECT SLEEP(60)) AS nap",
    )

    def __init__(self, folder: Path) -> None:
        """Make it, with the database."""
        super().__init__(folder)
        self.run(
            find("mariadb-install-db", PACKAGE),
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
        """Return the words that start it."""
        return [
            find("mariadbd", PACKAGE),
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
