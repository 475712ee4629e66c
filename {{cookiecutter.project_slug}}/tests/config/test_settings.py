"""Reading settings from the environment, `.env` and secret files, and validating them."""

import os
from pathlib import Path
from typing import Any

import pytest
from marshmallow import fields

from service import Settings
from service.config.schema import Secret, SecretList, SettingsSchema
from service.config.settings import SKIP_DOTENV, ConfigurationError, load_settings, read_settings
from tests.conftest import SETTINGS

VALID = {**SETTINGS, "DATABASE_URL": "dialect+driver://db/qa"}
SECRET = "a secret that only the tests of the settings know"  # noqa: S105  # Used nowhere else.


class ExampleSettings(SettingsSchema):
    """The settings of an example package."""

    COLOR = fields.String(load_default="blue")
    SIZE = fields.Integer()
    KEY = Secret(required=True)
    OLD_KEYS = SecretList(load_default=list)


class AllSettings(ExampleSettings, Settings):
    """The settings of the service and of the example package."""


def read(dotenv: Path, **environment: str) -> dict[str, str]:
    """Return the settings of the example package in `dotenv` and this environment."""
    return read_settings(ExampleSettings(), dotenv, environment)


def load(**settings: str) -> dict[str, Any]:
    """Load the settings `VALID` with these changes."""
    return load_settings(Settings(), {**VALID, **settings})


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    """Return the path of the `.env` of a project, which does not exist yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder / ".env"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Return the path of a file with a secret and a line break at its end."""
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\r\n")
    return path


def test_environment_takes_precedence_over_dotenv(dotenv: Path) -> None:
    dotenv.write_text("COLOR=red\nSIZE=3\n")

    assert read(dotenv, COLOR="green") == {"COLOR": "green", "SIZE": "3"}


def test_variables_that_are_not_settings_are_ignored(dotenv: Path) -> None:
    dotenv.write_text("OTHER=1\n")

    assert read(dotenv, HOME="/root") == {}


def test_app_env_defaults_to_production() -> None:
    settings = {**VALID, "TRUSTED_HOSTS": "example.com"}
    del settings["APP_ENV"]

    assert load_settings(Settings(), settings)["APP_ENV"] == "production"


def test_empty_value_counts_as_unset(dotenv: Path) -> None:
    dotenv.write_text("COLOR=\nSIZE=''\n")

    assert read(dotenv) == {}


def test_empty_value_in_the_environment_does_not_hide_dotenv(dotenv: Path) -> None:
    dotenv.write_text("COLOR=red\n")

    assert read(dotenv, COLOR="") == {"COLOR": "red"}


def test_setting_is_read_from_a_secret_file(dotenv: Path, secret_file: Path) -> None:
    assert read(dotenv, KEY_FILE=str(secret_file)) == {"KEY": SECRET}


def test_secret_file_of_the_environment_takes_precedence_over_dotenv(
    dotenv: Path, secret_file: Path
) -> None:
    dotenv.write_text("KEY=from dotenv\n")

    assert read(dotenv, KEY_FILE=str(secret_file)) == {"KEY": SECRET}


def test_value_takes_precedence_over_a_secret_file_of_the_same_source(dotenv: Path) -> None:
    dotenv.write_text("KEY=from dotenv\nKEY_FILE=/missing\n")

    assert read(dotenv) == {"KEY": "from dotenv"}
    assert read(dotenv, KEY="from the environment", KEY_FILE="/missing") == {
        "KEY": "from the environment"
    }


@pytest.mark.parametrize("content", [None, b"\n", b"\xff\xfe", b"a\0b"])
def test_unusable_secret_file_is_rejected(
    dotenv: Path, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"^KEY_FILE: the file "):
        read(dotenv, KEY_FILE=str(path))


def test_dotenv_in_a_parent_folder_is_ignored(dotenv: Path) -> None:
    dotenv.parent.with_name(".env").write_text("COLOR=red\n")

    assert read(dotenv) == {}


