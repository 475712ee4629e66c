"""The catalogues: every message is translated into every language, and no message is unused.

README.md describes how to update the catalogues.
"""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import ngettext

from service.config.settings import ROOT
from service.web.languages import LANGUAGES

SERVICE = ROOT / "service"
CATALOGUES = sorted(SERVICE.glob("*/translations/*/LC_MESSAGES/messages.po"))
EXTRACTORS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
# The messages in the source code are in this language; its catalogue needs no translations.
SOURCE_LANGUAGE = "en"
PLACEHOLDER = re.compile(r"%\(\w+\)[ds]|{\w*}")


def catalogue_id(path: Path) -> str:
    """Return the test id of a catalogue: its package and its language."""
    return f"{path.parents[3].name}-{language_of(path)}"


def language_of(path: Path) -> str:
    """Return the language of a catalogue."""
    return path.parents[1].name


@pytest.fixture(params=CATALOGUES, ids=catalogue_id)
def path(request: pytest.FixtureRequest) -> Path:
    """Return the path of a catalogue; each test runs once for every catalogue."""
    return Path(request.param)


@pytest.fixture
def catalogue(path: Path) -> Catalog:
    """Return the catalogue at `path`."""
    return read_catalogue(path)


@pytest.fixture(params=LANGUAGES)
def translated_messages(request: pytest.FixtureRequest) -> set[object]:
    """Return the messages in all catalogues of one language; tests run once for each.

    Flask-Babel merges the catalogues of a language, so any catalogue may contain a message.
    """
    return {
        message.id
        for path in CATALOGUES
        if language_of(path) == request.param
        for message in messages(read_catalogue(path))
    }


@pytest.fixture(scope="session")
def used_messages() -> set[object]:
    """Return the messages in the code and templates of all packages."""
    extracted = extract_from_dir(SERVICE, EXTRACTORS, keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in extracted}


def read_catalogue(path: Path) -> Catalog:
    """Return the catalogue in a file `messages.po`."""
    return read_po(BytesIO(path.read_bytes()), locale=language_of(path))


def messages(catalogue: Catalog) -> list[Message]:
    """Return the messages of a catalogue, without its header."""
    return [message for message in catalogue if message.id]


def translations(message: Message) -> list[str]:
    """Return the translation of the message, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def entries(compiled: bytes) -> list[object]:
    """Return the messages and translations of a compiled catalogue, without the header."""
    return [(message.id, message.string) for message in messages(read_mo(BytesIO(compiled)))]


def compile_catalogue(catalogue: Catalog) -> bytes:
    """Return the catalogue as the content of a file `messages.mo`."""
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def placeholders(text: str) -> list[str]:
    """Return the placeholders, like `%(count)d`, in alphabetical order."""
    return sorted(PLACEHOLDER.findall(text))


def test_no_message_is_missing(
    used_messages: set[object], translated_messages: set[object]
) -> None:
    assert not used_messages - translated_messages


def test_no_message_is_unused(used_messages: set[object], translated_messages: set[object]) -> None:
    assert not translated_messages - used_messages


def test_catalogue_has_no_obsolete_messages(catalogue: Catalog) -> None:
    assert not catalogue.obsolete


def test_every_message_is_translated(path: Path, catalogue: Catalog) -> None:
    if language_of(path) == SOURCE_LANGUAGE:
        return

    untranslated = [message.id for message in messages(catalogue) if not all(translations(message))]

    assert not untranslated


def test_no_translation_is_fuzzy(catalogue: Catalog) -> None:
    fuzzy = [message.id for message in messages(catalogue) if message.fuzzy]

    assert not fuzzy


def test_every_translation_has_the_placeholders_of_its_message(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        expected = placeholders(message.id if isinstance(message.id, str) else message.id[-1])

        assert all(placeholders(text) == expected for text in translations(message) if text)


def test_compiled_catalogue_is_up_to_date(path: Path, catalogue: Catalog) -> None:
    compiled = path.with_suffix(".mo").read_bytes()

    assert entries(compiled) == entries(compile_catalogue(catalogue)), (
        "Compile the catalogue, as README.md describes."
    )


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        pytest.param("en", 0, "0 answers", id="none in English"),
        pytest.param("en", 1, "1 answer", id="one in English"),
        pytest.param("en", 2, "2 answers", id="two in English"),
        pytest.param("ko", 1, "답변 1개", id="one in Korean"),
        pytest.param("ko", 2, "답변 2개", id="two in Korean"),
    ],
)
def test_plural_form_depends_on_the_language(
    app: Flask, language: str, count: int, expected: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert ngettext("%(num)d answer", "%(num)d answers", count) == expected


@pytest.mark.parametrize(
    ("language", "message"),
    [
        pytest.param("en", r"Method not allowed\.", id="English"),
        pytest.param("ko", r"[가-힣 ]+\.", id="Korean"),
    ],
)
def test_error_has_the_language_of_the_client(
    client: FlaskClient, language: str, message: str
) -> None:
    response = client.put("/api/v1/questions", headers={"Accept-Language": language})

    assert re.fullmatch(message, response.get_json()["detail"])
