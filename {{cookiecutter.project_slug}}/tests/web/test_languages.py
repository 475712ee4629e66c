"""The language of each response."""

from collections.abc import Callable

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l

from service.web.languages import LANGUAGES
from tests.page import Page


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        pytest.param("ko", "ko", id="Korean"),
        pytest.param("ko-KR,ko;q=0.9,en;q=0.8", "ko", id="Korean of South Korea"),
        pytest.param("en-GB", "en", id="British English"),
        pytest.param("fr, ko;q=0.3, en;q=0.7", "en", id="the higher quality value"),
    ],
)
def test_page_has_the_preferred_language(client: FlaskClient, accepted: str, language: str) -> None:
    response = client.get("/", headers={"Accept-Language": accepted})

    assert Page(response.text).all("html") == [{"lang": language}]


@pytest.fixture(scope="module", params=LANGUAGES)
def site_language(request: pytest.FixtureRequest) -> str:
    """Return the default language of the site; tests run once for each."""
    language: str = request.param
    return language


@pytest.fixture(scope="module")
def localized_app(make_app: Callable[..., Flask], site_language: str) -> Flask:
    """Return an application whose default language is `site_language`."""
    app = make_app()
    app.extensions["babel"].default_locale = site_language
    return app


@pytest.mark.parametrize("accepted", [None, "", "fr", "tlh-Latn", "ko;q=0", ";;=,", "x" * 5000])
def test_page_has_the_default_language_without_a_supported_preference(
    localized_app: Flask, site_language: str, accepted: str | None
) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}

    response = localized_app.test_client().get("/nowhere", headers=headers)

    assert Page(response.text).all("html") == [{"lang": site_language}]


def test_commands_have_the_default_language(localized_app: Flask, site_language: str) -> None:
    with localized_app.app_context():
        assert str(get_locale()) == site_language
        assert gettext("Questions")


def test_variables_of_a_message_are_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        html = render_template_string("{{ _('<b>%(name)s</b>', name='<i>') }}")

    assert html == "<b>&lt;i&gt;</b>"


@pytest.mark.parametrize(
    ("language", "translation"),
    [
        pytest.param("en", "Questions"),
        pytest.param("ko", "질문"),
    ],
)
def test_template_also_accepts_a_lazy_string(app: Flask, language: str, translation: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert render_template_string("{{ _(label) }}", label=_l("Questions")) == translation
