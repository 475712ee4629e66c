"""Registering, logging in and out, changing the password."""

from collections.abc import Callable

import pytest
from flask import Flask

from service.accounts.access import admit_registration
from service.accounts.members import WrongCredentialsError
from service.accounts.models import Member
from service.accounts.throttle import REGISTRATIONS_FROM_NETWORK, TRIES_FOR_ACCOUNT_FROM_NETWORK
from service.board.models import Question
from service.extensions import db
from service.members.forms import PasswordForm
from service.members.pages import beside_fields
from tests.members.visitor import PASSWORD, Visitor
from tests.page import Page

ANOTHER = "another walk by another sea"
BEA = {"email": "bea@example.com", "name": "Bea", "password": PASSWORD}


def wrong_fields(html: str) -> list[str | None]:
    """Return the names of the fields beside which something is said."""
    inputs = Page(html).all("input")
    return [field["name"] for field in inputs if "is-invalid" in (field.get("class") or "")]


def count(app: Flask, model: type[Member] | type[Question]) -> int:
    """Return how many rows there are."""
    with app.app_context():
        return len(db.session.scalars(db.select(model.id)).all())


def test_who_registers_is_logged_in(visitor: Visitor) -> None:
    response = visitor.register("Bea")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert visitor.name_shown() == "Bea"


def test_who_registers_goes_on_to_where_they_were(visitor: Visitor) -> None:
    response = visitor.send("/auth/register?next=/main/question", **BEA)

    assert response.headers["Location"] == "/main/question"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("email", "", id="no address"),
        pytest.param("email", "bea", id="no address of e-mail"),
        pytest.param("email", "a@x.com\r\nBcc: v@y.com", id="an address of two lines"),
        pytest.param("email", "a" * 64_000 + "@example.com", id="an endless address"),
        pytest.param("name", " ", id="no name"),
        pytest.param("name", "Бea", id="a name of two alphabets"),
        pytest.param("name", "Be\u200ba", id="a name with something unseen"),
        pytest.param("password", "", id="no password"),
        pytest.param("password", "seven77", id="a short password"),
        pytest.param("password", "x" * 129, id="a password without end"),
        pytest.param("password", "password1234", id="a common password"),
        pytest.param("password", "bea@example.com", id="the address as password"),
    ],
)
def test_what_breaks_a_rule_is_said_beside_its_field(
    app: Flask, visitor: Visitor, field: str, text: str
) -> None:
    """A05, A06, A07, R3.03."""
    response = visitor.send("/auth/register", **{**BEA, field: text})

    assert (response.status_code, wrong_fields(response.text)) == (422, [field])
    assert (count(app, Member), visitor.name_shown()) == (0, "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("email", " BEA@example.com", id="the address in other letters"),
        pytest.param("name", "\uff22\uff25\uff21", id="the name in wide letters"),
    ],
)
def test_what_somebody_has_is_said_beside_its_field(
    app: Flask, bea: Visitor, field: str, text: str
) -> None:
    """A02, A04."""
    other = Visitor(bea.app)
    about = {"email": "cy@example.com", "name": "Cy", "password": PASSWORD, field: text}

    response = other.send("/auth/register", **about)

    assert (response.status_code, wrong_fields(response.text)) == (422, [field])
    assert count(app, Member) == 1


def test_what_was_typed_is_kept_but_for_the_password(visitor: Visitor) -> None:
    response = visitor.send("/auth/register", **{**BEA, "name": "B"})

    fields = Page(response.text).fields
    assert (fields["email"], fields["name"], fields["password"]) == (BEA["email"], "B", "")
    assert PASSWORD not in response.text


def test_a_form_decides_nothing_but_what_it_asks(app: Flask, visitor: Visitor) -> None:
    """A27."""
    visitor.send("/auth/register", **BEA, id="7777", password_hash="x", disabled_at="2026-01-01")  # noqa: S106

    with app.app_context():
        member = db.session.scalars(db.select(Member)).one()
        assert (member.id != 7777, member.disabled_at) == (True, None)
        assert member.password_hash != "x"  # noqa: S105


