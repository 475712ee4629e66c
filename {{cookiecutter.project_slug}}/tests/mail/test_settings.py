"""The settings `MAIL_URL`, `MAIL_FROM` and `PUBLIC_URL`."""

from typing import Any

import pytest

from service import Settings
from service.config.settings import ConfigurationError, load_settings
from service.mail.settings import MailServer
from tests.conftest import SETTINGS

PRODUCTION = {
    **SETTINGS,
    "APP_ENV": "production",
    "TRUSTED_HOSTS": "example.com",
    "DATABASE_URL": "dialect://db/qa",
    "MAIL_URL": "smtps://mail.example.com",
    "MAIL_FROM": "qa@example.com",
    "PUBLIC_URL": "https://example.com",
}


def load(**settings: str) -> dict[str, Any]:
    """Return the settings of mail in production; an empty value counts as unset."""
    values = {**PRODUCTION, **settings}
    return load_settings(Settings(), {name: value for name, value in values.items() if value})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(
            "smtp://me:p%40ss@mail.example.com",
            MailServer("smtp", "mail.example.com", 587, "me", "p@ss", starttls=True),
            id="user and password",
        ),
        pytest.param(
            "smtps://mail.example.com", MailServer("smtps", "mail.example.com", 465), id="TLS"
        ),
        pytest.param(
            "smtp://[::1]:1025?starttls=off", MailServer("smtp", "::1", 1025), id="without TLS"
        ),
        pytest.param(
            "smtp://mail.example.com/?starttls=on",
            MailServer("smtp", "mail.example.com", 587, starttls=True),
            id="STARTTLS",
        ),
    ],
)
def test_mail_url_is_parsed(url: str, expected: MailServer) -> None:
    assert load(MAIL_URL=url)["MAIL_URL"] == expected


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("hunter2", id="not a URL"),
        pytest.param("http://me:hunter2@mail.example.com", id="other scheme"),
        pytest.param("smtp://me:hunter2@", id="no host"),
        pytest.param("smtp://me:hunter2@mail.example.com:port", id="port is not a number"),
        pytest.param("smtp://me:hunter2@hunter3@mail.example.com", id="unescaped @"),
        pytest.param("smtp://mail.example.com/hunter2", id="path"),
        pytest.param("smtp://me:hunter2@mail.example.com?starttls=maybe", id="unknown value"),
        pytest.param("smtp://me:hunter2@mail.example.com?tls=on", id="unknown option"),
        pytest.param("smtps://me:hunter2@mail.example.com?starttls=off", id="TLS and STARTTLS"),
        pytest.param("console:", id="console in production"),
    ],
)
def test_invalid_mail_url_is_rejected_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\AMAIL_URL: [^\n]+\Z") as caught:
        load(MAIL_URL=url)

    assert "hunter" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_FROM", "hunter2"),
        ("MAIL_FROM", "qa@example.com\nBcc: hunter2@example.com"),
        ("MAIL_FROM", ""),
        ("PUBLIC_URL", "hunter2.example.com"),
        ("PUBLIC_URL", "ftp://hunter2.example.com"),
        ("PUBLIC_URL", "https://hunter2@example.com"),
        ("PUBLIC_URL", "https://example.com?hunter2"),
        ("PUBLIC_URL", "https://example.com:hunter2"),
        ("PUBLIC_URL", ""),
    ],
)
def test_invalid_setting_is_rejected_without_its_value(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"\A{name}: [^\n]+\Z") as caught:
        load(**{name: value})

    assert "hunter" not in caught.value.message


@pytest.mark.parametrize("url", ["https://example.com", "http://localhost:8080/board/"])
def test_public_url_may_have_a_path(url: str) -> None:
    assert load(PUBLIC_URL=url)["PUBLIC_URL"] == url


def test_production_without_a_mail_server_needs_no_other_setting() -> None:
    assert load(MAIL_URL="", MAIL_FROM="", PUBLIC_URL="")["MAIL_URL"] is None


def test_development_prints_mail() -> None:
    settings = load(APP_ENV="development", MAIL_URL="")

    assert settings["MAIL_URL"] == MailServer("console")


def test_password_is_not_in_the_representation_of_the_server() -> None:
    assert "hunter2" not in repr(load(MAIL_URL="smtp://me:hunter2@mail.example.com"))
