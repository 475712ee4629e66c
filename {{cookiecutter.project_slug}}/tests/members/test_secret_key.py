"""`SECRET_KEY` signs the cookie session, and has no effect on passwords and access tokens."""

import time
from collections.abc import Callable

import pytest
from flask import Flask

from service import create_app
from service.accounts.tokens import InvalidTokenError, read_access_token
from service.config.settings import ConfigurationError
from tests.accounts.forged_tokens import KEY, valid_claims, with_header
from tests.conftest import SETTINGS


@pytest.mark.parametrize("name", ["JWT_KEYS", "PASSWORD_PEPPER"])
def test_other_secrets_must_differ_from_the_secret_key(name: str) -> None:
    secret = SETTINGS["SECRET_KEY"]

    with pytest.raises(ConfigurationError, match=rf"\A{name}\b") as caught:
        create_app({**SETTINGS, name: secret})

    assert secret not in caught.value.message


def test_access_tokens_do_not_depend_on_the_secret_key(
    make_app: Callable[..., Flask], access_token: str
) -> None:
    app = make_app(SECRET_KEY="another secret key, used in tests only")  # noqa: S106  # A test key.
    header = {"Authorization": f"Bearer {access_token}"}

    response = app.test_client().get("/api/v1/auth/me", headers=header)

    assert response.status_code == 200


def test_access_token_signed_with_the_secret_key_is_rejected() -> None:
    forged = with_header(SETTINGS["SECRET_KEY"])(valid_claims(int(time.time())))

    with pytest.raises(InvalidTokenError):
        read_access_token(forged, [KEY])