def test_workers_of_gunicorn_do_not_read_dotenv(dotenv: Path) -> None:
    dotenv.write_text("COLOR 'red\n")

    assert read(dotenv, COLOR="green", **{SKIP_DOTENV: "1"}) == {"COLOR": "green"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbfCOLOR=red\nSIZE=3\n", id="byte order mark"),
        pytest.param(b"COLOR=red\r\nSIZE=3\r\n", id="Windows line breaks"),
        pytest.param(b"# why\n\nexport COLOR='red'\nSIZE=\"3\" # why", id="comments and quotes"),
    ],
)
def test_valid_dotenv_is_read(dotenv: Path, content: bytes) -> None:
    dotenv.write_bytes(content)

    assert read(dotenv) == {"COLOR": "red", "SIZE": "3"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("COLOR=red\n".encode("utf-16"), id="UTF-16"),
        pytest.param("COLOR=rötlich\n".encode("latin-1"), id="Latin-1"),
    ],
)
def test_dotenv_in_another_encoding_is_rejected(dotenv: Path, content: bytes) -> None:
    dotenv.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read: "):
        read(dotenv)


def test_folder_in_place_of_dotenv_is_rejected(dotenv: Path) -> None:
    dotenv.mkdir()

    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read: "):
        read(dotenv)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"COLOR hunter2", id="no equals sign"),
        pytest.param(b"COLOR='hunter2", id="unterminated quote"),
        pytest.param(b"COLOR=hun\0ter2", id="NUL"),
        pytest.param("COLOR=hunter2".encode("utf-16-le"), id="UTF-16 without a byte order mark"),
    ],
)
def test_invalid_line_of_dotenv_is_reported_by_its_number(dotenv: Path, line: bytes) -> None:
    dotenv.write_bytes(b"SIZE=3\n" + line + b"\n")

    with pytest.raises(ConfigurationError) as caught:
        read(dotenv)

    assert caught.value.message == ".env: line 2 must be NAME=value."


def test_variable_in_a_value_is_not_expanded(dotenv: Path) -> None:
    dotenv.write_text("KEY='p@ss:w/or%d#1 ${HOME}'\n")

    assert read(dotenv, HOME="/root")["KEY"] == "p@ss:w/or%d#1 ${HOME}"


