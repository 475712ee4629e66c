"""The catalogues: whatever a person can read is there in every language, and nothing else is.

README.md tells how to bring them up to date.
"""

import re
from functools import cache
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

from service.config import ROOT
from service.core.languages import LANGUAGES

SERVICE = ROOT / "service"
PACKAGES = sorted(module.parent.name for module in SERVICE.glob("*/__init__.py"))
READ_BY = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
# The language of the sources: there, a message without a translation says itself.
SOURCE_LANGUAGE = "en"
PLACEHOLDER = re.compile(r"%\(\w+\)[ds]|{\w*}")


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    """Name each package, one after the other."""
    return str(request.param)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Name each language, one after the other."""
    return str(request.param)


@pytest.fixture
def path(package: str, language: str) -> Path:
    """Name the catalogue of the package in the language; a package without messages has none."""
    return SERVICE / package / "translations" / language / "LC_MESSAGES" / "messages.po"


@pytest.fixture
def catalogue(path: Path, language: str) -> Catalog:
    """Read the catalogue."""
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=language)


@cache
def used_messages(package: str) -> set[object]:
    """Return the messages that the package uses; those of the shared templates belong to `core`."""
    folders = [SERVICE / package, *([SERVICE / "templates"] if package == "core" else [])]
    return {
        found[2]
        for folder in folders
        for found in extract_from_dir(folder, READ_BY, keywords=KEYWORDS)
    }


def messages(catalogue: Catalog) -> list[Message]:
    """Return the messages without the header."""
    return [message for message in catalogue if message.id]


def translations(message: Message) -> list[str]:
    """Return what stands for the message: one text, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def content(compiled: bytes) -> list[object]:
    """Return what a compiled catalogue says, in its own order and without the header."""
    return [(message.id, message.string) for message in messages(read_mo(BytesIO(compiled)))]


def compile_catalogue(catalogue: Catalog) -> bytes:
    """Return the catalogue as the service reads it."""
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def placeholders(text: str) -> list[str]:
    """Return the places that are filled in, like `%(count)d`, in alphabetical order."""
    return sorted(PLACEHOLDER.findall(text))


def test_no_message_is_missing(package: str, catalogue: Catalog) -> None:
    missing = used_messages(package) - {message.id for message in messages(catalogue)}

    assert not missing


def test_no_message_is_unused(package: str, catalogue: Catalog) -> None:
    unused = {message.id for message in messages(catalogue)} - used_messages(package)

    assert not unused | catalogue.obsolete.keys()


def test_every_message_is_translated(language: str, catalogue: Catalog) -> None:
    if language == SOURCE_LANGUAGE:
        return

    untranslated = [message.id for message in messages(catalogue) if not all(translations(message))]

    assert not untranslated


def test_no_translation_is_a_guess(catalogue: Catalog) -> None:
    fuzzy = [message.id for message in messages(catalogue) if message.fuzzy]

    assert not fuzzy


def test_every_translation_has_the_places_to_fill_in(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        expected = placeholders(message.id if isinstance(message.id, str) else message.id[-1])

        assert all(placeholders(text) == expected for text in translations(message) if text)


def test_the_compiled_catalogue_is_up_to_date(path: Path, catalogue: Catalog) -> None:
    compiled = path.with_suffix(".mo")
    service_reads = content(compiled.read_bytes()) if path.exists() else []

    assert service_reads == content(compile_catalogue(catalogue)), "Compile it: README.md says how."


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
def test_answers_are_counted_as_the_language_does(
    app: Flask, language: str, count: int, expected: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert ngettext("%(num)d answer", "%(num)d answers", count) == expected


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "This address does not do that."), ("ko", "이 주소에서는 할 수 없는 요청이에요.")],
)
def test_an_error_is_told_in_the_language_of_the_reader(
    client: FlaskClient, language: str, sentence: str
) -> None:
    response = client.put("/api/v1/questions", headers={"Accept-Language": language})

    assert response.get_json()["detail"] == sentence
