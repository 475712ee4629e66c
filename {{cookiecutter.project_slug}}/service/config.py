"""The settings: read from the environment and `.env`, checked once, when the service starts.

The environment goes before `.env`, and an empty value counts as not given. A setting may also
stand in a file that `NAME_FILE` names, which is how containers hand over secrets.
`.env.example` explains each setting. What is safe to run with stands in `production.py`.
"""

import json
import os
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import click
from dotenv import dotenv_values, find_dotenv
from dotenv.parser import parse_stream
from flask import Flask
from flask.helpers import get_load_dotenv
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.production import RULES

ROOT = Path(__file__).parent.parent
NOT_SET = "It is not set; is there an `.env`?"
# What gunicorn has read for all of its processes (`serving.py`); empty where each reads for itself.
shared: dict[str, str] = {}


class ConfigurationError(click.ClickException):
    """Settings that are missing or make no sense: a line for each, with its name and no value."""


class Words(fields.Field[list[str]]):
    """A list with commas, and with spaces where people like them."""

    def _deserialize(self, value: str, *_arguments: object, **_options: object) -> list[str]:
        return [word.strip() for word in value.split(",") if word.strip()]


class Switch(fields.Boolean):
    """On or off, in the words that Flask itself knows. Any other word is a mistake."""

    truthy = {"1", "true", "yes"}
    falsy = {"0", "false", "no"}
    default_error_messages = {"invalid": "It is no switch. Write 1 or 0."}

    def _deserialize(self, value: str, *arguments: Any, **options: Any) -> bool:
        return super()._deserialize(value.lower(), *arguments, **options)


class Settings(Schema):
    """What each setting may be, and what it is when nothing is said."""

    class Meta:
        """The environment holds much that is not ours."""

        unknown = EXCLUDE

    APP_ENV = fields.String(
        load_default="production",
        validate=validate.OneOf(["production", "development", "testing"]),
    )
    FLASK_DEBUG = Switch(load_default=False)
    SECRET_KEY = fields.String(required=True, error_messages={"required": NOT_SET})
    SECRET_KEY_FALLBACKS = Words(load_default=list)
    # [template] if auth
    JWT_KEYS = Words(
        required=True,
        validate=validate.Length(min=1, error=NOT_SET),
        error_messages={"required": NOT_SET},
    )
    PASSWORD_PEPPER = fields.String(required=True, error_messages={"required": NOT_SET})
    # [template] endif
    DATABASE_URL = fields.String()
    DB_PROTOCOL = fields.String()
    DB_USER = fields.String()
    DB_PASSWORD = fields.String()
    DB_HOST = fields.String()
    DB_PORT = fields.Integer(validate=validate.Range(1, 65535))
    DB_DATABASE = fields.String()
    DB_POOL_SIZE = fields.Integer(load_default=5, validate=validate.Range(1, 1000))
    DB_MAX_OVERFLOW = fields.Integer(load_default=10, validate=validate.Range(0, 1000))
    DB_POOL_RECYCLE_SECONDS = fields.Integer(load_default=280, validate=validate.Range(1, 86400))
    DB_POOL_TIMEOUT_SECONDS = fields.Integer(load_default=5, validate=validate.Range(1, 60))
    DB_STATEMENT_TIMEOUT_SECONDS = fields.Integer(load_default=5, validate=validate.Range(1, 600))
    TRUSTED_HOSTS = Words(load_default=list)
    RATELIMIT_ENABLED = Switch(load_default=True)
    RATELIMIT_STORAGE_URI = fields.String(
        load_default="memory://",
        validate=validate.Regexp(
            r"memory://$|(rediss?|redis\+unix)://.",
            error="It is neither memory:// nor the address of a Redis.",
        ),
    )
    PROXY_HOPS = fields.Integer(load_default=0, validate=validate.Range(0, 10))
    WEB_CONCURRENCY = fields.Integer(load_default=2, validate=validate.Range(1, 1000))
    WEB_THREADS = fields.Integer(load_default=4, validate=validate.Range(1, 1000))
    PORT = fields.Integer(validate=validate.Range(1, 65535))
    METRICS_PORT = fields.Integer(validate=validate.Range(1, 65535))
    OTEL_EXPORTER_OTLP_ENDPOINT = fields.Url(require_tld=False, schemes={"http", "https"})
    SENTRY_DSN = fields.Url(require_tld=False, schemes={"http", "https"})
    LOG_FORMAT = fields.String(load_default="json", validate=validate.OneOf(["json", "text"]))
    LOG_LEVEL = fields.String(
        load_default="INFO",
        validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    )


