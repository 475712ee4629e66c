"""Hostile requests: no route responds with a server error, even to malformed input."""

import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from service.extensions import db
from service.web.api import api
from tests.conftest import MakeQuestion, MakeWriter
from tests.page import Page  # [template] if forms

pytestmark = pytest.mark.slow

Routes = list[tuple[str, str]]
MakeClient = Callable[[], tuple[FlaskClient, str]]

# The default directory of Hypothesis is in this project.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")
# Every run draws the same examples, so that a failure can be reproduced.
FEW_EXAMPLES, MANY_EXAMPLES = (
    settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for count in (5, 10)
)
READ_METHODS = {"GET"}
WRITE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}
# These routes come last, because the others need a session and a question.
LAST_ROUTES = re.compile("logout|delete|DELETE")
# Some headers are checked only over HTTPS.
BASE_URL = "https://localhost"
HOSTILE_TEXTS = [
    "", "\0", "\ud800", "\r\nX: y", "' OR 1=1--", "%", "\\", "../../.env", "{{7*7}}", "😀" * 3000,
    "0", "-1", "1.5", "0x1", "٣", "NaN", "9" * 30, "9" * 5000, "2147483648", "0.1", "9999999999.1",
]  # fmt: skip
HEADER_NAMES = [
    "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization",
    "Access-Control-Request-Headers", "Access-Control-Request-Method", "Baggage", "Cache-Control",
    "Connection", "Content-Encoding", "Content-Language", "Content-Length", "Content-MD5",
    "Content-Range", "Content-Type", "Cookie", "Date", "Expect", "Forwarded", "From", "Host",
    "Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "If-Unmodified-Since", "Max-Forwards", "Origin", "Pragma", "Prefer", "Priority",
    "Proxy-Authorization", "Range", "Referer", "Sec-Fetch-Mode", "Sec-Fetch-Site", "TE", "Trailer",
    "Traceparent", "Transfer-Encoding", "Upgrade", "User-Agent", "Via", "X-CSRFToken",
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-HTTP-Method-Override",
    "X-Request-ID",
]  # fmt: skip
HOSTILE_HEADERS = [
    "", "é" * 300, "\x7f\x01", "=;,=", '"', "-1", "%zz", "9" * 5000,
    "bytes=0-0,9-", "bytes=-" + "9" * 5000, "text/html;q=1e999", "text/plain; a*9=x; a*=no'x'%41",
    "Bearer a.b.c", "Basic é", "multipart/form-data; boundary=é",
    "application/json; charset=utf-7", "Thu, 01 Jan 1970 00:00:00 +9999999999999999999",
    "Thu, 01 Jan 99999999999999999999 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359",
    "https://[::1", "https://localhost:1.evil.example/", "[::1",
]  # fmt: skip
# The routes to which each header is sent with each value.
ROUTES_FOR_HEADERS = [
    ("GET", "/static/site.css"),
    ("POST", "/main/question"),  # [template] if forms
    ("POST", "/api/v1/questions"),
]
CONTENT_TYPES = [
    "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "text/plain",
]  # fmt: skip
HOSTILE_BODIES = [
    b"{", b"[1,2]", b'"abc"', b'"\\ud800"', b"1e999", b"9" * 5000, b"[" * 100_000, b"\xff",
    b"a=b&" * 2000,
    b'--x\r\nContent-Disposition: form-data; name="title"; filename=""\r\n\r\n\r\n--x--\r\n',
    b"--x\r\nContent-Disposition: form-data\r\n\r\na part without a name\r\n--x--\r\n",
]  # fmt: skip

texts = st.sampled_from(HOSTILE_TEXTS) | st.text(max_size=20)
values = st.recursive(
    texts | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
header_texts = st.sampled_from(HOSTILE_HEADERS) | (
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20)
)
files = st.builds(lambda data: FileStorage(BytesIO(data), "name.txt"), st.binary(max_size=20))


