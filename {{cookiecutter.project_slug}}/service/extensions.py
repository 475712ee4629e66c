"""The extensions that several packages use. The others are in the package that uses them."""

from flask_babel import Babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.dialects.mysql import MEDIUMTEXT  # [template] if mysql
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import Text  # [template] if mysql

# A constraint has the same name on every database, so that a later migration can find it
# (Alembic, "The Importance of Naming Constraints").
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base class of `db.Model`."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING_CONVENTION),
        # [template] if mysql
        # `Mapped[str]` must hold 20,000 characters of four bytes; TEXT ends at 65,535 bytes.
        type_annotation_map={str: Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")},
        # [template] endif
    )
    # [template] if not postgresql
    __table_args__ = {
        # [template] if mysql
        # UTF-8, and strings are compared case-sensitively, as on other databases.
        "mysql_collate": "utf8mb4_bin",
        # [template] endif
        # [template] if sqlite
        # The id of a deleted row is not used again: a page that is still open would refer to
        # another row.
        "sqlite_autoincrement": True,
        # [template] endif
    }
    # [template] endif


# After a commit, objects keep the values that were loaded before it. By default SQLAlchemy loads
# them again, which fails if the row was deleted in the meantime.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate()
babel = Babel()