def test_who_logs_in_goes_on_to_where_they_were(bea: Visitor) -> None:
    again = Visitor(bea.app)

    response = again.log_in("Bea", address="?next=/main/question")

    assert (response.status_code, response.headers["Location"]) == (303, "/main/question")
    assert again.name_shown() == "Bea"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("Bea", "a wrong password", id="a wrong password"),
        pytest.param("Cy", PASSWORD, id="an unknown member"),
        pytest.param("Bea", "x" * 10_000, id="an endless password"),
    ],
)
def test_who_is_wrong_is_told_the_same_whatever_is_wrong(
    bea: Visitor, name: str, password: str
) -> None:
    """A09, A16, R3.04."""
    stranger = Visitor(bea.app)

    response = stranger.log_in(name, password)

    page = Page(response.text)
    assert (response.status_code, wrong_fields(response.text)) == (422, ["password"])
    assert "The e-mail address or the password is wrong." in page.text
    assert (page.fields["email"], page.fields["password"]) == (f"{name.lower()}@example.com", "")
    assert stranger.name_shown() == ""


def test_what_stands_in_the_address_logs_nobody_in(bea: Visitor) -> None:
    """A25."""
    stranger = Visitor(bea.app)

    stranger.get(f"/auth/login?email={BEA['email']}&password={PASSWORD}")

    assert stranger.name_shown() == ""


def test_who_tries_too_often_is_asked_to_wait(bea: Visitor) -> None:
    """A19, R3.05."""
    guesser = Visitor(bea.app)
    for _ in range(TRIES_FOR_ACCOUNT_FROM_NETWORK):
        guesser.log_in("Bea", "a wrong password")

    response = guesser.log_in("Bea")

    assert (response.status_code, response.mimetype) == (429, "text/html")
    assert 0 < int(response.headers["Retry-After"]) <= 15
    assert "There were too many attempts. Try again later." in response.text
    assert guesser.name_shown() == ""


