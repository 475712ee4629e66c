"""The settings of accounts, and the bcrypt cost."""

from collections.abc import Callable

import pytest
from flask import Flask

from service import create_app
from service.accounts.authentication import password_hasher
from service.accounts.passwords import BCRYPT_COST
from service.config.settings import ConfigurationError
from tests.accounts.conftest import LogIn
from tests.accounts.forged_tokens import KEY, OTHER_KEY
from tests.conftest import SETTINGS

ME = "/api/v1/auth/me"
SHORT = "a secret with only 31 character"


def test_production_uses_the_full_bcrypt_cost(production_app: Flask) -> None:
    with production_app.app_context():
        assert password_hasher().cost == BCRYPT_COST == 12


def test_tests_use_a_low_bcrypt_cost(app: Flask) -> None:
    with app.app_context():
        assert password_hasher().cost == 4


@pytest.mark.parametrize("name", ["JWT_KEYS", "PASSWORD_PEPPER"])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="missing"),
        pytest.param(SHORT, id="short"),
        pytest.param("replace-me-replace-me-replace-me-replace-me", id="placeholder"),
    ],
)
def test_invalid_secret_prevents_start(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"\A{name}\b") as caught:
        create_app({**SETTINGS, name: value})

    assert not value or value not in caught.value.message


def test_confirmation_needs_mail_in_production() -> None:
    production = {**SETTINGS, "APP_ENV": "production", "TRUSTED_HOSTS": "example.com"}

    with pytest.raises(ConfigurationError, match=r"\AMAIL_URL: must be set with REGISTRATION"):
        create_app({**production, "REGISTRATION": "confirmed"})


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(",", id="no key"),
        pytest.param(f"{SHORT}, {OTHER_KEY}", id="short first key"),
        pytest.param(f"{OTHER_KEY},{SHORT}", id="short second key"),
        pytest.param(f"{OTHER_KEY},{SETTINGS['PASSWORD_PEPPER']}", id="same as PASSWORD_PEPPER"),
    ],
)
def test_every_key_is_validated(keys: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^(JWT_KEYS|PASSWORD_PEPPER)\b") as caught:
        create_app({**SETTINGS, "JWT_KEYS": keys})

    assert OTHER_KEY not in caught.value.message


def test_keys_can_be_rotated_without_logging_members_out(
    make_app: Callable[..., Flask], login: LogIn
) -> None:
    def status(on: Flask, token: str) -> int:
        header = {"Authorization": f"Bearer {token}"}
        return on.test_client().get(ME, headers=header).status_code

    during_rotation = make_app(JWT_KEYS=f"{OTHER_KEY}, {KEY}")
    after_rotation = make_app(JWT_KEYS=OTHER_KEY)
    old = login().get_json()

    new = (
        during_rotation.test_client()
        .post("/api/v1/auth/refresh", json={"refresh_token": old["refresh_token"]})
        .get_json()
    )

    assert status(during_rotation, old["access_token"]) == 200
    assert status(during_rotation, new["access_token"]) == 200
    assert status(after_rotation, new["access_token"]) == 200
    # The old key is removed, so its tokens are rejected although the session is active.
    assert status(after_rotation, old["access_token"]) == 401
    renewed = after_rotation.test_client().post(
        "/api/v1/auth/refresh", json={"refresh_token": new["refresh_token"]}
    )
    assert renewed.status_code == 200
