"""The secrets of accounts."""

from collections.abc import Callable

import pytest
from flask import Flask

from service import create_app
from service.accounts.keys import COST, password_hashing
from service.config import ConfigurationError
from tests.accounts.conftest import LogIn
from tests.accounts.forgery import KEY, OTHER_KEY
from tests.conftest import SETTINGS

ME = "/api/v1/auth/me"

SHORT = "thirty-one characters long, no."


def test_production_hashes_at_the_full_cost(production: Flask) -> None:
    """R3.01."""
    with production.app_context():
        assert password_hashing().cost == COST == 12


def test_tests_hash_quickly(app: Flask) -> None:
    """R3.01: and nobody else does."""
    with app.app_context():
        assert password_hashing().cost == 4


@pytest.mark.parametrize("name", ["JWT_KEYS", "PASSWORD_PEPPER"])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="missing"),
        pytest.param(SHORT, id="short"),
        pytest.param("replace-me-replace-me-replace-me-replace-me", id="placeholder"),
        pytest.param(SETTINGS["SECRET_KEY"], id="the key of the browser's session"),
    ],
)
def test_a_secret_that_is_none_stops_the_start(name: str, value: str) -> None:
    """R2.01, R2.05, Z38."""
    with pytest.raises(ConfigurationError, match=rf"\A{name}\b") as caught:
        create_app({**SETTINGS, name: value})

    assert not value or value not in caught.value.message


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(",", id="no key"),
        pytest.param(f"{SHORT}, {OTHER_KEY}", id="a short one in front"),
        pytest.param(f"{OTHER_KEY},{SHORT}", id="a short one behind"),
        pytest.param(f"{OTHER_KEY},{SETTINGS['PASSWORD_PEPPER']}", id="the pepper"),
    ],
)
def test_every_key_of_the_ring_must_be_a_secret(keys: str) -> None:
    """R2.05, Z38."""
    with pytest.raises(ConfigurationError, match=r"^(JWT_KEYS|PASSWORD_PEPPER)\b") as caught:
        create_app({**SETTINGS, "JWT_KEYS": keys})

    assert OTHER_KEY not in caught.value.message


def test_keys_are_changed_while_members_are_online(
    make_app: Callable[..., Flask], log_in: LogIn
) -> None:
    """R2.04, Z40: the rehearsal. The new key comes in front, the old one goes when it is over."""

    def status(on: Flask, token: str) -> int:
        header = {"Authorization": f"Bearer {token}"}
        return on.test_client().get(ME, headers=header).status_code

    changing = make_app(JWT_KEYS=f"{OTHER_KEY}, {KEY}")
    changed = make_app(JWT_KEYS=OTHER_KEY)
    old = log_in().get_json()

    new = (
        changing.test_client()
        .post("/api/v1/auth/refresh", json={"refresh_token": old["refresh_token"]})
        .get_json()
    )

    # Nobody notices: not before the refresh, and not after it.
    assert status(changing, old["access_token"]) == 200
    assert status(changing, new["access_token"]) == 200
    assert status(changed, new["access_token"]) == 200
    # The old key opens nothing any more, though the session lives.
    assert status(changed, old["access_token"]) == 401
    renewed = changed.test_client().post(
        "/api/v1/auth/refresh", json={"refresh_token": new["refresh_token"]}
    )
    assert renewed.status_code == 200


def test_the_key_of_the_browsers_session_may_change_without_the_api_noticing(
    make_app: Callable[..., Flask], access_token: str
) -> None:
    """R2.04: each secret has one use."""
    app = make_app(SECRET_KEY="another key that only the tests know")  # noqa: S106  # Nobody's.

    response = app.test_client().get(ME, headers={"Authorization": f"Bearer {access_token}"})

    assert response.status_code == 200
