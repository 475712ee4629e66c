"""The language of each answer."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.page import Page


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        pytest.param("ko", "ko", id="Korean"),
        pytest.param("ko-KR,ko;q=0.9,en;q=0.8", "ko", id="Korean of Korea"),
        pytest.param("en-GB", "en", id="English of Britain"),
        pytest.param("fr, ko;q=0.3, en;q=0.7", "en", id="the better of two"),
    ],
)
def test_a_page_speaks_the_language_of_its_reader(
    client: FlaskClient, wish: str, language: str
) -> None:
    response = client.get("/", headers={"Accept-Language": wish})

    assert Page(response.text).all("html") == [{"lang": language}]


@pytest.fixture(scope="module", params=["en", "ko"])
def site_language(request: pytest.FixtureRequest) -> str:
    """Name a language of the site."""
    language: str = request.param
    return language


@pytest.fixture(scope="module")
def site(make_app: Callable[..., Flask], site_language: str) -> Flask:
    """Make an application that speaks the language by itself."""
    app = make_app()
    app.config["BABEL_DEFAULT_LOCALE"] = site_language
    app.extensions["babel"].default_locale = site_language
    return app


@pytest.mark.parametrize("wish", [None, "", "fr", "tlh-Latn", "ko;q=0", ";;=,", "x" * 5000])
def test_a_reader_without_a_known_wish_gets_the_language_of_the_site(
    site: Flask, site_language: str, wish: str | None
) -> None:
    headers = {} if wish is None else {"Accept-Language": wish}

    response = site.test_client().get("/nowhere", headers=headers)

    assert Page(response.text).all("html") == [{"lang": site_language}]


def test_caches_keep_the_languages_apart(client: FlaskClient) -> None:
    assert "Accept-Language" in client.get("/").headers.getlist("Vary")
