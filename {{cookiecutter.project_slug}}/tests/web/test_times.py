"""Times on pages, relative and exact."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.config.settings import ConfigurationError
from service.database.columns import now
from service.extensions import db
from service.web.times import relative_time
from tests.board.conftest import START_TIME
from tests.conftest import MakeQuestion
from tests.page import Page


def shown_time(client: FlaskClient, url: str = "/") -> str:
    """Return the exact time that the page shows on hover."""
    [time] = Page(client.get(url).text).all("time")
    return str(time["title"])


@pytest.fixture
def old_question(app: Flask, make_question: MakeQuestion) -> None:
    """Add a question of January 1, 2026, 00:00 UTC."""
    with app.app_context():
        db.session.add(make_question(created_at=START_TIME))
        db.session.commit()


@pytest.mark.parametrize(
    ("language", "age", "text"),
    [
        pytest.param("en", timedelta(0), "just now", id="now"),
        pytest.param("en", timedelta(seconds=59), "just now", id="59 seconds"),
        pytest.param("en", timedelta(seconds=-30), "just now", id="clock of another server"),
        pytest.param("en", timedelta(minutes=1), "1 minute ago", id="a minute"),
        pytest.param(
            "en", timedelta(minutes=59, seconds=59), "59 minutes ago", id="an hour less 1 s"
        ),
        pytest.param("en", timedelta(hours=3), "3 hours ago", id="3 hours"),
        pytest.param("en", timedelta(hours=23, minutes=59), "23 hours ago", id="a day less 1 min"),
        pytest.param("en", timedelta(days=1), "1 day ago", id="a day"),
        pytest.param("en", timedelta(days=6), "6 days ago", id="6 days"),
        pytest.param("ko", timedelta(0), "방금 전", id="now in Korean"),
        pytest.param("ko", timedelta(minutes=1), "1분 전", id="a minute in Korean"),
        pytest.param("ko", timedelta(hours=3), "3시간 전", id="3 hours in Korean"),
        pytest.param("ko", timedelta(days=6), "6일 전", id="6 days in Korean"),
    ],
)
def test_recent_time_is_relative(app: Flask, language: str, age: timedelta, text: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        shown = relative_time(now() - age)

    assert shown == text


@pytest.mark.usefixtures("old_question")
@pytest.mark.parametrize(
    ("language", "date"),
    [
        pytest.param("en", "Jan 1, 2026", id="English"),
        pytest.param("ko", "2026. 1. 1.", id="Korean"),
    ],
)
def test_time_over_a_week_ago_is_a_date(client: FlaskClient, language: str, date: str) -> None:
    page = Page(client.get("/", headers={"Accept-Language": language}).text)

    assert date in page.text


@pytest.mark.usefixtures("old_question")
def test_time_is_machine_readable(client: FlaskClient) -> None:
    [time] = Page(client.get("/").text).all("time")

    assert time["datetime"] == "2026-01-01T00:00:00+00:00"


@pytest.mark.usefixtures("old_question")
@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("Asia/Seoul", "2026-01-01 09:00:00 KST"),
        ("America/New_York", "2025-12-31 19:00:00 EST"),
        ("Asia/Kolkata", "2026-01-01 05:30:00 IST"),
        ("Etc/GMT+12", "2025-12-31 12:00:00 -12"),
    ],
)
def test_exact_time_is_in_the_time_zone_of_the_browser(
    client: FlaskClient, zone: str, time: str
) -> None:
    client.set_cookie("time_zone", zone)

    assert shown_time(client) == time


@pytest.mark.usefixtures("old_question")
def test_date_is_that_of_the_time_zone_of_the_browser(client: FlaskClient) -> None:
    client.set_cookie("time_zone", "America/New_York")

    assert "Dec 31, 2025" in Page(client.get("/").text).text


@pytest.mark.usefixtures("old_question")
@pytest.mark.parametrize(
    "cookie",
    [
        None, "", "Asia", "Asia/Nowhere", "../../etc/passwd", "/etc/localtime", "Asia/Seoul\x00",
        "Asia/../Asia/Seoul", "Ásia/Seoul", "x" * 4000, "{{ 7 * 7 }}", "<b>", "localtime",
    ],
)  # fmt: skip
def test_exact_time_is_in_the_time_zone_of_the_site_without_a_valid_cookie(
    client: FlaskClient, cookie: str | None
) -> None:
    if cookie is not None:
        client.set_cookie("time_zone", cookie)

    assert shown_time(client) == "2026-01-01 00:00:00 UTC"


@pytest.mark.usefixtures("old_question")
def test_site_has_a_time_zone(make_app: Callable[..., Flask]) -> None:
    client = make_app(SITE_TIME_ZONE="Asia/Seoul").test_client()

    assert shown_time(client) == "2026-01-01 09:00:00 KST"


@pytest.mark.parametrize("zone", ["Nowhere", "Asia", "../Asia/Seoul", "GMT+9:00", " "])
def test_unknown_time_zone_of_the_site_is_rejected(
    make_app: Callable[..., Flask], zone: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"^SITE_TIME_ZONE: must be the name of a time"):
        make_app(SITE_TIME_ZONE=zone)


@pytest.mark.usefixtures("old_question")
def test_page_with_a_time_varies_by_cookie(client: FlaskClient) -> None:
    assert "Cookie" in client.get("/").vary


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/questions"])
def test_response_without_a_local_time_does_not_vary_by_cookie(
    client: FlaskClient, path: str
) -> None:
    assert "Cookie" not in client.get(path).vary
