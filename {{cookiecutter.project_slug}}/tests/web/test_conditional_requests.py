"""Conditional requests with dates that cannot be represented."""

import pytest
from flask import Flask

STATIC_FILE = "/static/site.css"


@pytest.mark.parametrize("header", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize(
    "date",
    [
        pytest.param("Thu, 01 Jan 1970 00:00:00 +9999999999999999999", id="time zone"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 -9999999999999999999", id="negative time zone"),
        pytest.param("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", id="year"),
        pytest.param("Thu, 99999999999999999999 Jan 1970 00:00:00 GMT", id="day"),
        pytest.param("Thu, 01 Jan 1970 99999999999999999999:00:00 GMT", id="hour"),
    ],
)
def test_date_with_a_number_that_is_too_large_is_rejected(
    app: Flask, header: str, date: str
) -> None:
    headers = {header: date, "Range": "bytes=0-0"}
    paths = ["/", STATIC_FILE, "/static/missing.css", "/nowhere", "/api/v1/questions"]

    statuses = [app.test_client().get(path, headers=headers).status_code for path in paths]

    assert statuses == [400] * len(paths)


@pytest.mark.parametrize(
    ("date", "status"),
    [
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 304, id="last date"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 GMT", 200, id="first date"),
        pytest.param("yesterday", 200, id="not a date"),
        pytest.param("", 200, id="empty"),
    ],
)
def test_other_dates_are_used_or_ignored(app: Flask, date: str, status: int) -> None:
    with app.test_client() as client:
        response = client.get(STATIC_FILE, headers={"If-Modified-Since": date}, buffered=True)

    assert response.status_code == status
