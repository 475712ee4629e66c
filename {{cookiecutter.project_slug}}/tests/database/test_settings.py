"""The database URL: DATABASE_URL or the DB_ settings."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import URL

from service.config.settings import ConfigurationError, load_settings
from service.database.settings import DatabaseSettings
from tests.conftest import SETTINGS


def load_url(**settings: str) -> URL:
    """Return the database URL that is loaded from these settings."""
    loaded = load_settings(DatabaseSettings(), {**SETTINGS, **settings})
    url: URL = loaded["SQLALCHEMY_DATABASE_URI"]
    return url


def test_database_url_is_parsed() -> None:
    url = load_url(DATABASE_URL="dialect+driver://me:p%40ss@db:7777/qa")

    assert (url.drivername, url.username, url.password) == ("dialect+driver", "me", "p@ss")
    assert (url.host, url.port, url.database) == ("db", 7777, "qa")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hunter2", id="not a URL"),
        pytest.param("dialect://me:hunter2@db:port/qa", id="port is not a number"),
        pytest.param("dialect://me:hunter2@hunter3@db/qa", id="unescaped @ in the password"),
        pytest.param("dialect://hunter2@db", id="no database"),
        pytest.param("dialect://hunter2@db/", id="empty database"),
        pytest.param("dialect:///:memory:", id="database in memory"),
    ],
)
def test_invalid_database_url_is_rejected_without_its_password(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\ADATABASE_URL: [^\n]+\Z") as caught:
        load_url(DATABASE_URL=text)

    assert "hunter" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "sqlite:///hunter2.db?timeout=abc",  # [template] if sqlite
        "mysql://me:hunter2@db/qa?connect_timeout=abc",  # [template] if mysql
        "mysql://me:hunter2@db/qa?timeout=abc",  # [template] if mysql
        "postgresql://me:hunter2@db/qa?timeout=abc",  # [template] if postgresql
    ],
)
def test_invalid_query_parameter_is_rejected_without_the_password(
    make_app: Callable[..., Flask], text: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"\ADATABASE_URL: [^\n]+\Z") as caught:
        make_app(DATABASE_URL=text)

    assert "hunter" not in caught.value.message


# [template] if not sqlite
PARTS = {
    "DB_PROTOCOL": "dialect+driver",
    "DB_USER": "me",
    "DB_PASSWORD": "p@ss:w/or%d#1 %40ü😀'\"\\",
    "DB_HOST": "db",
    "DB_PORT": "7777",
    "DB_DATABASE": "qa",
}


def test_wait_for_a_lock_is_short_by_default() -> None:
    loaded = load_settings(DatabaseSettings(), {"DATABASE_URL": "dialect://me@db/qa"})

    assert loaded["DB_LOCK_TIMEOUT_SECONDS"] == 1


def test_database_url_is_built_from_its_parts() -> None:
    url = load_url(**PARTS)

    assert (url.drivername, url.username) == ("dialect+driver", "me")
    assert (url.host, url.port, url.database) == ("db", 7777, "qa")


def test_password_may_contain_special_characters() -> None:
    assert load_url(**PARTS).password == PARTS["DB_PASSWORD"]


def test_database_url_takes_precedence_over_its_parts() -> None:
    url = load_url(**PARTS, DATABASE_URL="dialect://another/database")

    assert (url.host, url.database) == ("another", "database")


@pytest.mark.parametrize(("name", "value"), [("DB_DATABASE", ""), ("DB_PORT", "77777")])
def test_invalid_part_of_the_database_url_is_rejected(name: str, value: str) -> None:
    settings = {key: part for key, part in {**PARTS, name: value}.items() if part}

    with pytest.raises(ConfigurationError, match=rf"\A{name}: [^\n]+\Z"):
        load_url(**settings)
    # [template] endif
