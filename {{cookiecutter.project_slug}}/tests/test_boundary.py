"""Whatever comes in, from whomever: no address ever answers with a defect."""

import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from service.extensions import api, db
from tests.conftest import MakeQuestion, MakeWriter
from tests.page import Page

pytestmark = pytest.mark.slow

Places = list[tuple[str, str]]
Begin = Callable[[], tuple[FlaskClient, str]]

# Else it would keep a folder in this project.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")
# The same in each run: whoever meets a failure meets that of everybody else.
FEW, MANY = (
    settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for count in (6, 15)
)
READ = {"GET"}
WRITE = {"POST", "PUT", "PATCH", "DELETE"}
HOSTILE = [
    "", "\0", "\ud800", "\r\nX: y", "' OR 1=1--", "%", "\\", "../../.env", "{{7*7}}", "😀" * 3000,
    "0", "-1", "1.5", "0x1", "٣", "NaN", "9" * 30, "9" * 5000, "2147483648", "0.1", "9999999999.1",
]  # fmt: skip
HEADERS = [
    "Accept", "Accept-Language", "Authorization", "Cookie", "Host", "Idempotency-Key", "Origin",
    "If-Modified-Since", "If-None-Match", "If-Range", "Range", "Referer", "Transfer-Encoding",
    "X-Forwarded-For", "X-Forwarded-Host", "X-HTTP-Method-Override", "X-Request-ID",
]  # fmt: skip
TYPES = [
    "application/json", "application/json; charset=utf-16", "application/json;;=", "text/plain",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
]  # fmt: skip

texts = st.sampled_from(HOSTILE) | st.text(max_size=20)
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
header_texts = st.sampled_from(["", "é" * 300, "=;,=", '"', "bytes=0-0,9-", "[::1", "*", "-1"]) | (
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)
)


@st.composite
def named(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw values, most of them for names that the service knows."""
    return draw(st.dictionaries(st.sampled_from(known_names()) | texts, values, max_size=4))


@cache
def known_names() -> list[str]:
    """Return what parameters and fields are called; the forms call their fields the same."""
    document = api.spec.to_dict()
    schemas = document["components"]["schemas"].values()
    fields = {name for schema in schemas for name in schema["properties"]}
    return sorted(fields.union(re.findall(r'"name": "([\w-]+)"', json.dumps(document["paths"]))))


@pytest.fixture
def begin(app: Flask, make_writer: MakeWriter, make_question: MakeQuestion) -> Begin:
    """Begin anew, as somebody who may write, with a question of theirs: a request may end both."""

    def begin() -> tuple[FlaskClient, str]:
        with app.app_context():
            question = make_question()
            db.session.add(question)
            db.session.commit()
            return make_writer(app), str(question.id)

    return begin


def places(app: Flask, methods: set[str]) -> Places:
    """Return each method and address pattern of the service, of these methods."""
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted(methods & (rule.methods or set()))
    ]


def defects(client: FlaskClient, places: Places, segment: str, **request: Any) -> list[str]:
    """Send a request to each place; return those that answered with a defect."""
    found = []
    for method, pattern in places:
        path = re.sub("<.+?>", quote(segment, safe="", errors="surrogatepass"), pattern)
        with client.open(path, method=method, **request) as response:
            if response.status_code >= 500:
                found.append(f"{response.status_code} {method} {path}")
    return found


@FEW
@given(segment=texts, query=named(texts))
@pytest.mark.usefixtures("stamp")
def test_a_hostile_address_is_answered(
    app: Flask, begin: Begin, segment: str, query: dict[str, str]
) -> None:
    """H01, H02, H04, H05, H21."""
    client, _ = begin()
    words = urlencode(query, errors="surrogatepass")

    assert defects(client, places(app, READ), segment, query_string=words) == []


@FEW
@given(headers=st.dictionaries(st.sampled_from(HEADERS), header_texts, max_size=5))
@pytest.mark.usefixtures("stamp")
def test_hostile_headers_are_answered(app: Flask, begin: Begin, headers: dict[str, str]) -> None:
    """H25, H26."""
    client, question_id = begin()

    assert defects(client, places(app, READ), question_id, headers=headers) == []


@MANY
@given(document=values | named(values))
@example(document={"\ud800": "a field named by half a character"})
def test_a_hostile_document_is_answered(app: Flask, begin: Begin, document: object) -> None:
    """R6.02, H06, H07, H08, H18, H19."""
    client, question_id = begin()
    request = {"data": json.dumps(document), "content_type": "application/json"}
    of_api = [place for place in places(app, WRITE) if place[1].startswith("/api/")]

    assert defects(client, of_api, question_id, **request) == []


@MANY
@given(fields=named(texts))
def test_a_hostile_form_is_answered(app: Flask, begin: Begin, fields: dict[str, str]) -> None:
    """R6.02, H18, H19."""
    client, question_id = begin()
    hidden = Page(client.get(f"/main/question/{question_id}").text).fields
    body = urlencode({**hidden, **fields}, errors="surrogatepass")
    request = {"data": body, "content_type": "application/x-www-form-urlencoded"}

    assert defects(client, places(app, WRITE), question_id, **request) == []


@FEW
@given(body=st.binary(max_size=100), content_type=st.sampled_from(TYPES))
def test_a_body_of_any_kind_is_answered(
    app: Flask, begin: Begin, body: bytes, content_type: str
) -> None:
    """R6.02, H09, H10."""
    client, question_id = begin()
    request = {"data": body, "content_type": content_type}

    assert defects(client, places(app, WRITE), question_id, **request) == []
