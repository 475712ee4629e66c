"""Simultaneous requests that change data: no race of two routes ends with a server error."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations_with_replacement, count
from random import Random
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import Connection, event
from werkzeug.routing import Rule

from service.accounts.authentication import password_hasher
from service.accounts.mailed_tokens import Purpose, issue_token
from service.accounts.models import Member
from service.accounts.principal import session_access_token
from service.accounts.sessions import create_session
from service.database.columns import now
from service.extensions import db
from tests.accounts.people import create_member
from tests.conftest import MakeAnswer, MakeQuestion

WRITE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}
CLIENTS_PER_ROUTE = 2
DRAWN_PAIRS = 60
PASSWORD = "a long walk by the sea"  # noqa: S105  # Used in tests only.
TEXTS = {"title": "How do I end?", "body": "I have started."}
NEW_PASSWORD = {"current_password": PASSWORD, "new_password": "another walk by the sea"}


@dataclass(frozen=True)
class Route:
    """A route that changes data."""

    method: str
    rule: Rule

    def __str__(self) -> str:
        """Return the method and the URL rule."""
        return f"{self.method} {self.rule.rule}"


@dataclass(frozen=True)
class Scene:
    """A member with a session, and a question and an answer of this member."""

    app: Flask
    number: int
    url_arguments: dict[str, object]
    access_token: str
    refresh_token: str

    def body(self, endpoint: str) -> Mapping[str, object]:
        """Return a valid request body for the route."""
        newcomer = {"email": f"cy{self.number}@example.com", "name": f"Cy {self.number}"}
        bodies: dict[str, Mapping[str, object]] = {
            "questions.create_question": TEXTS,
            "questions.create_answer": {"body": "So."},
            "community.update_question": TEXTS,
            "community.vote_on_question": {"value": 1},
            "community.accept_answer": {"answer_id": self.url_arguments["answer_id"]},
            "community.update_answer": {"body": "Not so."},
            "community.vote_on_answer": {"value": 1},
            "auth_api.register": {
                **newcomer,
                "password": PASSWORD,
                "token": self.url_arguments["invitation"],
            },
            "auth_api.login": {"email": f"ann{self.number}@example.com", "password": PASSWORD},
            "auth_api.refresh": {"refresh_token": self.refresh_token},
            "auth_api.change_password": NEW_PASSWORD,
            "auth_api.change_me": {"name": newcomer["name"]},
            "auth_api.change_email": {"email": newcomer["email"], "password": PASSWORD},
            "auth_api.confirm_email": {"token": self.url_arguments["email_token"]},
            "auth_api.delete_me": {"password": PASSWORD, "posts": "delete"},
            "auth_api.forgot_password": {"email": f"ann{self.number}@example.com"},
            "auth_api.reset_password": {"token": self.url_arguments["token"], "password": PASSWORD},
            # [template] if forms
            "forms.question": {**TEXTS, "idempotency_key": f"key {self.number}"},
            "forms.create_answer": {**TEXTS, "idempotency_key": f"key {self.number}"},
            "member_posts.edit": TEXTS,
            "member_posts.vote": {"value": "1"},
            "members.register": {**newcomer, "password": PASSWORD},
            "members.login": {"email": f"ann{self.number}@example.com", "password": PASSWORD},
            "members.change_password": NEW_PASSWORD,
            "members.edit_profile": {"name": newcomer["name"]},
            "member_tokens.change_email": {"email": newcomer["email"], "password": PASSWORD},
            "member_deletion.delete_account": {"password": PASSWORD, "posts": "keep"},
            "member_tokens.forgot_password": {"email": f"ann{self.number}@example.com"},
            "member_tokens.use_reset_token": {"password": PASSWORD},
            "member_tokens.accept_invitation": {**newcomer, "password": PASSWORD},
            # [template] endif
        }
        return bodies.get(endpoint, {})

    def send(self, route: Route) -> int:
        """Send a valid request as the member, and return the status of the response."""
        endpoint = route.rule.endpoint
        arguments = {name: self.url_arguments[name] for name in route.rule.arguments}
        # [template] if forms
        if endpoint == "member_tokens.accept_invitation":
            arguments["token"] = self.url_arguments["invitation"]
        if endpoint == "member_tokens.confirm_email":
            arguments["token"] = self.url_arguments["email_token"]
        # [template] endif
        path = self.app.url_map.bind("localhost").build(endpoint, arguments, route.method)
        client = self.app.test_client()
        client.set_cookie("access", self.access_token)  # [template] if forms
        body = self.body(endpoint)
        is_api = path.startswith("/api/")
        response = client.open(
            path,
            method=route.method,
            json=body if is_api else None,
            data=None if is_api else body,
            headers={
                "Authorization": f"Bearer {self.access_token}",
                "Idempotency-Key": f"key {self.number}",
            },
        )
        return response.status_code


MakeScene = Callable[[], Scene]


@pytest.fixture(scope="module")
def racing_app(make_app: Callable[..., Flask]) -> Flask:
    """Return a new application."""
    return make_app()


@pytest.fixture
def make_scene(
    racing_app: Flask, make_question: MakeQuestion, make_answer: MakeAnswer
) -> MakeScene:
    """Return a function that creates a new scene."""
    racing_app.config["WTF_CSRF_ENABLED"] = False  # [template] if forms
    numbers = count()
    with racing_app.app_context():
        password_hash = password_hasher().hash(PASSWORD)

    def make() -> Scene:
        number = next(numbers)
        with racing_app.app_context():
            member = db.session.get_one(Member, create_member(f"Ann{number}"))
            member.password_hash = password_hash
            question = make_question(author_id=member.id, answer_count=1)
            db.session.add(question)
            db.session.flush()
            answer = make_answer(question.id, author_id=member.id)
            db.session.add(answer)
            db.session.commit()
            session = create_session(member.id, "a test", "127.0.0.0/24", now())
            cy = f"cy{number}@example.com"
            arguments = {
                "question_id": question.id,
                "answer_id": answer.id,
                "session_id": session.session_id,
                "invitation": issue_token(Purpose.INVITATION, cy, None, now()),
                "email_token": issue_token(Purpose.EMAIL_CONFIRMATION, cy, member.id, now()),
                "token": issue_token(Purpose.PASSWORD_RESET, member.email, member.id, now()),
            }
            access_token = session_access_token(session)
        return Scene(racing_app, number, arguments, access_token, session.refresh_token)

    return make


@pytest.fixture
def routes(racing_app: Flask) -> list[Route]:
    """Return all routes that change data."""
    return [
        Route(method, rule)
        for rule in racing_app.url_map.iter_rules()
        if rule.endpoint != "forms.preview"  # [template] if forms
        for method in sorted(WRITE_METHODS & (rule.methods or set()))
    ]


@pytest.fixture
def statements_after_commit(racing_app: Flask) -> Iterator[list[str]]:
    """Yield the list of the SQL statements since the last commit."""
    recorded: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        recorded.append(statement)

    def clear(_connection: Connection) -> None:
        recorded.clear()

    with racing_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", record)
    event.listen(engine, "commit", clear)
    yield recorded
    event.remove(engine, "before_cursor_execute", record)
    event.remove(engine, "commit", clear)


def test_every_response_is_complete_before_the_last_commit(
    make_scene: MakeScene, routes: list[Route], statements_after_commit: list[str]
) -> None:
    statuses, late = {}, {}
    for route in routes:
        statuses[str(route)] = make_scene().send(route)
        if statements_after_commit:
            late[str(route)] = list(statements_after_commit)

    assert {route: status for route, status in statuses.items() if status >= 400} == {}
    assert late == {}


@pytest.mark.slow
def test_races_of_two_routes_cause_no_server_error(
    make_scene: MakeScene, routes: list[Route]
) -> None:
    deletion = next(route for route in routes if "delete_question" in route.rule.endpoint)
    others = list(combinations_with_replacement(routes, 2))
    # Every run draws the same pairs. The deletion of a question races with every route.
    pairs = [(deletion, route) for route in routes] + Random(0).sample(others, DRAWN_PAIRS)  # noqa: S311  # Not used for security.
    start = Barrier(2 * CLIENTS_PER_ROUTE)
    errors = []

    def send(scene: Scene, route: Route) -> int:
        start.wait(60)
        return scene.send(route)

    with ThreadPoolExecutor(2 * CLIENTS_PER_ROUTE) as threads:
        for pair in pairs:
            scenes = [make_scene()] * 2 * CLIENTS_PER_ROUTE
            statuses = list(threads.map(send, scenes, pair * CLIENTS_PER_ROUTE))
            if max(statuses) >= 500:
                errors.append(f"{pair[0]} and {pair[1]}: {statuses}")

    assert errors == []