@pytest.fixture
def flask_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the environment of a `flask` command in a folder with another `.env`."""
    tmp_path.joinpath(".env").write_text("COLOR=red\nKEY='${HOME}'\nFLASK_DEBUG=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLASK_SKIP_DOTENV", raising=False)
    return {
        "FLASK_RUN_FROM_CLI": "true",
        "COLOR": "red",
        "KEY": os.environ["HOME"],
        "FLASK_DEBUG": "1",
    }


def test_dotenv_that_flask_loaded_from_another_folder_is_ignored(
    dotenv: Path, flask_environment: dict[str, str]
) -> None:
    assert read(dotenv, **flask_environment) == {}


def test_value_that_flask_expanded_is_read_as_written(
    tmp_path: Path, flask_environment: dict[str, str]
) -> None:
    assert read(tmp_path / ".env", **flask_environment)["KEY"] == "${HOME}"


def test_environment_takes_precedence_in_a_flask_command(
    tmp_path: Path, flask_environment: dict[str, str]
) -> None:
    assert read(tmp_path / ".env", **{**flask_environment, "COLOR": "green"})["COLOR"] == "green"


def test_debug_mode_that_flask_read_from_dotenv_stays_on(
    dotenv: Path, flask_environment: dict[str, str]
) -> None:
    settings = read_settings(Settings(), dotenv, flask_environment)

    assert settings == {"FLASK_DEBUG": "1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_ENV", "staging"),
        ("APP_ENV", "Production "),
        ("DB_POOL_SIZE", "many"),
        ("DB_POOL_SIZE", "-77"),
        ("DB_POOL_SIZE", "7.5"),
        ("DB_MAX_OVERFLOW", "-7"),
        ("DB_POOL_RECYCLE_SECONDS", "15m"),
        ("DB_POOL_TIMEOUT_SECONDS", "777"),
        ("DB_STATEMENT_TIMEOUT_SECONDS", "7e2"),
        ("PROXY_HOPS", "flase"),
        ("RATELIMIT_ENABLED", "flase"),
        ("RATELIMIT_MULTIPLIER", "-77"),
        ("RATELIMIT_MULTIPLIER", "1.5"),
        ("RATELIMIT_STORAGE_URI", "memcached://:hunter2@db"),
        ("RATELIMIT_STORAGE_URI", "redis:hunter2"),
        ("RATELIMIT_STORAGE_URI", "redis://:hunter2@redis:port"),
        ("RATELIMIT_STORAGE_URI", "redis://:hunter2@redis:77777"),
        ("FLASK_DEBUG", "flase"),
        ("FLASK_DEBUG", "off"),
        ("WEB_CONCURRENCY", "-77"),
        ("WEB_THREADS", "four"),
        ("PORT", "77777"),
        ("METRICS_PORT", "77777"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://hunter2:77777"),
        ("SENTRY_DSN", "hunter2"),
        ("SENTRY_DSN", "http://localhost/"),
        ("SENTRY_DSN", "https://hunter2@sentry.example.com/name"),
        ("SENTRY_DSN", "https://hunter2@sentry.example.com:77777/1"),
        ("SENTRY_DSN", "https://:hunter2@sentry.example.com/1"),
        ("SENTRY_DSN", "https://hunter2@:443/1"),
        ("LOG_FORMAT", "yaml"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_invalid_value_is_reported_in_one_line_without_the_value(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"\A{name}: [^\n]+\Z") as caught:
        load(**{name: value})

    assert value not in caught.value.message
    assert "hunter2" not in caught.value.message


def test_all_problems_are_reported_at_once() -> None:
    settings = {"SIZE": "large", "OLD_KEYS": "short"}

    with pytest.raises(ConfigurationError) as caught:
        load_settings(AllSettings(), {**VALID, **settings, "LOG_LEVEL": "loud"})

    reported = [line.partition(":")[0] for line in caught.value.message.splitlines()]
    assert reported == ["LOG_LEVEL", "SIZE", "KEY", "OLD_KEYS"]


def test_error_for_a_missing_setting_says_how_to_set_it() -> None:
    with pytest.raises(ConfigurationError, match=r"^KEY: is not set\. Set it in \.env "):
        load_settings(AllSettings(), VALID)


def test_settings_get_their_types_and_defaults() -> None:
    settings = load_settings(ExampleSettings(), {"SIZE": "3", "KEY": SECRET})

    assert settings == {"COLOR": "blue", "SIZE": 3, "KEY": SECRET, "OLD_KEYS": []}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", True), ("True", True), ("yes", True), ("0", False), ("FALSE", False), ("no", False)],
)
def test_boolean_may_be_a_word_in_any_case(text: str, value: object) -> None:
    assert load(FLASK_DEBUG=text)["FLASK_DEBUG"] is value


def test_spaces_and_empty_elements_of_a_list_are_ignored() -> None:
    assert load(TRUSTED_HOSTS="example.com, www.example.com,")["TRUSTED_HOSTS"] == [
        "example.com",
        "www.example.com",
    ]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Board.Example.com", "board.example.com"),
        (".Example.com", ".example.com"),
        ("example.com:8000", "example.com"),
        ("[::1]", "[::1]"),
        ("[::1]:8000", "[::1]"),
        ("질문.한국", "xn--z92b99x.xn--3e0b707e"),
    ],
)
def test_trusted_host_is_normalized(text: str, host: str) -> None:
    assert load(TRUSTED_HOSTS=text)["TRUSTED_HOSTS"] == [host]


@pytest.mark.parametrize(
    "text", ["*", "https://example.com", "::1", "a_b", "a..b", ".", "example.com/x", "hunter 2"]
)
def test_invalid_trusted_host_is_rejected(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^TRUSTED_HOSTS: must be a list of host names"):
        load(TRUSTED_HOSTS=f"example.com,{text}")


def test_origins_are_in_lower_case() -> None:
    settings = load(CORS_ORIGINS="https://App.example.com, http://localhost:5173")

    assert settings["CORS_ORIGINS"] == ["https://app.example.com", "http://localhost:5173"]


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "null",
        "https://*.example.com",
        "https://example.com/",
        "http://example.com",
        "http://localhost.example.com",
        "https://user@example.com",
        "https://example.com:port",
        "example.com",
        ".*",
    ],
)
def test_invalid_origin_is_rejected(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^CORS_ORIGINS: must be a list of origins"):
        load(CORS_ORIGINS=f"https://example.com,{text}")


@pytest.mark.parametrize(
    "dsn",
    [
        "https://key@sentry.example.com/1",
        "https://key:secret@sentry.example.com:8443/path/42",
        "http://key@[::1]:9000/1",
    ],
)
def test_valid_sentry_dsn_is_accepted(dsn: str) -> None:
    assert load(SENTRY_DSN=dsn)["SENTRY_DSN"] == dsn
