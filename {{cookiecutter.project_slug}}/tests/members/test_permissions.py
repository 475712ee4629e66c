"""Who may do what on the pages, for nobody, another member, and the owner (R6.05)."""

import pytest
from flask import Flask

from tests.accounts.people import token_of_member
from tests.members.permissions import BLUEPRINTS, PAGES, Row
from tests.members.visitor import Visitor


@pytest.fixture
def people(app: Flask) -> list[Visitor]:
    """Make a stranger, Bob and Ann."""
    tokens = [token_of_member(app, name) for name in ("Bob", "Ann")]
    return [Visitor(app), *(Visitor(app, {"access": token}) for token in tokens)]


def test_every_page_has_a_row(app: Flask) -> None:
    pages = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in BLUEPRINTS
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(row.method, row.rule) for row in PAGES} == pages


@pytest.mark.slow
@pytest.mark.parametrize("row", PAGES, ids=lambda row: f"{row.method} {row.rule}")
def test_each_may_do_what_the_table_says(
    people: list[Visitor], question_id: int, answer_id: int, row: Row
) -> None:
    """I01, I02, I04, I12."""
    address = (
        row.rule.replace("<id:question_id>", str(question_id))
        .replace("<id:answer_id>", str(answer_id))
        .replace("<session_id>", "nobodys")
    )
    expected = list(row[2:5])
    statuses = {}

    # Last who may do most, because then it is done.
    for index in sorted(range(3), key=lambda index: expected[index] in {200, 303}):
        send = people[index].send if row.method == "POST" else people[index].get
        statuses[index] = send(address, **row.fields).status_code

    assert [statuses[index] for index in range(3)] == expected
