"""The expected status of each page, by role. `tests.community` has those of the JSON API."""

from typing import NamedTuple

from flask import Flask

QUESTION_RULE = "/main/question/<id:question_id>"
ANSWER_RULE = f"{QUESTION_RULE}/answer/<id:answer_id>"
POST_FIELDS = {"title": "Whose is it?", "body": "Mine."}
BLUEPRINTS = {
    "forms",
    "members",
    "member_deletion",
    "member_export",
    "member_posts",
    "member_tokens",
}


class Row(NamedTuple):
    """A request, and its status for a visitor, for Bob, who answered, and for Ann, who asked."""

    method: str
    rule: str
    visitor: int
    bob: int
    ann: int
    fields: dict[str, str] = {}


PAGES = [
    Row("GET", "/main/question", 302, 200, 200),
    Row("POST", "/main/question", 401, 303, 303, POST_FIELDS),
    Row("POST", "/main/preview", 200, 200, 200, POST_FIELDS),
    Row("POST", f"{QUESTION_RULE}/answer", 401, 303, 303, POST_FIELDS),
    Row("GET", f"{QUESTION_RULE}/edit", 302, 403, 200),
    Row("POST", f"{QUESTION_RULE}/edit", 401, 403, 303, POST_FIELDS),
    Row("GET", f"{QUESTION_RULE}/delete", 302, 403, 200),
    Row("POST", f"{QUESTION_RULE}/delete", 401, 403, 303),
    Row("POST", f"{QUESTION_RULE}/vote", 401, 303, 303, {"value": "1"}),
    Row("POST", f"{QUESTION_RULE}/accept/<id:answer_id>", 401, 403, 303),
    Row("GET", f"{ANSWER_RULE}/edit", 302, 200, 403),
    Row("POST", f"{ANSWER_RULE}/edit", 401, 303, 403, POST_FIELDS),
    Row("GET", f"{ANSWER_RULE}/delete", 302, 200, 403),
    Row("POST", f"{ANSWER_RULE}/delete", 401, 303, 403),
    Row("POST", f"{ANSWER_RULE}/vote", 401, 303, 303, {"value": "1"}),
    Row("GET", "/auth/register", 200, 302, 302),
    Row("POST", "/auth/register", 422, 422, 422),
    Row("GET", "/auth/login", 200, 302, 302),
    Row("POST", "/auth/login", 422, 422, 422),
    Row("GET", "/auth/email", 302, 200, 200),
    Row("POST", "/auth/email", 401, 422, 422),
    Row("POST", "/auth/confirmation", 401, 303, 303),
    Row("GET", "/auth/email/<token>", 303, 303, 303),
    Row("POST", "/auth/email/<token>", 303, 303, 303),
    Row("GET", "/auth/forgot", 200, 200, 200),
    Row("POST", "/auth/forgot", 422, 422, 422),
    Row("GET", "/auth/invitation/<token>", 303, 303, 303),
    Row("POST", "/auth/invitation/<token>", 303, 303, 303),
    Row("GET", "/auth/reset/<token>", 303, 303, 303),
    Row("POST", "/auth/reset/<token>", 303, 303, 303),
    Row("POST", "/auth/logout", 303, 303, 303),
    Row("GET", "/auth/password", 302, 200, 200),
    Row("POST", "/auth/password", 401, 422, 422),
    Row("GET", "/auth/profile", 302, 200, 200),
    Row("POST", "/auth/profile", 401, 422, 422, {"name": " "}),
    Row("GET", "/auth/delete", 302, 200, 200),
    Row("POST", "/auth/delete", 401, 422, 422),
    Row("GET", "/auth/export", 302, 200, 200),
    Row("POST", "/auth/export", 401, 303, 303),
    Row("GET", "/auth/export/data.json", 302, 404, 404),
    Row("GET", "/auth/sessions", 302, 200, 200),
    Row("POST", "/auth/sessions/<session_id>/end", 401, 404, 404),
    Row("POST", "/auth/logout-all", 401, 303, 303),
]


def listed_page_endpoints(app: Flask) -> set[tuple[str, str]]:
    """Return the method and the endpoint of each row in `PAGES`."""
    rows = {(row.method, row.rule) for row in PAGES}
    return {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or set()
        if (method, rule.rule) in rows
    }
