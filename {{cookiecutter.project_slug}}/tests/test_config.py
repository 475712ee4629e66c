"""The settings."""

import os
from pathlib import Path

import pytest

from service.config import ConfigurationError, load_settings, said, secret_from
from tests.conftest import SETTINGS

KEY = "a key that only the tests of the settings know"
IN_PARTS = {**SETTINGS, "SECRET_KEY": KEY, "DB_PROTOCOL": "some+driver"}
GOOD = {**SETTINGS, "SECRET_KEY": KEY, "DATABASE_URL": "some+driver://db/qa"}
SPECIAL = "p@ss:w/or%d#1 %40ü😀'\"\\"


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    """Name the `.env` of a project."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder / ".env"


def test_environment_goes_before_dotenv(dotenv: Path) -> None:
    dotenv.write_text("LOG_LEVEL=DEBUG\n")

    assert said(dotenv, {"LOG_LEVEL": "ERROR"})["LOG_LEVEL"] == "ERROR"


def test_dotenv_goes_before_the_default(dotenv: Path) -> None:
    dotenv.write_text("LOG_LEVEL=DEBUG\n")

    assert load_settings({**GOOD, **said(dotenv, {})})["LOG_LEVEL"] == "DEBUG"


def test_nothing_said_means_production() -> None:
    """R2.01."""
    settings = {**GOOD, "TRUSTED_HOSTS": "example.com"}
    del settings["APP_ENV"]

    assert load_settings(settings)["APP_ENV"] == "production"


def test_an_empty_value_leaves_the_default(dotenv: Path) -> None:
    dotenv.write_text("LOG_LEVEL=\nDB_POOL_SIZE=''\n")

    assert load_settings({**GOOD, **said(dotenv, {})})["DB_POOL_SIZE"] == 5


def test_an_empty_value_in_the_environment_leaves_what_dotenv_says(dotenv: Path) -> None:
    dotenv.write_text("LOG_LEVEL=DEBUG\n")

    assert said(dotenv, {"LOG_LEVEL": ""})["LOG_LEVEL"] == "DEBUG"


def test_a_secret_may_stand_in_a_file(dotenv: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{KEY}\r\n")

    assert said(dotenv, {"SECRET_KEY_FILE": str(secret)})["SECRET_KEY"] == KEY


def test_a_secret_file_of_the_environment_goes_before_dotenv(dotenv: Path, tmp_path: Path) -> None:
    dotenv.write_text("SECRET_KEY=the one of the developer\n")
    secret = tmp_path / "secret"
    secret.write_text(KEY)

    assert said(dotenv, {"SECRET_KEY_FILE": str(secret)})["SECRET_KEY"] == KEY


def test_a_secret_file_that_is_not_there_is_named_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^SECRET_KEY_FILE names a file that"):
        secret_from("SECRET_KEY", tmp_path / "missing")


def test_an_empty_secret_file_is_no_secret(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")

    with pytest.raises(ConfigurationError, match=r"^SECRET_KEY_FILE names a file that is empty"):
        secret_from("SECRET_KEY", empty)


def test_dotenv_of_the_folder_above_is_ignored(dotenv: Path) -> None:
    """R2.03."""
    dotenv.parent.with_name(".env").write_text("LOG_LEVEL=DEBUG\n")

    assert said(dotenv, {}) == {}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbfLOG_LEVEL=DEBUG\nDB_USER=me\n", id="byte order mark"),
        pytest.param(b"LOG_LEVEL=DEBUG\r\nDB_USER=me\r\n", id="lines as on Windows"),
        pytest.param(b"# why\n\nexport LOG_LEVEL='DEBUG'\nDB_USER=\"me\" # who", id="quotes"),
    ],
)
def test_a_dotenv_of_any_editor_is_read(dotenv: Path, content: bytes) -> None:
    """Z36."""
    dotenv.write_bytes(content)

    assert said(dotenv, {}) == {"LOG_LEVEL": "DEBUG", "DB_USER": "me"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"LOG_LEVEL DEBUG\n", id="no equals sign"),
        pytest.param(b'LOG_LEVEL="DEBUG\nDB_USER=me\n', id="a quote that does not end"),
        pytest.param(b'LOG_LEVEL="DEBUG\nDB_USER="me"\n', id="a quote that ends a line later"),
        pytest.param("LOG_LEVEL=DEBUG\n".encode("utf-16"), id="UTF-16"),
        pytest.param("LOG_LEVEL=DEBUG\n".encode("utf-16-le"), id="UTF-16 without its mark"),
        pytest.param("DB_USER=Jürgen\n".encode("latin-1"), id="Latin-1"),
        pytest.param(b"LOG_LEVEL=DE\x00BUG\n", id="NUL"),
    ],
)
def test_a_garbled_dotenv_stops_the_start(dotenv: Path, content: bytes) -> None:
    """Z36."""
    dotenv.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"^\.env"):
        said(dotenv, {})


def test_a_folder_in_place_of_dotenv_stops_the_start(dotenv: Path) -> None:
    """Z37."""
    dotenv.mkdir()

    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read"):
        said(dotenv, {})


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
        ("DB_PORT", "77777"),
        ("PROXY_HOPS", "flase"),
        ("RATELIMIT_ENABLED", "flase"),
        ("RATELIMIT_STORAGE_URI", "memcached://:hunter2@db"),
        ("RATELIMIT_STORAGE_URI", "redis:hunter2"),
        ("FLASK_DEBUG", "flase"),
        ("FLASK_DEBUG", "off"),
        ("WEB_CONCURRENCY", "-77"),
        ("WEB_THREADS", "four"),
        ("PORT", "77777"),
        ("METRICS_PORT", "77777"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"),
        ("SENTRY_DSN", "hunter2"),
        ("LOG_FORMAT", "yaml"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_makes_no_sense_stops_the_start_in_one_line(name: str, value: str) -> None:
    """R2.02."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings({**GOOD, name: value})

    message = caught.value.message
    assert message.startswith(f"{name}: ")
    assert value not in message
    assert "\n" not in message


