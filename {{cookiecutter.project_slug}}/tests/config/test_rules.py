"""Unsafe settings, which prevent the start, and what production does not reveal."""

import pytest
from flask import Flask

from service import Settings
from service.config.rules import find_weak_secrets
from service.config.settings import ConfigurationError, load_settings
from tests.conftest import SETTINGS

BASE_URL = "https://example.com"
SECRET = "a secret that only the tests of the settings know"  # noqa: S105  # Used nowhere else.
OTHER_SECRET = "another secret that only these tests know"  # noqa: S105  # Used nowhere else.
PRODUCTION = {
    **SETTINGS,
    "APP_ENV": "production",
    "TRUSTED_HOSTS": "example.com",
    "DATABASE_URL": "dialect+driver://db/qa",
}


def test_safe_settings_are_accepted_in_production() -> None:
    assert load_settings(Settings(), PRODUCTION)["APP_ENV"] == "production"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("TRUSTED_HOSTS", "", id="no trusted hosts"),
        pytest.param("TRUSTED_HOSTS", ",", id="empty list of hosts"),
        pytest.param("TRUSTED_HOSTS", "*", id="any host"),
        pytest.param("TRUSTED_HOSTS", "https://example.com", id="URL instead of a host"),
        pytest.param("FLASK_DEBUG", "true", id="debug mode"),
    ],
)
def test_unsafe_setting_is_rejected_in_production(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name}: [^\n]+\Z"):
        load_settings(Settings(), {**PRODUCTION, name: value})


@pytest.mark.parametrize("environment", ["development", "testing"])
def test_debug_mode_is_accepted_outside_production(environment: str) -> None:
    settings = {**PRODUCTION, "APP_ENV": environment, "FLASK_DEBUG": "1"}

    assert load_settings(Settings(), settings)["FLASK_DEBUG"] is True


def test_invalid_and_unsafe_settings_are_reported_together() -> None:
    settings = {**PRODUCTION, "LOG_LEVEL": "loud", "TRUSTED_HOSTS": ",", "FLASK_DEBUG": "1"}

    with pytest.raises(ConfigurationError) as caught:
        load_settings(Settings(), settings)

    reported = [line.partition(":")[0] for line in caught.value.message.splitlines()]
    assert reported == ["LOG_LEVEL", "TRUSTED_HOSTS", "FLASK_DEBUG"]


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        pytest.param("x" * 31, "at least 32 characters", id="too short"),
        pytest.param("replace-me-" * 4, "placeholder", id="placeholder of .env.example"),
        pytest.param(
            "Change_Me to something random, please", "placeholder", id="other placeholder"
        ),
        pytest.param("0" * 64, "easy to guess", id="one repeated character"),
        pytest.param("secret" * 10, "easy to guess", id="one repeated word"),
        pytest.param(SECRET, "must not repeat a secret of FIRST_KEY", id="repeated"),
    ],
)
def test_weak_secret_is_reported_without_its_value(secret: str, problem: str) -> None:
    settings = {"FIRST_KEY": SECRET, "SECOND_KEY": secret}

    [(name, message)] = find_weak_secrets(settings, settings)

    assert name == "SECOND_KEY"
    assert problem in message
    assert secret not in message
    assert "Generate one: python -c" in message


def test_every_secret_of_a_list_is_checked() -> None:
    settings = {"KEY": SECRET, "KEYS": [OTHER_SECRET, "short", SECRET, OTHER_SECRET]}

    problems = list(find_weak_secrets(settings, settings))

    assert [(name, message.partition(". ")[0]) for name, message in problems] == [
        ("KEYS", "must be at least 32 characters long"),
        ("KEYS", "must not repeat a secret of KEY"),
        ("KEYS", "must not repeat a secret of KEYS"),
    ]


@pytest.mark.parametrize(
    "secret_settings",
    [
        pytest.param({}, id="no secrets"),
        pytest.param({"KEY": SECRET, "FALLBACKS": [OTHER_SECRET]}, id="different secrets"),
        pytest.param({"KEY": "0123456789abcdef" * 2}, id="hexadecimal digits"),
    ],
)
def test_strong_secrets_are_accepted(secret_settings: dict[str, str | list[str]]) -> None:
    assert list(find_weak_secrets(secret_settings, ["KEY", "FALLBACKS"])) == []


@pytest.mark.parametrize("query", ["", "?__debugger__=yes&cmd=resource&f=style.css"])
@pytest.mark.parametrize(
    "path", ["/console", "/debug", "/metrics", "/openapi", "/openapi.json", "/.env", "/.git/config"]
)
def test_developer_tools_are_not_served_in_production(
    production_app: Flask, path: str, query: str
) -> None:
    client = production_app.test_client()

    assert client.get(path + query, base_url=BASE_URL).status_code == 404


@pytest.mark.parametrize("path", ["/fail", "/api/v1/fail"])
def test_error_response_reveals_no_details(production_app: Flask, path: str) -> None:
    response = production_app.test_client().get(path, base_url=BASE_URL)

    assert response.status_code == 500
    details = ["SELECT", "secret", "RuntimeError", "Traceback", ".py", "site-packages"]
    assert [detail for detail in details if detail in response.text] == []


@pytest.mark.parametrize("path", ["/fail", "/api/v1/fail"])
def test_error_response_contains_the_request_id(production_app: Flask, path: str) -> None:
    response = production_app.test_client().get(
        path, base_url=BASE_URL, headers={"X-Request-ID": "abc-1"}
    )

    assert response.headers["X-Request-ID"] == "abc-1"
    assert "abc-1" in response.text
