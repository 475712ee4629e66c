"""Read the settings and validate all of them before the application starts.

The environment takes precedence over `.env`. An empty value counts as unset. `NAME_FILE` is the
path of a file that holds the value of `NAME`: systemd and container platforms provide such files.
"""

import json
import os
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import click
from dotenv import dotenv_values, find_dotenv
from dotenv.parser import parse_stream
from flask import Flask
from flask.helpers import get_load_dotenv
from marshmallow import Schema, ValidationError

ROOT = Path(__file__).parent.parent.parent
# Set in gunicorn's workers, whose environment already holds all settings (`service/server.py`).
SKIP_DOTENV = "SERVICE_SKIP_DOTENV"


class ConfigurationError(click.ClickException):
    """Settings are missing, invalid or unsafe. The message names each, without its value."""


def missing_extra_error(setting: str, extra: str) -> ConfigurationError:
    """Return the error for a setting whose optional dependency is not installed."""
    return ConfigurationError(
        f"{setting}: needs an optional dependency. Install it: "
        f"uv sync --inexact --extra {extra}, or pip install -e '.[{extra}]'"
    )


def init_app(app: Flask, schema: Schema, settings: Mapping[str, str]) -> None:
    """Load the settings and `site.json` into `app.config`.

    `settings` overrides the environment and `.env`. Raises `ConfigurationError` for settings that
    are missing, invalid or unsafe.
    """
    raw_settings = read_settings(schema, ROOT / ".env", os.environ)
    loaded = load_settings(schema, {**raw_settings, **settings})
    app.config.from_file("site.json", load=json.load)
    app.config.from_mapping(
        loaded,
        TESTING=loaded["APP_ENV"] == "testing",
    )


def read_settings(schema: Schema, dotenv: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that are set in the environment or in `.env`, as strings.

    Raises `ConfigurationError` if `.env` is invalid or a secret file cannot be read.
    """
    dotenv_settings = {} if SKIP_DOTENV in environment else read_dotenv(dotenv)
    return {
        **resolve_secret_files(schema.fields, dotenv_settings),
        **resolve_secret_files(schema.fields, without_dotenv(environment)),
    }


def read_dotenv(path: Path) -> dict[str, str]:
    """Return the variables of a `.env` file, `{}` if it does not exist.

    Unlike `dotenv_values`, this raises `ConfigurationError` for an invalid line, and does not
    replace `${NAME}`, which may be part of a password.
    """
    if not path.exists():
        return {}
    try:
        lines = list(parse_stream(StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f".env cannot be read: {error}") from None
    for line in lines:
        if line.error or (line.key and line.value is None) or "\0" in line.original.string:
            raise ConfigurationError(f".env: line {line.original.line} must be NAME=value.")
    return {line.key: line.value for line in lines if line.key and line.value is not None}


def without_dotenv(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment without the variables that the `flask` command has added.

    The command loads the `.env` of the current folder or of a parent folder, and replaces
    `${NAME}` in it. Gunicorn does not, and a setting must have the same value in both.
    """
    if "FLASK_RUN_FROM_CLI" not in environment or not get_load_dotenv():
        return environment
    added = dotenv_values(find_dotenv(usecwd=True), encoding="utf-8")
    return {
        name: value
        for name, value in environment.items()
        # Flask has already used its own variables, such as FLASK_DEBUG.
        if added.get(name) != value or name.startswith("FLASK_")
    }


def resolve_secret_files(names: Iterable[str], source: Mapping[str, str]) -> dict[str, str]:
    """Return the named settings from one source, with the content of secret files.

    `NAME` takes precedence over `NAME_FILE`.
    """
    settings = {}
    for name in names:
        if value := source.get(name):
            settings[name] = value
        elif path := source.get(f"{name}_FILE"):
            settings[name] = read_secret_file(name, Path(path))
    return settings


def read_secret_file(name: str, path: Path) -> str:
    """Return the content of a secret file without line breaks at its end.

    Raises `ConfigurationError` if the file cannot be read, is empty or contains a NUL character.
    """
    try:
        secret = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError):
        raise ConfigurationError(f"{name}_FILE: the file cannot be read.") from None
    if not secret or "\0" in secret:
        raise ConfigurationError(f"{name}_FILE: the file is empty or not a text file.")
    return secret


def load_settings(schema: Schema, raw_settings: Mapping[str, str]) -> dict[str, Any]:
    """Validate the settings; return them with defaults and converted to their types.

    Raises `ConfigurationError` with a line for each invalid setting.
    """
    try:
        settings: dict[str, Any] = schema.load(raw_settings)
    except ValidationError as error:
        problems = [
            f"{name}: {message[0].lower()}{message[1:]}"
            for name, [message, *_] in error.messages_dict.items()
        ]
        raise ConfigurationError("\n".join(problems)) from None
    return settings
