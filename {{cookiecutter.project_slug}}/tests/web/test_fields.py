"""Text rules, the fields of schemas, and ids in URLs."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, ValidationError
from werkzeug.routing import Map

from service.board.models import Question
from service.board.rules import BODY, TITLE
from service.database.columns import MAX_ID
from service.database.pagination import Cursor, Order
from service.web.fields import (
    BoundedIntegerField,
    ChoiceField,
    CursorField,
    IdConverter,
    TextField,
    TextRule,
)

SINGLE_LINE = TextRule(minimum=3, maximum=5)
MULTILINE = TextRule(minimum=0, maximum=20, multiline=True)
BY_ID = Order((Question.id,))


class Body(Schema):
    """A schema with a field of each class."""

    text = TextField(SINGLE_LINE)
    number = BoundedIntegerField(1, 5)
    strict_number = BoundedIntegerField(1, 5, strict=True)
    size = ChoiceField(["small", "large"])
    after = CursorField(lambda _query: BY_ID)


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    """Push a request context, which sets the language of the messages."""
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("  abc \n", "abc", id="surrounding whitespace"),
        pytest.param("\u3000안녕\u00a0", "안녕", id="ideographic and no-break spaces"),
        pytest.param("a  b", "a  b", id="inner whitespace"),
    ],
)
def test_single_line_is_stripped(text: str, cleaned: str) -> None:
    assert SINGLE_LINE.clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("    x = 1\n\n", "    x = 1\n\n", id="indented code"),
        pytest.param("\n\n  abc", "\n\n  abc", id="empty lines at the beginning"),
        pytest.param("a\r\nb\rc\nd", "a\nb\nc\nd", id="line breaks of three systems"),
    ],
)
def test_text_of_several_lines_stays_as_typed(text: str, cleaned: str) -> None:
    assert MULTILINE.clean(text) == cleaned


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(SINGLE_LINE, "abc", id="shortest"),
        pytest.param(SINGLE_LINE, "abcde", id="longest"),
        pytest.param(SINGLE_LINE, "😀😀😀😀😀", id="longest in characters of four bytes"),
        pytest.param(SINGLE_LINE, "a\u0301bc", id="combining mark"),
        pytest.param(MULTILINE, "", id="empty optional text"),
        pytest.param(MULTILINE, "a\n\tb", id="line breaks and tabs"),
        pytest.param(MULTILINE, "\u202eabc", id="right-to-left override"),
    ],
)
def test_valid_text_has_no_error(rule: TextRule, text: str) -> None:
    assert rule.error_message(text) is None


@pytest.mark.parametrize("rule", [TITLE, BODY])
@pytest.mark.parametrize(
    "invisible",
    [
        "\u00ad", "\u034f", "\u061c", "\u115f", "\u17b4", "\u180e", "\u200b", "\u200d", "\u202e",
        "\u2028", "\u2060", "\u2064", "\u206f", "\u2800", "\u3000", "\u3164", "\ufe0f", "\ufeff",
        "\uffa0", "\ufffa", "\U00016fe4", "\U0001d159", "\U000e0001", "\U000e0061", "\U000e01ef",
    ],
)  # fmt: skip
def test_text_of_invisible_characters_counts_as_empty(rule: TextRule, invisible: str) -> None:
    for text in (invisible, invisible * 5, f"{invisible} \u200b {invisible}"):
        assert rule.error_message(rule.clean(text)) == "This field is required."


def test_invisible_characters_do_not_count_for_the_minimum() -> None:
    assert SINGLE_LINE.error_message("a\u200b\u200bb") == "Enter at least 3 characters."
    assert SINGLE_LINE.error_message("ab\u200bc") is None


@pytest.mark.parametrize(
    ("rule", "text", "error"),
    [
        pytest.param(SINGLE_LINE, "", "This field is required.", id="empty"),
        pytest.param(SINGLE_LINE, "ab", "Enter at least 3 characters.", id="too short"),
        pytest.param(
            SINGLE_LINE, "abcdef", "Enter at most 5 characters (it has 6).", id="too long"
        ),
        pytest.param(
            BODY,
            "x" * 20_001,
            "Enter at most 20,000 characters (it has 20,001).",
            id="numbers as in the character counter",
        ),
        pytest.param(SINGLE_LINE, "a\nb", "Enter a single line.", id="line break"),
        pytest.param(SINGLE_LINE, "a\tb", "Enter a single line.", id="tab"),
        pytest.param(SINGLE_LINE, "a\u2028b", "Enter a single line.", id="line separator"),
        pytest.param(SINGLE_LINE, "a\u2029b", "Enter a single line.", id="paragraph separator"),
        pytest.param(SINGLE_LINE, "a\u202eb", "Remove the invisible", id="direction override"),
        pytest.param(SINGLE_LINE, "a\u2066b", "Remove the invisible", id="direction isolate"),
        pytest.param(MULTILINE, "a\x00b", "Remove the characters", id="NUL"),
        pytest.param(MULTILINE, "a\x1b[31m", "Remove the characters", id="escape"),
        pytest.param(MULTILINE, "a\x7fb", "Remove the characters", id="delete"),
        pytest.param(MULTILINE, "a\x85b", "Remove the characters", id="C1 control character"),
        pytest.param(MULTILINE, "a\ud800b", "Remove the characters", id="lone surrogate"),
        pytest.param(
            MULTILINE,
            "x" * 21,
            "Enter at most 20 characters",
            id="too long with line breaks allowed",
        ),
    ],
)
def test_invalid_text_has_an_error(rule: TextRule, text: str, error: str) -> None:
    assert (rule.error_message(text) or "").startswith(error)


@pytest.mark.parametrize(
    ("field", "value", "loaded"),
    [
        pytest.param("text", " abc ", "abc", id="text"),
        pytest.param("number", "5", 5, id="number in a query string"),
        pytest.param("strict_number", 1, 1, id="number in JSON"),
        pytest.param("size", "small", "small", id="choice"),
        pytest.param("after", "7", Cursor((7,)), id="cursor"),
    ],
)
def test_valid_value_is_loaded(field: str, value: object, loaded: object) -> None:
    assert Body().load({field: value}) == {field: loaded}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        pytest.param("text", None, "This field is required.", id="null text"),
        pytest.param("text", 7, "Enter a string.", id="number as text"),
        pytest.param("text", b"\xff", "Enter a string.", id="bytes that are not UTF-8"),
        pytest.param("text", "ab", "Enter at least 3 characters.", id="short text"),
        pytest.param("number", "x", "Enter an integer.", id="text as number"),
        pytest.param("number", 0, "Enter a number between 1 and 5.", id="too small"),
        pytest.param("number", 6, "Enter a number between 1 and 5.", id="too large"),
        pytest.param("number", None, "This field is required.", id="null number"),
        pytest.param("strict_number", 1.5, "Enter an integer.", id="fraction"),
        pytest.param("size", "huge", "Must be one of: small, large.", id="unknown choice"),
        pytest.param("after", "x", "Invalid cursor.", id="not a cursor"),
        pytest.param("after", "1.1", "Invalid cursor.", id="cursor of another order"),
        pytest.param("after", str(MAX_ID + 1), "Invalid cursor.", id="cursor beyond the last id"),
    ],
)
def test_invalid_value_is_rejected(field: str, value: Any, error: str) -> None:
    with pytest.raises(ValidationError) as rejected:
        Body().load({field: value})

    assert rejected.value.messages == {field: [error]}


def test_missing_required_text_is_rejected() -> None:
    with pytest.raises(ValidationError, match=r"This field is required\."):
        Schema.from_dict({"text": TextField(SINGLE_LINE, required=True)})().load({})


def test_largest_id_is_valid() -> None:
    assert IdConverter(Map()).to_python("2147483647") == MAX_ID


@pytest.mark.parametrize(
    "segment",
    [
        "0",
        "-1",
        "+1",
        "01",
        "1.0",
        "0x1",
        "٣",
        "1e3",
        "2147483648",
        "1" + "0" * 20,
        "9" * 5000,
        "1%00",
    ],
)
def test_url_without_a_valid_id_is_not_found(client: FlaskClient, segment: str) -> None:
    assert client.get(f"/main/question/{segment}").status_code == 404
