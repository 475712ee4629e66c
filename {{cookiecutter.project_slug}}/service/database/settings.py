"""The settings of the database: its URL and the connection pool."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Range
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.config import schema


class DatabaseURL(fields.Field[URL]):
    """A database URL. Error messages contain no part of the URL, which may hold a password."""

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> URL:
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            raise ValidationError("must be a database URL; .env.example explains it.") from None
        if "@" in (url.host or ""):
            raise ValidationError("contains an unescaped @ in the password. Write it as %40.")
        if url.database in {None, "", ":memory:"}:
            raise ValidationError("must name a database.")
        return url


class DatabaseSettings(schema.SettingsSchema):
    """The settings of the database."""

    DATABASE_URL = DatabaseURL()
    # [template] if not sqlite
    DB_PROTOCOL = fields.String()
    DB_USER = fields.String()
    DB_PASSWORD = fields.String()
    DB_HOST = fields.String()
    DB_PORT = fields.Integer(validate=Range(1, 65535))
    DB_DATABASE = fields.String()
    DB_LOCK_TIMEOUT_SECONDS = fields.Integer(load_default=1, validate=Range(1, 600))
    # [template] endif
    DB_TRANSACTION_POOLING = schema.Boolean(load_default=False)  # [template] if postgresql
    DB_POOL_SIZE = fields.Integer(load_default=5, validate=Range(1, 1000))
    DB_MAX_OVERFLOW = fields.Integer(load_default=10, validate=Range(0, 1000))
    DB_POOL_RECYCLE_SECONDS = fields.Integer(load_default=280, validate=Range(1, 86400))
    DB_POOL_TIMEOUT_SECONDS = fields.Integer(load_default=5, validate=Range(1, 60))
    DB_STATEMENT_TIMEOUT_SECONDS = fields.Integer(load_default=5, validate=Range(1, 600))

    @validates_schema(skip_on_field_errors=False)
    def set_database_uri(self, settings: dict[str, Any], **_kwargs: Any) -> None:
        """Set `SQLALCHEMY_DATABASE_URI`, which Flask-SQLAlchemy reads.

        A `post_load` hook would not run, and report a missing URL, if another setting is invalid.
        """
        url = settings.get("DATABASE_URL")
        url = url or build_database_url(settings)  # [template] if not sqlite
        url = url or make_url("sqlite:///board.db")  # [template] if sqlite
        # [template] if not sqlite
        if not url:
            raise ValidationError("is not set. Set it or the DB_ settings.", "DATABASE_URL")
        # [template] endif
        settings["SQLALCHEMY_DATABASE_URI"] = url


# [template] if not sqlite
def build_database_url(settings: dict[str, Any]) -> URL | None:
    """Return a URL from the DB_ settings, `None` without DB_PROTOCOL. Raises `ValidationError`."""
    if "DB_PROTOCOL" not in settings:
        return None
    if "DB_DATABASE" not in settings:
        raise ValidationError("is not set.", "DB_DATABASE")
    return URL.create(
        settings["DB_PROTOCOL"],
        username=settings.get("DB_USER"),
        password=settings.get("DB_PASSWORD"),
        host=settings.get("DB_HOST"),
        port=settings.get("DB_PORT"),
        database=settings["DB_DATABASE"],
    )
    # [template] endif
