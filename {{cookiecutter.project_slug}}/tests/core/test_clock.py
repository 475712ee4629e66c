"""The clock of the database's machine."""

import time

import pytest
from flask import Flask

from service.core.clock import clock_check


@pytest.mark.parametrize(
    ("seconds_away", "is_well"),
    [
        pytest.param(0, True, id="together"),
        pytest.param(-60, False, id="behind"),
        pytest.param(60, False, id="ahead"),
    ],
)
def test_clocks_that_do_not_agree_are_found(app: Flask, seconds_away: int, is_well: bool) -> None:
    """R7.10."""
    check = clock_check(f"SELECT {time.time() + seconds_away}")

    with app.app_context():
        assert (list(check.problems(app.config)) == []) is is_well


@pytest.mark.usefixtures("outage")
def test_a_database_that_is_away_has_no_clock(app: Flask) -> None:
    check = clock_check("SELECT 1")

    with app.app_context():
        assert list(check.problems(app.config)) == []
