"""The list of what can be wrong, and what the start says of it."""

from collections.abc import Callable

import pytest
from flask import Flask

from service.core.checks import Check, add_check, checks, warn_in_production
from service.production import RULES

PROBLEM = "Something is wrong. Cure it."


@pytest.fixture
def ill(make_app: Callable[..., Flask]) -> Callable[..., Flask]:
    """Make an application with which something is not well."""

    def make(*, needs_database: bool = False, **settings: str) -> Flask:
        app = make_app(**settings)
        add_check(app, Check("all is well", lambda _: [PROBLEM], needs_database))
        return app

    return make


def test_what_every_service_keeps_to_is_looked_at_first(app: Flask) -> None:
    assert [check.subject for check in checks(app)][: len(RULES)] == list(RULES)


def test_the_start_in_production_says_what_is_not_well(
    ill: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = ill(APP_ENV="production", TRUSTED_HOSTS="example.com", LOG_FORMAT="json")

    warn_in_production(app)

    assert PROBLEM in capsys.readouterr().err


@pytest.mark.usefixtures("outage")
def test_the_start_asks_nothing_of_the_database(
    ill: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = ill(needs_database=True, APP_ENV="production", TRUSTED_HOSTS="example.com")

    warn_in_production(app)

    assert PROBLEM not in capsys.readouterr().err


def test_the_start_elsewhere_says_nothing(
    ill: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = ill()

    warn_in_production(app)

    assert PROBLEM not in capsys.readouterr().err


def test_the_doctor_says_what_is_not_well(ill: Callable[..., Flask]) -> None:
    result = ill().test_cli_runner().invoke(args=["doctor"])

    assert f"BAD  all is well\n     {PROBLEM}\n" in result.output
    assert result.exit_code == 1