def init_app(app: Flask, settings: Mapping[str, str]) -> None:
    """Fill `app.config`; raise `ConfigurationError` where the service must not start."""
    loaded = load_settings({**(shared or said(ROOT / ".env", os.environ)), **settings})
    app.config.from_file("site.json", load=json.load)
    app.config.from_mapping(
        loaded,
        TESTING=loaded["APP_ENV"] == "testing",
        TRUSTED_HOSTS=loaded["TRUSTED_HOSTS"] or None,
    )


def said(dotenv: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment and the file `dotenv` say; the environment goes first.

    In each of them, `NAME` goes before `NAME_FILE`.
    """
    return {**given(file_values(dotenv)), **given(without_dotenv(environment))}


def without_dotenv(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment without what Flask's commands have read into it from a `.env`.

    They do so before any code of ours runs, from a folder above if need be, and fill in ${NAME}. A
    server does nothing of the kind, and a setting must mean the same under both. What is Flask's
    own stays: Flask has acted on it.
    """
    if "FLASK_RUN_FROM_CLI" not in environment or not get_load_dotenv():
        return environment
    read = dotenv_values(find_dotenv(usecwd=True), encoding="utf-8")
    return {
        name: value
        for name, value in environment.items()
        if read.get(name) != value or name.startswith("FLASK_")
    }


def given(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values that are not empty, with the secrets that stand in files."""
    kept = {name: value for name, value in values.items() if value}
    secrets = {
        name: secret_from(name, Path(kept[f"{name}_FILE"]))
        for name in Settings().fields
        if f"{name}_FILE" in kept
    }
    return {**secrets, **kept}


def file_values(dotenv: Path) -> dict[str, str]:
    """Return what the file says, `{}` where there is none; refuse a file that cannot be read."""
    if not dotenv.exists():
        return {}
    try:
        lines = list(parse_stream(StringIO(dotenv.read_text(encoding="utf-8-sig"))))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f".env cannot be read: {error}") from None
    for line in lines:
        if line.error or (line.key and line.value is None) or "\0" in line.original.string:
            raise ConfigurationError(f".env: line {line.original.line} is not NAME=value.")
    return {line.key: line.value for line in lines if line.key and line.value is not None}


def secret_from(name: str, path: Path) -> str:
    """Return the content of the file without the line break at its end; refuse an empty one."""
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError):
        raise ConfigurationError(f"{name}_FILE names a file that cannot be read.") from None
    if not secret:
        raise ConfigurationError(f"{name}_FILE names a file that is empty.")
    return secret


def load_settings(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the values as what they mean: whole numbers, lists, words of a list.

    Raises `ConfigurationError` for those that are missing, make no sense or are not safe.
    """
    try:
        settings: dict[str, Any] = Settings().load(values)
    except ValidationError as error:
        raise ConfigurationError("\n".join(sentences(error))) from None
    if unsafe := [sentence for rule in RULES.values() for sentence in rule(settings)]:
        raise ConfigurationError("\n".join(unsafe))
    return {**settings, "SQLALCHEMY_DATABASE_URI": database_url(settings)}


def sentences(error: ValidationError) -> Iterator[str]:
    """Yield a sentence for each setting that is wrong."""
    for name, messages in error.messages_dict.items():
        yield f"{name}: {messages[0]} `.env.example` explains this setting."


def database_url(settings: Mapping[str, Any]) -> URL:
    """Return the address of the database, from `DATABASE_URL` or the `DB_*` settings."""
    url = written_address(settings) or address_in_parts(settings)
    if url.database in {None, "", ":memory:"}:
        raise ConfigurationError("DATABASE_URL or DB_DATABASE names no database that lasts.")
    return url


def written_address(settings: Mapping[str, Any]) -> URL | None:
    """Return what `DATABASE_URL` says; None where it says nothing."""
    if "DATABASE_URL" not in settings:
        return None
    try:
        url = make_url(settings["DATABASE_URL"])
    except (ArgumentError, ValueError):
        # Without the cause: it would print the password.
        raise ConfigurationError("DATABASE_URL is no address of a database.") from None
    if "@" in (url.host or ""):
        raise ConfigurationError("DATABASE_URL has an @ in its password: write it as %40.")
    return url


def address_in_parts(settings: Mapping[str, Any]) -> URL:
    """Return what the `DB_*` settings say."""
    if "DB_PROTOCOL" in settings:
        return URL.create(
            settings["DB_PROTOCOL"],
            username=settings.get("DB_USER"),
            password=settings.get("DB_PASSWORD"),
            host=settings.get("DB_HOST"),
            port=settings.get("DB_PORT"),
            database=settings.get("DB_DATABASE"),
        )
    return make_url("sqlite:///board.db")  # [template] if sqlite
    raise ConfigurationError("DATABASE_URL is not set.")  # [template] if not sqlite
