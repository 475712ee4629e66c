"""The settings: read from the environment and `.env`, checked once, when the service starts.

The environment goes before `.env`, and an empty value counts as not given. A setting may also
stand in a file that `NAME_FILE` names, which is how containers hand over secrets.
`.env.example` explains each setting.
"""

import json
import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import click
from dotenv.parser import parse_stream
from flask import Flask
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).parent.parent
PLACEHOLDER = "replace-me"


class ConfigurationError(click.ClickException):
    """A setting that is missing or makes no sense: the message names it, never its value."""


class Words(fields.Field[list[str]]):
    """A list with commas, and with spaces where people like them."""

    def _deserialize(self, value: str, *_arguments: object, **_options: object) -> list[str]:
        return [word.strip() for word in value.split(",") if word.strip()]


class Settings(Schema):
    """What each setting may be, and what it is when nothing is said."""

    class Meta:
        """The environment holds much that is not ours."""

        unknown = EXCLUDE

    APP_ENV = fields.String(
        load_default="production",
        validate=validate.OneOf(["production", "development", "testing"]),
    )
    SECRET_KEY = fields.String(
        required=True,
        validate=validate.Length(min=32, error="It needs 32 characters or more."),
        error_messages={"required": "It is not set; is there an `.env`?"},
    )
    SECRET_KEY_FALLBACKS = Words(load_default=list)
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
    PROXY_HOPS = fields.Integer(load_default=0, validate=validate.Range(0, 10))
    WEB_CONCURRENCY = fields.Integer(load_default=2, validate=validate.Range(1, 1000))
    WEB_THREADS = fields.Integer(load_default=4, validate=validate.Range(1, 1000))
    PORT = fields.Integer(validate=validate.Range(1, 65535))
    LOG_FORMAT = fields.String(load_default="json", validate=validate.OneOf(["json", "text"]))
    LOG_LEVEL = fields.String(
        load_default="INFO",
        validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    )


def init_app(app: Flask, settings: Mapping[str, str]) -> None:
    """Fill `app.config`; raise `ConfigurationError` where the service must not start."""
    loaded = load_settings({**said(ROOT / ".env", os.environ), **settings})
    app.config.from_file("site.json", load=json.load)
    app.config.from_mapping(
        loaded,
        SQLALCHEMY_DATABASE_URI=database_url(loaded),
        TESTING=loaded["APP_ENV"] == "testing",
        TRUSTED_HOSTS=loaded["TRUSTED_HOSTS"] or None,
    )


def said(dotenv: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment and the file `dotenv` say; the environment goes first.

    In each of them, `NAME` goes before `NAME_FILE`.
    """
    return {**given(file_values(dotenv)), **given(environment)}


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
        raise ConfigurationError(f".env cannot be read: {error}") from error
    for line in lines:
        if line.error or (line.key and line.value is None) or "\0" in line.original.string:
            raise ConfigurationError(f".env: line {line.original.line} is not NAME=value.")
    return {line.key: line.value for line in lines if line.key and line.value is not None}


def secret_from(name: str, path: Path) -> str:
    """Return the content of the file without the line break at its end."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{name}_FILE names a file that cannot be read.") from error


def load_settings(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the values as what they mean: whole numbers, lists, words of a list."""
    try:
        settings: dict[str, Any] = Settings().load(values)
    except ValidationError as error:
        raise ConfigurationError(first_sentence(error)) from error
    if settings["APP_ENV"] == "production":
        refuse_unsafe(settings)
    return settings


def first_sentence(error: ValidationError) -> str:
    """Return one sentence about the first setting that is wrong."""
    name, messages = next(iter(error.messages_dict.items()))
    if isinstance(messages, dict):
        messages = next(iter(messages.values()))
    return f"{name}: {messages[0]} `.env.example` explains this setting."


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Raise `ConfigurationError` for what no service in production may run with (ASVS 13.4.2)."""
    if PLACEHOLDER in settings["SECRET_KEY"]:
        raise ConfigurationError("SECRET_KEY is still the placeholder of `.env.example`.")
    if not settings["TRUSTED_HOSTS"]:
        raise ConfigurationError("TRUSTED_HOSTS is not set: name the hosts that people will type.")
    if os.environ.get("FLASK_DEBUG", "0").lower() not in {"", "0", "false", "no"}:
        raise ConfigurationError("FLASK_DEBUG is on, and APP_ENV is production: turn one off.")


def database_url(settings: Mapping[str, Any]) -> URL:
    """Return the address of the database, from `DATABASE_URL` or the `DB_*` settings."""
    if "DATABASE_URL" in settings:
        try:
            url = make_url(settings["DATABASE_URL"])
        except (ArgumentError, ValueError):
            # Without the cause: it would print the password.
            raise ConfigurationError("DATABASE_URL is no address of a database.") from None
        if "@" in (url.host or ""):
            raise ConfigurationError("DATABASE_URL has an @ in its password: write it as %40.")
        return url
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