def test_who_registers_too_often_is_asked_to_wait(app: Flask, visitor: Visitor) -> None:
    """A18, R6.08."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(REGISTRATIONS_FROM_NETWORK):
            admit_registration()

    response = visitor.register("Bea")

    assert (response.status_code, "Retry-After" in response.headers) == (429, True)
    assert "bea@example.com" in response.text


def test_nothing_of_a_session_prepared_by_another_goes_on(bea: Visitor) -> None:
    """C13, R4.09."""
    attacker = Visitor(bea.app)
    planted_token = attacker.token()
    planted = attacker.cookies()
    victim = Visitor(bea.app, planted)
    victim.log_in("Bea")

    response = victim.client.post("/auth/logout", data={"csrf_token": planted_token})

    assert (response.status_code, victim.name_shown()) == (400, "Bea")
    assert victim.cookies()["session"] != planted["session"]
    assert Visitor(bea.app, planted).name_shown() == ""


def test_who_logs_in_as_another_leaves_the_session_before(
    app: Flask, make_member: Callable[[str], Visitor]
) -> None:
    """R4.09."""
    make_member("Cy")
    bea = make_member("Bea")
    before = bea.cookies()

    bea.log_in("Cy")

    assert (bea.name_shown(), Visitor(app, before).name_shown()) == ("Cy", "")


def test_a_member_need_not_log_in_again(bea: Visitor) -> None:
    response = bea.get("/auth/login?next=/main/question")

    assert (response.status_code, response.headers["Location"]) == (302, "/main/question")


def test_who_logs_out_is_nobody(bea: Visitor) -> None:
    response = bea.send("/auth/logout")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert (bea.cookies(), bea.name_shown()) == ({}, "")


def test_cookies_copied_before_the_log_out_are_nobodys(app: Flask, bea: Visitor) -> None:
    """C14, C07."""
    copied = bea.cookies()
    bea.send("/auth/logout")

    assert Visitor(app, copied).name_shown() == ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logout-all", "/auth/sessions/x/end"])
def test_nobody_is_logged_out_by_reading(bea: Visitor, method: str, path: str) -> None:
    """C17, D08."""
    response = bea.client.open(path, method=method)

    assert (response.status_code, bea.name_shown()) == (405, "Bea")


def test_who_is_logged_out_already_can_log_out(visitor: Visitor) -> None:
    assert visitor.send("/auth/logout").status_code == 303


def test_another_site_logs_nobody_in(bea: Visitor) -> None:
    """D03."""
    victim = Visitor(bea.app)

    response = victim.client.post("/auth/login", data={"email": BEA["email"], "password": PASSWORD})

    assert (response.status_code, victim.name_shown()) == (400, "")
    assert PASSWORD not in response.text


def test_a_new_password_ends_every_other_session(app: Flask, bea: Visitor) -> None:
    """C06, R3.07."""
    elsewhere = Visitor(app)
    elsewhere.log_in("Bea")
    before = bea.cookies()

    response = bea.send("/auth/password", current_password=PASSWORD, new_password=ANOTHER)

    assert response.status_code == 303
    assert (bea.name_shown(), elsewhere.name_shown()) == ("Bea", "")
    assert Visitor(app, before).name_shown() == ""
    assert elsewhere.log_in("Bea").status_code == 422
    assert elsewhere.log_in("Bea", ANOTHER).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        pytest.param("a wrong password", ANOTHER, "current_password", id="not the password"),
        pytest.param("", ANOTHER, "current_password", id="nothing"),
        pytest.param(PASSWORD, "short", "new_password", id="a short one"),
        pytest.param(PASSWORD, "password1234", "new_password", id="a common one"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    bea: Visitor, current: str, new: str, field: str
) -> None:
    """R3.07."""
    response = bea.send("/auth/password", current_password=current, new_password=new)

    assert (response.status_code, wrong_fields(response.text)) == (422, [field])
    assert Visitor(bea.app).log_in("Bea").status_code == 303


def test_a_password_that_was_changed_meanwhile_is_said_to_be_wrong(app: Flask) -> None:
    with app.test_request_context():
        form = PasswordForm()

        with beside_fields(form):
            raise WrongCredentialsError

        assert form.current_password.errors == ["The e-mail address or the password is wrong."]


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
def test_a_page_on_which_a_password_is_typed_is_kept_by_nobody(visitor: Visitor, path: str) -> None:
    """R5.05."""
    assert visitor.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/main/question", "/auth/login?next=/main/question"),
        ("/auth/password", "/auth/login?next=/auth/password"),
        ("/auth/sessions?x=y", "/auth/login?next=/auth/sessions?x%3Dy"),
    ],
)
def test_a_page_for_members_leads_to_the_log_in(
    visitor: Visitor, method: str, path: str, address: str
) -> None:
    """I01, I12."""
    response = visitor.client.open(path, method=method)

    assert (response.status_code, response.headers["Location"]) == (302, address)


def test_what_nobody_in_particular_sends_is_given_back(app: Flask, visitor: Visitor) -> None:
    """R5.01: the session may end while somebody types."""
    response = visitor.send("/main/question", title="Who am I?", body="one\ntwo & <three>")

    page = Page(response.text)
    assert (response.status_code, response.mimetype) == (401, "text/html")
    assert (page.fields["title"], page.fields["body"]) == ("Who am I?", "one\ntwo & <three>")
    assert "/auth/login" in {link["href"] for link in page.all("a") if link.get("target")}
    assert count(app, Question) == 0


def test_what_was_given_back_can_be_sent_after_logging_in(app: Flask, bea: Visitor) -> None:
    """R5.01."""
    copied = Visitor(app, bea.cookies())
    bea.send("/auth/logout")
    kept = Page(copied.send("/main/question", title="Who am I?", body="Bea.").text).fields
    copied.log_in("Bea")

    refused = copied.client.post("/main/question", data=kept)
    taken = copied.client.post("/main/question", data=Page(refused.text).fields)

    assert (refused.status_code, taken.status_code) == (400, 303)


def test_the_api_is_answered_as_before(visitor: Visitor) -> None:
    """I01."""
    response = visitor.client.get("/api/v1/auth/me")

    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '" onmouseover="x', "{{ 7 * 7 }}", "place-of-csrf_token"]
)
@pytest.mark.parametrize("path", ["/", "/main/question", "/auth/sessions", "/auth/password"])
def test_a_name_is_harmless_wherever_it_is_shown(visitor: Visitor, path: str, name: str) -> None:
    """E01, E02."""
    plain = Visitor(visitor.app)
    plain.register("Bea")
    about = {"email": "cy@example.com", "name": name, "password": PASSWORD}
    assert visitor.send("/auth/register", **about).status_code == 303

    assert visitor.name_shown(path) == name
    assert Page(visitor.get(path).text).shape() == Page(plain.get(path).text).shape()


def test_a_page_that_is_kept_shows_nobody_anothers_name(
    make_member: Callable[[str], Visitor],
) -> None:
    bea, cy = make_member("Bea"), make_member("Cy")

    for path in ("/main/question", "/", "/nowhere", "/api/v1/docs", "/auth/sessions"):
        assert (bea.name_shown(path), cy.name_shown(path)) == ("Bea", "Cy")
        assert "Bea" not in cy.get(path).text
        assert "Bea" not in Visitor(bea.app).get(path).text