def test_the_key_cannot_be_left_out() -> None:
    """Z38."""
    with pytest.raises(ConfigurationError, match=r"^SECRET_KEY: "):
        load_settings({"APP_ENV": "development"})


def test_every_setting_that_makes_no_sense_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({**GOOD, "LOG_LEVEL": "loud", "PROXY_HOPS": "flase"})

    named = [line.partition(":")[0] for line in caught.value.message.splitlines()]
    assert sorted(named) == ["LOG_LEVEL", "PROXY_HOPS"]


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("1", True), ("True", True), ("yes", True), ("0", False), ("FALSE", False), ("no", False)],
)
def test_a_switch_takes_the_words_of_flask(word: str, meaning: bool) -> None:
    """R2.02."""
    assert load_settings({**GOOD, "FLASK_DEBUG": word})["FLASK_DEBUG"] is meaning


def test_a_list_may_have_spaces() -> None:
    settings = load_settings({**GOOD, "TRUSTED_HOSTS": "example.com, www.example.com,"})

    assert settings["TRUSTED_HOSTS"] == ["example.com", "www.example.com"]


def test_a_password_of_special_characters_arrives_whole() -> None:
    """Z39."""
    parts = {"DB_HOST": "db", "DB_PORT": "7777", "DB_DATABASE": "qa", "DB_USER": "me"}

    settings = load_settings({**IN_PARTS, **parts, "DB_PASSWORD": SPECIAL})

    url = settings["SQLALCHEMY_DATABASE_URI"]
    assert (url.password, url.host, url.port, url.database) == (SPECIAL, "db", 7777, "qa")


def test_a_password_in_dotenv_arrives_whole(dotenv: Path) -> None:
    password = "p@ss:w/or%d#1 ${HOME}"  # noqa: S105  # Nobody's.
    dotenv.write_text(f"DB_PASSWORD='{password}'\n")

    assert said(dotenv, {"HOME": "/root"})["DB_PASSWORD"] == password


def test_one_address_goes_before_its_parts() -> None:
    settings = load_settings({**IN_PARTS, "DATABASE_URL": "another+driver://me:p%40ss@db/qa"})

    url = settings["SQLALCHEMY_DATABASE_URI"]
    assert (url.drivername, url.password) == ("another+driver", "p@ss")


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("hunter2", id="a word"),
        pytest.param("some+driver://me:hunter2@db:port/qa", id="a port that is no number"),
        pytest.param("some+driver://me:hunter2@hunter3@db/qa", id="an unescaped @ in the password"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_without_its_password(address: str) -> None:
    """Z39."""
    with pytest.raises(ConfigurationError, match=r"^DATABASE_URL ") as caught:
        load_settings({**GOOD, "DATABASE_URL": address})

    assert "hunter" not in caught.value.message


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("some+driver://db", id="no name"),
        pytest.param("some+driver://db/", id="an empty name"),
        pytest.param("some+driver:///:memory:", id="memory"),
    ],
)
def test_an_address_of_no_database_that_lasts_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^DATABASE_URL "):
        load_settings({**GOOD, "DATABASE_URL": address})


def test_parts_of_an_address_without_a_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"DB_DATABASE "):
        load_settings({**IN_PARTS, "DB_HOST": "db"})


@pytest.fixture
def _read_by_flask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command of Flask have read a `.env`, as it does where it is typed or above."""
    tmp_path.joinpath(".env").write_text("LOG_LEVEL=DEBUG\nDB_PASSWORD='${HOME}'\nFLASK_DEBUG=1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLASK_SKIP_DOTENV", raising=False)


@pytest.mark.usefixtures("_read_by_flask")
def test_what_flask_has_read_from_another_folder_is_not_said(dotenv: Path) -> None:
    """R2.03."""
    environment = {"FLASK_RUN_FROM_CLI": "true", "LOG_LEVEL": "DEBUG"}

    assert "LOG_LEVEL" not in said(dotenv, environment)


@pytest.mark.usefixtures("_read_by_flask")
def test_what_flask_has_filled_in_stays_as_it_was_written(tmp_path: Path) -> None:
    """R2.03."""
    environment = {"FLASK_RUN_FROM_CLI": "true", "DB_PASSWORD": os.environ["HOME"]}

    assert said(tmp_path / ".env", environment)["DB_PASSWORD"] == "${HOME}"  # noqa: S105  # Nobody's.


@pytest.mark.usefixtures("_read_by_flask")
def test_what_the_environment_says_goes_before_what_flask_has_read(dotenv: Path) -> None:
    environment = {"FLASK_RUN_FROM_CLI": "true", "LOG_LEVEL": "ERROR"}

    assert said(dotenv, environment)["LOG_LEVEL"] == "ERROR"


@pytest.mark.usefixtures("_read_by_flask")
def test_the_debugger_that_flask_has_read_of_is_on(dotenv: Path) -> None:
    """R7.12."""
    environment = {"FLASK_RUN_FROM_CLI": "true", "FLASK_DEBUG": "1"}

    assert said(dotenv, environment)["FLASK_DEBUG"] == "1"
