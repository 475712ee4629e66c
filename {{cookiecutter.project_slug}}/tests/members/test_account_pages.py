"""Registering, logging in, logging out and changing the password."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from service.accounts.authentication import InvalidCredentialsError, InvalidFieldError
from service.accounts.login_throttle import ACCOUNT_AND_NETWORK_THRESHOLD, REGISTRATION_THRESHOLD
from service.accounts.models import Member
from service.accounts.principal import principal_from_access_token, record_registration
from service.extensions import db
from service.members.account_forms import PasswordForm
from service.members.account_pages import show_field_errors
from service.members.resubmissions import change_password_once
from tests.conftest import Log
from tests.members.browser import PASSWORD, Browser
from tests.members.conftest import MakeMemberBrowser
from tests.page import Page

NEW_PASSWORD = "another walk by another sea"  # noqa: S105  # Used in tests only.
BEA = {"email": "bea@example.com", "name": "Bea", "password": PASSWORD}


def invalid_fields(html: str) -> list[str | None]:
    """Return the names of the fields that are marked as invalid."""
    inputs = Page(html).all("input")
    return [field["name"] for field in inputs if "is-invalid" in (field.get("class") or "")]


def count_members(app: Flask) -> int:
    """Return the number of members."""
    with app.app_context():
        return len(db.session.scalars(db.select(Member.id)).all())


def test_registering_logs_in(visitor: Browser) -> None:
    response = visitor.register("Bea")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert visitor.member_name() == "Bea"


def test_registering_redirects_to_the_next_url(visitor: Browser) -> None:
    response = visitor.submit("/auth/register?next=/main/question", **BEA)

    assert response.headers["Location"] == "/main/question"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("email", "", id="missing email"),
        pytest.param("email", "bea", id="invalid email"),
        pytest.param("email", "a@x.com\r\nBcc: v@y.com", id="email with a line break"),
        pytest.param("email", "a" * 64_000 + "@example.com", id="very long email"),
        pytest.param("name", " ", id="blank name"),
        pytest.param("name", "Бea", id="name in two scripts"),
        pytest.param("name", "Be\u200ba", id="name with an invisible character"),
        pytest.param("password", "", id="missing password"),
        pytest.param("password", "seven77", id="short password"),
        pytest.param("password", "x" * 129, id="long password"),
        pytest.param("password", "password1234", id="common password"),
        pytest.param("password", "bea@example.com", id="email as password"),
    ],
)
def test_invalid_registration_marks_the_field(
    app: Flask, visitor: Browser, field: str, text: str
) -> None:
    response = visitor.submit("/auth/register", **{**BEA, field: text})

    assert (response.status_code, invalid_fields(response.text)) == (422, [field])
    assert (count_members(app), visitor.member_name()) == (0, "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("email", " BEA@example.com", id="email in upper case"),
        pytest.param("name", "\uff22\uff25\uff21", id="name in full-width letters"),
    ],
)
def test_duplicate_email_or_name_marks_the_field(
    app: Flask, bea: Browser, field: str, text: str
) -> None:
    other = Browser(bea.app)
    registration = {"email": "cy@example.com", "name": "Cy", "password": PASSWORD, field: text}

    response = other.submit("/auth/register", **registration)

    assert (response.status_code, invalid_fields(response.text)) == (422, [field])
    assert count_members(app) == 1


def test_double_click_on_register_creates_one_account_and_logs_in(app: Flask) -> None:
    """The browser shows only the response to the second request, and ignores the first one."""
    first = Browser(app)
    first.csrf_token()
    second = Browser(app, first.cookies())

    responses = [browser.submit("/auth/register", **BEA) for browser in (first, second)]

    assert [response.status_code for response in responses] == [303, 303]
    assert (second.member_name(), count_members(app)) == ("Bea", 1)


@pytest.mark.slow
def test_simultaneous_submissions_of_a_registration_all_log_in(app: Flask) -> None:
    first = Browser(app)
    first.csrf_token()
    browsers = [Browser(app, first.cookies()) for _ in range(4)]
    for browser in browsers:
        browser.csrf_token()
    start = Barrier(len(browsers))

    def register(browser: Browser) -> int:
        start.wait(60)
        return browser.submit("/auth/register", **BEA).status_code

    with ThreadPoolExecutor(len(browsers)) as threads:
        statuses = list(threads.map(register, browsers))

    assert statuses == [303] * len(browsers)
    assert [browser.member_name() for browser in browsers] == ["Bea"] * len(browsers)
    assert count_members(app) == 1


def test_registration_with_a_taken_address_and_another_password_does_not_log_in(
    bea: Browser,
) -> None:
    visitor = Browser(bea.app)

    response = visitor.submit("/auth/register", **{**BEA, "password": "another password"})

    assert (response.status_code, invalid_fields(response.text)) == (422, ["email", "name"])
    assert visitor.member_name() == ""


def test_registration_does_not_get_around_the_login_throttle(bea: Browser) -> None:
    attacker = Browser(bea.app)
    for number in range(ACCOUNT_AND_NETWORK_THRESHOLD):
        attacker.submit("/auth/register", **{**BEA, "password": f"wrong password {number}"})

    response = attacker.submit("/auth/register", **BEA)

    assert (response.status_code, attacker.member_name()) == (429, "")


def test_invalid_form_keeps_its_values_except_the_password(visitor: Browser) -> None:
    response = visitor.submit("/auth/register", **{**BEA, "name": "B\u200b"})

    fields = Page(response.text).fields
    assert (fields["email"], fields["name"], fields["password"]) == (BEA["email"], "B\u200b", "")
    assert PASSWORD not in response.text


@pytest.mark.parametrize(
    ("path", "fields", "invalid"),
    [
        pytest.param("/auth/register", {**BEA, "name": " "}, ["name"], id="registration"),
        pytest.param(
            "/auth/register", {**BEA, "password": "password1234"}, ["password"], id="weak password"
        ),
        pytest.param("/auth/login", {}, ["email", "password"], id="empty login"),
        pytest.param("/auth/login", BEA, ["password"], id="wrong password"),
    ],
)
def test_invalid_form_is_logged_with_its_fields(
    visitor: Browser, log: Log, path: str, fields: dict[str, str], invalid: list[str]
) -> None:
    visitor.submit(path, **fields)

    [event] = [event for event in log() if event["event"] == "input_validation_fail"]
    assert (event["path"], event["fields"]) == (path, invalid)
    assert PASSWORD not in str(log())


def test_registration_ignores_extra_fields(app: Flask, visitor: Browser) -> None:
    visitor.submit("/auth/register", **BEA, id="7777", password_hash="x", disabled_at="2026-01-01")  # noqa: S106  # No password.

    with app.app_context():
        member = db.session.scalars(db.select(Member)).one()
        assert (member.id != 7777, member.disabled_at) == (True, None)
        assert member.password_hash != "x"  # noqa: S105  # As above.


def test_login_redirects_to_the_next_url(bea: Browser) -> None:
    browser = Browser(bea.app)

    response = browser.login("Bea", query="?next=/main/question")

    assert (response.status_code, response.headers["Location"]) == (303, "/main/question")
    assert browser.member_name() == "Bea"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("Bea", "a wrong password", id="wrong password"),
        pytest.param("Cy", PASSWORD, id="unknown email"),
        pytest.param("Bea", "x" * 10_000, id="very long password"),
    ],
)
def test_failed_login_does_not_reveal_what_is_wrong(bea: Browser, name: str, password: str) -> None:
    visitor = Browser(bea.app)

    response = visitor.login(name, password)

    page = Page(response.text)
    assert (response.status_code, invalid_fields(response.text)) == (422, ["password"])
    assert "Invalid email or password." in page.text
    assert (page.fields["email"], page.fields["password"]) == (f"{name.lower()}@example.com", "")
    assert visitor.member_name() == ""


def test_credentials_in_the_url_are_ignored(bea: Browser) -> None:
    visitor = Browser(bea.app)

    visitor.get(f"/auth/login?email={BEA['email']}&password={PASSWORD}")

    assert visitor.member_name() == ""


def test_login_is_throttled_after_failed_attempts(bea: Browser) -> None:
    attacker = Browser(bea.app)
    for _ in range(ACCOUNT_AND_NETWORK_THRESHOLD):
        attacker.login("Bea", "a wrong password")

    response = attacker.login("Bea")

    assert (response.status_code, response.mimetype) == (429, "text/html")
    assert 0 < int(response.headers["Retry-After"]) <= 15
    assert "Too many attempts. Try again later." in response.text
    assert attacker.member_name() == ""


def test_registration_is_throttled_per_network(app: Flask, visitor: Browser) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for _ in range(REGISTRATION_THRESHOLD):
            record_registration()

    response = visitor.register("Bea")

    assert (response.status_code, "Retry-After" in response.headers) == (429, True)
    assert "bea@example.com" not in response.text


def test_login_page_redirects_a_member_to_the_next_url(bea: Browser) -> None:
    response = bea.get("/auth/login?next=/main/question")

    assert (response.status_code, response.headers["Location"]) == (302, "/main/question")


def test_logout_deletes_cookies_and_site_data(bea: Browser) -> None:
    response = bea.submit("/auth/logout")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert response.headers["Clear-Site-Data"] == '"storage"'
    assert bea.cookies().keys() == {"session"}
    assert (bea.member_name(), bea.cookies()) == ("", {})


def test_copied_cookies_are_invalid_after_logout(app: Flask, bea: Browser) -> None:
    copied = bea.cookies()
    bea.submit("/auth/logout")

    assert Browser(app, copied).member_name() == ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/auth/logout", "/auth/logout-all", "/auth/sessions/x/end"])
def test_get_request_does_not_log_out(bea: Browser, method: str, path: str) -> None:
    response = bea.client.open(path, method=method)

    assert (response.status_code, bea.member_name()) == (405, "Bea")


def test_logout_succeeds_when_already_logged_out(visitor: Browser) -> None:
    assert visitor.submit("/auth/logout").status_code == 303


def test_login_without_csrf_token_is_refused(bea: Browser) -> None:
    victim = Browser(bea.app)

    response = victim.client.post("/auth/login", data={"email": BEA["email"], "password": PASSWORD})

    assert (response.status_code, victim.member_name()) == (400, "")
    assert PASSWORD not in response.text


def test_password_change_revokes_all_other_sessions(app: Flask, bea: Browser) -> None:
    other_browser = Browser(app)
    other_browser.login("Bea")
    old_cookies = bea.cookies()

    response = bea.submit("/auth/password", current_password=PASSWORD, new_password=NEW_PASSWORD)

    assert response.status_code == 303
    assert (bea.member_name(), other_browser.member_name()) == ("Bea", "")
    assert Browser(app, old_cookies).member_name() == ""
    assert other_browser.login("Bea").status_code == 422
    assert other_browser.login("Bea", NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        pytest.param("a wrong password", NEW_PASSWORD, "current_password", id="wrong password"),
        pytest.param("", NEW_PASSWORD, "current_password", id="missing password"),
        pytest.param(PASSWORD, "short", "new_password", id="short new password"),
        pytest.param(PASSWORD, "password1234", "new_password", id="common new password"),
        pytest.param(PASSWORD, PASSWORD, "new_password", id="same password"),
    ],
)
def test_invalid_password_change_marks_the_field_and_changes_nothing(
    bea: Browser, current: str, new: str, field: str
) -> None:
    response = bea.submit("/auth/password", current_password=current, new_password=new)

    assert (response.status_code, invalid_fields(response.text)) == (422, [field])
    assert Browser(bea.app).login("Bea").status_code == 303


def test_double_click_on_change_password_ends_like_one_click(app: Flask, bea: Browser) -> None:
    """The second request began before the first one had changed the password."""
    with app.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        first = principal_from_access_token(bea.cookies()["access"])
        assert first
        form = PasswordForm(data={"current_password": PASSWORD, "new_password": NEW_PASSWORD})
        change_password_once(first, form)

        change_password_once(first, form)

        form.new_password.data = "another password"
        with pytest.raises(InvalidFieldError):
            change_password_once(first, form)


def test_password_changed_concurrently_marks_the_current_password(app: Flask) -> None:
    with app.test_request_context():
        form = PasswordForm()

        with show_field_errors(form):
            raise InvalidCredentialsError

        assert form.current_password.errors == ["Invalid email or password."]


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
def test_page_with_a_password_field_is_not_cached(visitor: Browser, path: str) -> None:
    assert visitor.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '" onmouseover="x', "{{ 7 * 7 }}"])
@pytest.mark.parametrize("path", ["/", "/main/question", "/auth/sessions", "/auth/password"])
def test_member_name_is_escaped(visitor: Browser, path: str, name: str) -> None:
    bea = Browser(visitor.app)
    bea.register("Bea")
    registration = {"email": "cy@example.com", "name": name, "password": PASSWORD}
    assert visitor.submit("/auth/register", **registration).status_code == 303

    assert (visitor.member_name(path), bea.member_name(path)) == (name, "Bea")
    assert Page(visitor.get(path).text).shape() == Page(bea.get(path).text).shape()


def test_page_does_not_show_the_name_of_another_member(
    make_member_browser: MakeMemberBrowser,
) -> None:
    dot, cy = make_member_browser("Dot"), make_member_browser("Cy")

    for path in ("/main/question", "/", "/nowhere", "/api/v1/docs", "/auth/sessions"):
        assert (dot.member_name(path), cy.member_name(path)) == ("Dot", "Cy")
        assert "Dot" not in cy.get(path).text
        assert "Dot" not in Browser(dot.app).get(path).text
