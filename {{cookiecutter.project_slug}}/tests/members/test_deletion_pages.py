"""The page on which members delete their account."""

import pytest
from flask import Flask

from service.accounts.models import Member
from service.extensions import db
from service.members.resubmissions import is_deleted
from tests.members.browser import PASSWORD, Browser
from tests.page import Page

DELETE = "/auth/delete"
FIELDS = {"password": PASSWORD, "posts": "keep"}


@pytest.fixture
def bea_id(app: Flask, bea: Browser) -> int:
    """Return Bea's member id."""
    del bea
    with app.app_context():
        return db.session.scalars(db.select(Member.id).where(Member.name == "Bea")).one()


def test_profile_links_to_the_page(bea: Browser) -> None:
    page = Page(bea.get("/auth/profile").text)

    assert DELETE in {link["href"] for link in page.all("a")}


def test_deletion_logs_the_browser_out(app: Flask, bea: Browser, bea_id: int) -> None:
    response = bea.submit(DELETE, **FIELDS)

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert bea.cookies().keys() <= {"session"}
    assert "Your account has been deleted." in bea.get("/").text
    with app.app_context():
        assert is_deleted(bea_id)


def test_wrong_password_is_an_error_of_its_field(app: Flask, bea: Browser, bea_id: int) -> None:
    response = bea.submit(DELETE, **{**FIELDS, "password": "wrong", "posts": "delete"})

    page = Page(response.text)
    assert response.status_code == 422
    assert "Current password is incorrect." in page.text
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["delete"]
    with app.app_context():
        assert not is_deleted(bea_id)


def test_form_without_a_choice_is_rejected(bea: Browser) -> None:
    assert bea.submit(DELETE, password=PASSWORD, posts="some").status_code == 422


def test_form_that_is_submitted_twice_ends_like_the_first_time(bea: Browser) -> None:
    page = Page(bea.get(DELETE).text)
    cookies = bea.cookies()
    fields = {**FIELDS, **{name: page.fields[name] for name in ("csrf_token", "deletion_token")}}
    second = Browser(bea.app, cookies)

    responses = [browser.client.post(DELETE, data=fields) for browser in (bea, second)]

    assert [response.status_code for response in responses] == [303, 303]
    assert "Your account has been deleted." in second.get("/").text


def test_form_of_a_member_who_was_logged_out_deletes_nothing(
    app: Flask, bea: Browser, bea_id: int
) -> None:
    fields = Page(bea.get(DELETE).text).fields
    bea.submit("/auth/logout")

    response = bea.client.post(DELETE, data={**fields, **FIELDS})

    assert response.status_code == 401
    with app.app_context():
        assert not is_deleted(bea_id)