@st.composite
def named_values(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw a dictionary. Many of its keys are names of parameters and fields of the API."""
    return draw(st.dictionaries(st.sampled_from(known_names()) | texts, values, max_size=4))


@cache
def known_names() -> list[str]:
    """Return the names of all parameters and fields of the API. The forms use the same names."""
    document = api.spec.to_dict()
    schemas = document["components"]["schemas"].values()
    fields = {name for schema in schemas for name in schema["properties"]}
    return sorted(fields.union(re.findall(r'"name": "([\w-]+)"', json.dumps(document["paths"]))))


class BrokenInput:
    """A `wsgi.input` of a server that cannot parse the body, for example malformed chunks."""

    def read(self, _size: int = -1) -> NoReturn:
        """Raise an exception that only this server knows."""
        raise Exception("invalid chunk size")  # noqa: TRY002  # Any exception.


@pytest.fixture
def make_client(app: Flask, make_writer: MakeWriter, make_question: MakeQuestion) -> MakeClient:
    """Return a function that returns a new client with write access and the id of a new question.

    Each example needs its own, because a request may change or delete them.
    """

    def make_client() -> tuple[FlaskClient, str]:
        with app.app_context():
            question = make_question()
            db.session.add(question)
            db.session.commit()
            question_id = str(question.id)
        client = make_writer(app)
        # [template] if forms
        # Like a browser, the client sends a valid CSRF token and a referrer with each request.
        page = Page(client.get(f"/main/question/{question_id}", base_url=BASE_URL).text)
        client.environ_base["HTTP_X_CSRFTOKEN"] = page.fields["csrf_token"]
        client.environ_base["HTTP_REFERER"] = f"{BASE_URL}/"
        # [template] endif
        return client, question_id

    return make_client


def routes(app: Flask, methods: set[str]) -> Routes:
    """Return a pair of method and URL rule for each route with one of the methods."""
    routes = [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted(methods & (rule.methods or set()))
    ]
    return sorted(routes, key=lambda route: bool(LAST_ROUTES.search(" ".join(route))))


def server_errors(client: FlaskClient, routes: Routes, segment: str, **request: Any) -> list[str]:
    """Send a request to each route; return the status, method and path of each server error.

    `segment` replaces the variable parts of the URL.
    """
    errors = []
    for method, pattern in routes:
        path = re.sub("<.+?>", quote(segment, safe="", errors="surrogatepass"), pattern)
        with client.open(path, method=method, base_url=BASE_URL, **request) as response:
            if response.status_code >= 500:
                errors.append(f"{response.status_code} {method} {path}")
    return errors


@FEW_EXAMPLES
@given(segment=texts, query=named_values(texts))
@pytest.mark.usefixtures("stamp")
def test_hostile_url_causes_no_server_error(
    app: Flask, make_client: MakeClient, segment: str, query: dict[str, str]
) -> None:
    client, _ = make_client()
    query_string = urlencode(query, errors="surrogatepass")

    assert (
        server_errors(client, routes(app, READ_METHODS), segment, query_string=query_string) == []
    )


def test_header_with_a_hostile_value_causes_no_server_error(
    app: Flask, make_client: MakeClient
) -> None:
    client, _ = make_client()
    # A client with cookies replaces the header `Cookie`.
    without_cookies = app.test_client(use_cookies=False)
    failures = {}

    for name in HEADER_NAMES:
        for value in HOSTILE_HEADERS:
            # `If-Range` has an effect only together with `Range`.
            request = {"data": {"title": "x"}, "headers": {"Range": "bytes=0-0", name: value}}
            sender = without_cookies if name == "Cookie" else client
            if errors := server_errors(sender, ROUTES_FOR_HEADERS, "", **request):
                failures[name, value] = errors

    assert failures == {}


@FEW_EXAMPLES
@given(headers=st.dictionaries(st.sampled_from(HEADER_NAMES), header_texts, max_size=5))
@pytest.mark.usefixtures("stamp")
def test_hostile_headers_cause_no_server_error(
    app: Flask, make_client: MakeClient, headers: dict[str, str]
) -> None:
    client, question_id = make_client()
    all_routes = routes(app, READ_METHODS | WRITE_METHODS)

    assert server_errors(client, all_routes, question_id, headers=headers) == []


@MANY_EXAMPLES
@given(document=values | named_values(values))
@example(document={"\ud800": "a field named with a lone surrogate"})
@example(document={"title": 5, "body": []})
@example(document={"email": 5, "password": {}})  # [template] if auth
def test_hostile_json_causes_no_server_error(
    app: Flask, make_client: MakeClient, document: object
) -> None:
    client, question_id = make_client()
    request = {"data": json.dumps(document), "content_type": "application/json"}

    assert server_errors(client, routes(app, WRITE_METHODS), question_id, **request) == []


@MANY_EXAMPLES
@given(fields=named_values(texts))
def test_hostile_form_causes_no_server_error(
    app: Flask, make_client: MakeClient, fields: dict[str, str]
) -> None:
    client, question_id = make_client()
    body = urlencode(fields, errors="surrogatepass")
    request = {"data": body, "content_type": "application/x-www-form-urlencoded"}

    assert server_errors(client, routes(app, WRITE_METHODS), question_id, **request) == []


@MANY_EXAMPLES
@given(fields=named_values(st.text(max_size=20) | files))
@example(fields={name: FileStorage(BytesIO(b"x"), "x") for name in ("title", "body", "email")})
def test_file_in_a_form_causes_no_server_error(
    app: Flask, make_client: MakeClient, fields: dict[str, str | FileStorage]
) -> None:
    client, question_id = make_client()
    boundary, body = encode_multipart(fields)
    request = {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}

    assert server_errors(client, routes(app, WRITE_METHODS), question_id, **request) == []


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_body_of_any_content_type_causes_no_server_error(
    app: Flask, make_client: MakeClient, content_type: str
) -> None:
    for body in HOSTILE_BODIES:
        client, question_id = make_client()
        request = {"data": body, "content_type": content_type}

        assert server_errors(client, routes(app, WRITE_METHODS), question_id, **request) == []


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_body_that_the_server_cannot_parse_causes_no_server_error(
    app: Flask, make_client: MakeClient, content_type: str
) -> None:
    client, question_id = make_client()
    environ = {
        "wsgi.input": BrokenInput(),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    request = {"environ_overrides": environ, "content_type": content_type}

    assert server_errors(client, routes(app, WRITE_METHODS), question_id, **request) == []
