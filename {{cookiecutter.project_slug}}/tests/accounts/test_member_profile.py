"""A member's name, language and time zone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from babel.dates import get_timezone
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import get_timezone as current_time_zone
from werkzeug.test import TestResponse

from service.accounts.authentication import DuplicateFieldError
from service.accounts.member_profile import member_renamed, time_zones, update_profile
from service.accounts.models import Member
from service.accounts.principal import set_principal
from service.accounts.sessions import Principal
from service.extensions import db
from tests.accounts.conftest import RunConcurrently
from tests.accounts.member_actions import EMAIL, NOW, Header
from tests.accounts.people import ensure_member_id
from tests.conftest import Log

ME = "/api/v1/auth/me"
Change = Callable[..., TestResponse]


@pytest.fixture
def change(client: FlaskClient, auth_header: Header) -> Change:
    """Return a function that changes Kim's profile through the API."""
    return lambda **fields: client.patch(ME, json=fields, headers=auth_header)


@pytest.fixture
def me(client: FlaskClient, auth_header: Header) -> Callable[..., Any]:
    """Return a function that returns the JSON of Kim's profile."""
    return lambda: client.get(ME, headers=auth_header).get_json()


@pytest.fixture
def renamed() -> Iterator[list[str]]:
    """Yield a list of the new names of the members that are renamed during the test."""
    names: list[str] = []

    def record(member: Member) -> None:
        names.append(member.name)

    with member_renamed.connected_to(record):
        yield names


def test_profile_can_be_changed(me: Callable[..., Any], change: Change) -> None:
    fields = {"name": "Kim Q", "locale": "en", "time_zone": "Asia/Seoul"}

    response = change(**fields)

    assert response.status_code == 200
    assert me() == response.get_json()
    assert response.get_json().items() >= {**fields, "email": EMAIL}.items()


def test_fields_that_are_not_sent_do_not_change(change: Change) -> None:
    change(name="Kim Q", locale="en", time_zone="Asia/Seoul")

    document = change(locale=None).get_json()

    assert [document[name] for name in ("name", "locale", "time_zone")] == [
        "Kim Q",
        None,
        "Asia/Seoul",
    ]


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        pytest.param({"name": "Ann"}, 409, "/name", id="name that is taken"),
        pytest.param({"name": "ANN"}, 409, "/name", id="name in another case"),
        pytest.param({"name": "\uff21nn"}, 409, "/name", id="name that looks the same"),
        pytest.param({"name": ""}, 422, "/name", id="empty name"),
        pytest.param({"name": None}, 422, "/name", id="no name"),
        pytest.param({"name": "K\u0456m"}, 422, "/name", id="mixed scripts"),
        pytest.param({"name": "x" * 41}, 422, "/name", id="long name"),
        pytest.param({"locale": "fr"}, 422, "/locale", id="unknown language"),
        pytest.param({"locale": 1}, 422, "/locale", id="language that is not a string"),
        pytest.param({"time_zone": "Asia/Soul"}, 422, "/time_zone", id="unknown time zone"),
        pytest.param({"time_zone": "../etc/passwd"}, 422, "/time_zone", id="path"),
        pytest.param({"time_zone": "\0"}, 422, "/time_zone", id="NUL"),
        pytest.param({"email": "a@example.com"}, 422, "/email", id="unknown field"),
    ],
)
@pytest.mark.usefixtures("member_id")
def test_invalid_profile_is_rejected(
    me: Callable[..., Any], change: Change, fields: dict[str, Any], status: int, pointer: str
) -> None:
    before = me()

    response = change(**fields)

    assert response.status_code == status
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]
    assert me() == before


def test_own_name_can_be_written_in_another_case(change: Change) -> None:
    assert change(name="KIM").get_json()["name"] == "KIM"


def test_old_name_is_free_again(client: FlaskClient, change: Change) -> None:
    change(name="Kim Q")

    other = {"email": "other@example.com", "name": "Kim", "password": "a long walk by the sea"}
    assert client.post("/api/v1/auth/register", json=other).status_code == 201


@pytest.mark.usefixtures("app_context")
def test_only_a_new_name_is_announced(member_id: int, renamed: list[str]) -> None:
    for name in ("Ann", "Anna"):
        update_profile(member_id, {"name": name, "locale": "en"})

    assert renamed == ["Anna"]


@pytest.mark.usefixtures("app_context")
def test_change_is_logged_without_its_values(member_id: int, log: Log) -> None:
    update_profile(member_id, {"name": "Anna", "locale": "en"})

    [event] = log()
    assert (event["event"], event["attributes"]) == ("user_updated", ["locale", "name"])
    assert "Anna" not in event.values()


@pytest.mark.slow
@pytest.mark.usefixtures("app_context")
def test_one_of_many_members_gets_the_name(run_concurrently: RunConcurrently) -> None:
    ids = [ensure_member_id(name) for name in ("Ann", "Ben", "Cho", "Dan")]

    def rename(member_id: int) -> bool:
        try:
            update_profile(member_id, {"name": "Eve"})
        except DuplicateFieldError:
            return False
        return True

    results = run_concurrently(
        *[lambda member_id=member_id: rename(member_id) for member_id in ids]
    )

    assert results.count(True) == 1


@pytest.mark.parametrize(
    ("chosen", "accepted", "message"),
    [
        pytest.param("ko", "en", "알 수 없는 항목이에요.", id="Korean"),
        pytest.param("en", "ko", "Unknown field.", id="English"),
        pytest.param(None, "en", "Unknown field.", id="not chosen"),
    ],
)
def test_language_of_the_member_takes_precedence(
    client: FlaskClient, change: Change, chosen: str | None, accepted: str, message: str
) -> None:
    change(locale=chosen)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = accepted

    response = change(unknown=1)

    assert response.get_json()["errors"][0]["detail"] == message


@pytest.mark.parametrize(
    ("chosen", "zone"),
    [
        pytest.param("Asia/Seoul", "Asia/Seoul", id="chosen"),
        pytest.param(None, "Europe/Paris", id="not chosen"),
        pytest.param("Atlantis/Capital", "Europe/Paris", id="no longer known"),
    ],
)
def test_time_zone_of_the_member_takes_precedence(
    app: Flask, chosen: str | None, zone: str
) -> None:
    with app.test_request_context(headers={"Cookie": "time_zone=Europe/Paris"}):
        set_principal(Principal(1, "Kim", EMAIL, NOW, "a session", None, chosen))

        assert current_time_zone() == get_timezone(zone)


def test_every_time_zone_can_be_shown() -> None:
    assert "Asia/Seoul" in time_zones()
    assert all(get_timezone(name) for name in time_zones())


def test_member_without_a_choice_has_none(app: Flask, member_id: int) -> None:
    with app.app_context():
        member = db.session.get_one(Member, member_id)

        assert (member.locale, member.time_zone) == (None, None)
