"""Who may do what on the pages; `tests/community/test_permissions.py` has all other routes."""

from typing import NamedTuple

from flask import Flask

QUESTION = "/main/question/<id:question_id>"
ANSWER = f"{QUESTION}/answer/<id:answer_id>"
WORDS = {"title": "Whose is it?", "body": "Mine."}
BLUEPRINTS = {"forms", "members", "sessions", "own_posts"}


class Row(NamedTuple):
    """What each is answered: a stranger, Bob, who wrote the answer, and Ann, who asked."""

    method: str
    rule: str
    stranger: int
    bob: int
    ann: int
    fields: dict[str, str] = {}


PAGES = [
    Row("GET", "/main/question", 302, 200, 200),
    Row("POST", "/main/question", 401, 303, 303, WORDS),
    Row("POST", f"{QUESTION}/answer", 401, 303, 303, WORDS),
    Row("GET", f"{QUESTION}/edit", 302, 403, 200),
    Row("POST", f"{QUESTION}/edit", 401, 403, 303, WORDS),
    Row("POST", f"{QUESTION}/delete", 401, 403, 303),
    Row("POST", f"{QUESTION}/vote", 401, 303, 303, {"value": "1"}),
    Row("POST", f"{QUESTION}/accept/<id:answer_id>", 401, 403, 303),
    Row("GET", f"{ANSWER}/edit", 302, 200, 403),
    Row("POST", f"{ANSWER}/edit", 401, 303, 403, WORDS),
    Row("POST", f"{ANSWER}/delete", 401, 303, 403),
    Row("POST", f"{ANSWER}/vote", 401, 303, 303, {"value": "1"}),
    Row("GET", "/auth/register", 200, 302, 302),
    Row("POST", "/auth/register", 422, 422, 422),
    Row("GET", "/auth/login", 200, 302, 302),
    Row("POST", "/auth/login", 422, 422, 422),
    Row("POST", "/auth/logout", 303, 303, 303),
    Row("GET", "/auth/password", 302, 200, 200),
    Row("POST", "/auth/password", 401, 422, 422),
    Row("GET", "/auth/sessions", 302, 200, 200),
    Row("POST", "/auth/sessions/<session_id>/end", 401, 404, 404),
    Row("POST", "/auth/logout-all", 401, 303, 303),
]


def pages_with_forms(app: Flask) -> set[tuple[str, str]]:
    """Return the method and the endpoint of each row."""
    rows = {(row.method, row.rule) for row in PAGES}
    return {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or set()
        if (method, rule.rule) in rows
    }
