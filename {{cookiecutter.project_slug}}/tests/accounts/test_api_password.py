"""Password changes through the API."""

import pytest
from flask.testing import FlaskClient

from tests.accounts.conftest import LogIn
from tests.accounts.member_actions import (
    EMAIL,
    NEW_PASSWORD,
    PASSWORD,
    WRONG_PASSWORD,
    Header,
    change_password,
    make_auth_header,
    me_status,
)


def test_changing_the_password_opens_a_new_session(
    client: FlaskClient, login: LogIn, auth_header: Header
) -> None:
    response = change_password(client, auth_header)

    assert response.status_code == 200
    assert me_status(client, make_auth_header(response)) == 200
    assert login().status_code == 401
    assert login(password=NEW_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "pointer"),
    [
        pytest.param(WRONG_PASSWORD, NEW_PASSWORD, "/current_password", id="wrong password"),
        pytest.param("", NEW_PASSWORD, "/current_password", id="empty password"),
        pytest.param(PASSWORD, "7 chars", "/new_password", id="short password"),
        pytest.param(PASSWORD, "password1234", "/new_password", id="common password"),
        pytest.param(PASSWORD, EMAIL, "/new_password", id="email address"),
        pytest.param(PASSWORD, PASSWORD, "/new_password", id="same password"),
    ],
)
def test_invalid_password_change_is_rejected_with_its_field(
    client: FlaskClient, auth_header: Header, current: str, new: str, pointer: str
) -> None:
    response = change_password(client, auth_header, current, new)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]
    assert me_status(client, auth_header) == 200


def test_password_change_is_throttled(client: FlaskClient, auth_header: Header) -> None:
    statuses = [
        change_password(client, auth_header, WRONG_PASSWORD).status_code for _number in range(12)
    ]

    assert statuses == [422] * 10 + [429] * 2
