"""The status of each page for a visitor and for the authors of a question and an answer."""

import pytest
from flask import Flask

from tests.accounts.people import create_access_token
from tests.members.browser import Browser
from tests.members.permissions import BLUEPRINTS, PAGES, Row


@pytest.fixture
def browsers(app: Flask) -> list[Browser]:
    """Return the browsers of a visitor, Bob and Ann, in the order of a row's statuses."""
    tokens = [create_access_token(app, name) for name in ("Bob", "Ann")]
    return [Browser(app), *(Browser(app, {"access": token}) for token in tokens)]


def test_every_page_is_listed(app: Flask) -> None:
    pages = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in BLUEPRINTS
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(row.method, row.rule) for row in PAGES} == pages


@pytest.mark.slow
@pytest.mark.parametrize("row", PAGES, ids=lambda row: f"{row.method} {row.rule}")
def test_page_returns_the_listed_status(
    browsers: list[Browser], question_id: int, answer_id: int, row: Row
) -> None:
    path = (
        row.rule.replace("<id:question_id>", str(question_id))
        .replace("<id:answer_id>", str(answer_id))
        .replace("<session_id>", "unknown")
        .replace("<token>", "unknown")
    )
    expected = [row.visitor, row.bob, row.ann]
    statuses = {}

    # Requests that should succeed are sent last, because they may delete the post.
    for index in sorted(range(3), key=lambda index: expected[index] in {200, 303}):
        send = browsers[index].submit if row.method == "POST" else browsers[index].get
        statuses[index] = send(path, **row.fields).status_code

    assert [statuses[index] for index in range(3)] == expected
