"""The extensions: made once here, bound to the application by the package that owns them."""

from flask_babel import Babel
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """What every model inherits.

    The naming convention gives a constraint the same name on every database, so that a later
    migration can find it (Alembic, "The Importance of Naming Constraints").
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __table_args__ = {"mysql_charset": "utf8mb4"}  # [template] if mysql


db = SQLAlchemy(metadata=Base.metadata, add_models_to_shell=False)
migrate = Migrate()
babel = Babel()
api = Api()
