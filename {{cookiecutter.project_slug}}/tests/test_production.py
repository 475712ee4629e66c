"""What no service may run with."""

from typing import Any

import pytest
from flask import Flask

from service.config import ConfigurationError, load_settings
from service.production import guessed_or_shared_secrets

SITE = "https://example.com"
KEY = "a key that only the tests of the settings know"
OTHER = "another key that only the tests of the settings know"
IN_PRODUCTION = {
    "SECRET_KEY": KEY,
    "JWT_KEYS": "a key that only these tests sign with",  # [template] if auth
    "PASSWORD_PEPPER": "a pepper that only these tests know",  # [template] if auth
    "TRUSTED_HOSTS": "example.com",
    "DATABASE_URL": "some+driver://db/qa",
}


def test_what_is_safe_starts() -> None:
    assert load_settings(IN_PRODUCTION)["APP_ENV"] == "production"


@pytest.mark.parametrize(
    "name", [pytest.param("SECRET_KEY", id="the key"), pytest.param("TRUSTED_HOSTS", id="hosts")]
)
def test_what_is_missing_stops_the_start(name: str) -> None:
    """R2.01, Z38."""
    settings = {key: value for key, value in IN_PRODUCTION.items() if key != name}

    with pytest.raises(ConfigurationError, match=rf"^{name}\b.* is not set"):
        load_settings(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("SECRET_KEY", "only twenty-nine characters  .", id="short"),
        pytest.param("SECRET_KEY", "replace-me-replace-me-replace-me-replace-me", id="placeholder"),
        pytest.param("SECRET_KEY", "Change_Me to what nobody else can know", id="another one"),
        pytest.param("SECRET_KEY", "0" * 64, id="one character"),
        pytest.param("SECRET_KEY", "secret" * 10, id="one word"),
        pytest.param("SECRET_KEY_FALLBACKS", KEY, id="the same twice"),
        pytest.param("SECRET_KEY_FALLBACKS", f"{OTHER},short", id="one of a list is short"),
        pytest.param("SECRET_KEY_FALLBACKS", f"{OTHER}, {OTHER}", id="twice in a list"),
        pytest.param("JWT_KEYS", KEY, id="the same for tokens"),  # [template] if auth
        pytest.param("PASSWORD_PEPPER", KEY, id="the same for passwords"),  # [template] if auth
        pytest.param("TRUSTED_HOSTS", ",", id="no host"),
        pytest.param("TRUSTED_HOSTS", "*", id="any host"),
        pytest.param("TRUSTED_HOSTS", "https://example.com", id="an address in place of a host"),
        pytest.param("FLASK_DEBUG", "1", id="the debugger"),
    ],
)
def test_what_is_unsafe_stops_the_start(name: str, value: str) -> None:
    """R2.01, R7.12, Z38."""
    with pytest.raises(ConfigurationError, match=f"^{name} ") as caught:
        load_settings({**IN_PRODUCTION, name: value})

    assert value not in caught.value.message
    assert "\n" not in caught.value.message


def test_everything_that_is_unsafe_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({**IN_PRODUCTION, "SECRET_KEY": "0" * 64, "TRUSTED_HOSTS": ","})

    named = [line.partition(" ")[0] for line in caught.value.message.splitlines()]
    assert named == ["SECRET_KEY", "TRUSTED_HOSTS"]


@pytest.mark.parametrize("environment", ["development", "testing"])
def test_elsewhere_the_debugger_may_be_on(environment: str) -> None:
    settings = {**IN_PRODUCTION, "APP_ENV": environment, "FLASK_DEBUG": "1"}

    assert load_settings(settings)["FLASK_DEBUG"] is True


@pytest.mark.parametrize(
    "secrets",
    [
        pytest.param({"SECRET_KEY": KEY}, id="one key"),
        pytest.param({"SECRET_KEY": KEY, "SECRET_KEY_FALLBACKS": []}, id="no earlier key"),
        pytest.param({"SECRET_KEY": KEY, "SECRET_KEY_FALLBACKS": [OTHER]}, id="an earlier key"),
        pytest.param({"SECRET_KEY": "0123456789abcdef" * 2}, id="hexadecimal digits"),
    ],
)
def test_secrets_of_ones_own_are_well(secrets: dict[str, Any]) -> None:
    """R2.04."""
    assert list(guessed_or_shared_secrets(secrets)) == []


@pytest.mark.parametrize("query", ["", "?__debugger__=yes&cmd=resource&f=style.css"])
@pytest.mark.parametrize(
    "path", ["/console", "/debug", "/metrics", "/openapi", "/openapi.json", "/.env", "/.git/config"]
)
def test_nothing_for_developers_is_served(production: Flask, path: str, query: str) -> None:
    """J01."""
    browser = production.test_client()

    assert browser.get(path + query, base_url=SITE).status_code == 404


@pytest.mark.parametrize("path", ["/fail", "/api/v1/fail"])
def test_an_error_tells_of_itself_only_its_id(production: Flask, path: str) -> None:
    """J02."""
    response = production.test_client().get(path, base_url=SITE, headers={"X-Request-ID": "abc-1"})

    assert (response.status_code, response.headers["X-Request-ID"]) == (500, "abc-1")
    telltales = ["SELECT", "secret", "RuntimeError", "Traceback", ".py", "site-packages"]
    assert [word for word in telltales if word in response.text] == []


@pytest.mark.parametrize("path", ["/fail", "/api/v1/fail"])
def test_whoever_reports_an_error_can_name_the_request(production: Flask, path: str) -> None:
    """J02, R7.09: it is the id in the log."""
    response = production.test_client().get(path, base_url=SITE, headers={"X-Request-ID": "abc-1"})

    assert "abc-1" in response.text
