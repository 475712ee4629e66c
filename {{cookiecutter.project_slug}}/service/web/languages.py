"""The language of each response: the one that the browser prefers, or the default of the site."""

from pathlib import Path

from babel.support import NullTranslations
from flask import Flask, g, request
from flask_babel import get_locale, get_translations
from markupsafe import Markup

from service.extensions import babel
from service.web.times import negotiate_time_zone

LANGUAGES = ("en", "ko")


def init_app(app: Flask) -> None:
    """Configure Flask-Babel with the catalogues of all packages."""
    catalogues = Path(app.root_path).glob("*/translations")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, sorted(catalogues)))
    site_language = app.config["SITE_LANGUAGE"]
    # English is the fallback for a language without catalogues.
    app.config["BABEL_DEFAULT_LOCALE"] = site_language if site_language in LANGUAGES else "en"
    app.config["BABEL_DEFAULT_TIMEZONE"] = app.config["SITE_TIME_ZONE"]
    babel.init_app(app, locale_selector=negotiate_locale, timezone_selector=negotiate_time_zone)
    app.jinja_env.globals.update(_=translate, ngettext=translate_plural, get_locale=get_locale)


def negotiate_locale() -> str | None:
    """Return the available language that the client prefers, or `None` for the site's default."""
    return request.accept_languages.best_match(LANGUAGES) if request else None


def current_translations() -> NullTranslations:
    """Return the translations for the current locale, looked up once per request."""
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


def translate(message: str, **variables: object) -> Markup:
    """Return the translation for a template, with the variables escaped and inserted."""
    text = Markup(current_translations().gettext(message))  # noqa: S704  # Our messages may be HTML.
    return text % variables if variables else text


def translate_plural(singular: str, plural: str, num: int) -> Markup:
    """Return the translation of `singular` or `plural` for a template, with `num` inserted."""
    message = current_translations().ngettext(singular, plural, num)
    return Markup(message % {"num": num})  # noqa: S704  # As above; a number needs no escaping.


def N_(message: str) -> str:  # noqa: N802  # The conventional name (gettext manual, "Deferred translations").
    """Mark a message for extraction, and return it untranslated."""
    return message
