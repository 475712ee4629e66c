"""Changing the password through the API."""

import pytest
from flask.testing import FlaskClient

from tests.accounts.conftest import LogIn
from tests.accounts.kim import EMAIL, NEW, PASSWORD, WRONG, Header, bearer_of, change_password, me


def test_changing_the_password_begins_a_new_session_here(
    client: FlaskClient, log_in: LogIn, bearer: Header
) -> None:
    """R3.07."""
    response = change_password(client, bearer)

    assert response.status_code == 200
    assert me(client, bearer_of(response)) == 200
    assert log_in().status_code == 401
    assert log_in(password=NEW).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "pointer"),
    [
        pytest.param(WRONG, NEW, "/current_password", id="wrong"),
        pytest.param("", NEW, "/current_password", id="empty"),
        pytest.param(PASSWORD, "7 chars", "/new_password", id="too short"),
        pytest.param(PASSWORD, "password1234", "/new_password", id="common"),
        pytest.param(PASSWORD, EMAIL, "/new_password", id="the e-mail"),
    ],
)
def test_a_change_that_will_not_do_is_refused_and_named(
    client: FlaskClient, bearer: Header, current: str, new: str, pointer: str
) -> None:
    """R3.03, R3.07."""
    response = change_password(client, bearer, current, new)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]
    assert me(client, bearer) == 200


def test_a_stolen_access_token_does_not_guess_the_password(
    client: FlaskClient, bearer: Header
) -> None:
    """R3.05."""
    statuses = [change_password(client, bearer, WRONG).status_code for _number in range(12)]

    assert statuses == [422] * 10 + [429] * 2
