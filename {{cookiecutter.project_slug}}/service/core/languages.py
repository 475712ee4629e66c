"""The language of each answer: what the reader's browser asks for, else the site's own."""

from functools import lru_cache
from pathlib import Path

from babel.support import NullTranslations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import get_translations
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from service.extensions import babel

LANGUAGES = ("en", "ko")


def init_app(app: Flask) -> None:
    """Choose the language for each request, from the catalogues that each package brings."""
    catalogues = Path(app.root_path).glob("*/translations")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, sorted(catalogues)))
    # A language without a catalogue is answered in the first that has one.
    wanted = app.config["SITE_LANGUAGE"]
    app.config["BABEL_DEFAULT_LOCALE"] = wanted if wanted in LANGUAGES else LANGUAGES[0]
    babel.init_app(app, locale_selector=language)
    app.jinja_env.globals["language"] = language
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Of its i18n extension.
        lambda message: catalogue().ugettext(message),
        lambda one, many, count: catalogue().ungettext(one, many, count),
        newstyle=True,
    )


def language() -> str:
    """Return the language that the browser likes best, where we have it, else the site's own."""
    own: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not has_request_context():
        return own
    return best(request.environ.get("HTTP_ACCEPT_LANGUAGE", "")) or own


# A page asks several times, and browsers say the same few things.
@lru_cache(maxsize=256)
def best(accepted: str) -> str | None:
    """Return the language that a header `Accept-Language` likes best, None where we have none."""
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES)


def catalogue() -> NullTranslations:
    """Return the request's translations; a page has dozens of messages, and looks them up once."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def N_(message: str) -> str:  # noqa: N802  # The name by which Babel finds such messages.
    """Mark a message that is translated only where a person reads it."""
    return message
