"""The page on which members change their name, language and time zone."""

import pytest

from tests.jobs.running import run_due_jobs
from tests.members.browser import Browser
from tests.members.conftest import MakeMemberBrowser
from tests.page import Page

PROFILE = "/auth/profile"
FIELDS = {"name": "Bea B", "locale": "en", "time_zone": "Asia/Seoul"}


def selected(page: Page) -> list[str]:
    """Return the values of the selected options."""
    return [option["value"] or "" for option in page.all("option") if "selected" in option]


def test_form_shows_the_profile(bea: Browser) -> None:
    page = Page(bea.get(PROFILE).text)

    assert page.fields["name"] == "Bea"
    assert selected(page) == []
    assert {"", "en", "Asia/Seoul"} <= {option["value"] for option in page.all("option")}


def test_saved_profile_is_shown(bea: Browser) -> None:
    response = bea.submit(PROFILE, **FIELDS)

    page = Page(bea.get(PROFILE).text)
    assert (response.status_code, response.headers["Location"]) == (303, PROFILE)
    assert (page.fields["name"], selected(page)) == ("Bea B", ["en", "Asia/Seoul"])
    assert bea.member_name() == "Bea B"


@pytest.mark.parametrize(
    ("locale", "message"),
    [
        pytest.param("ko", "프로필을 저장했어요.", id="Korean"),
        pytest.param("en", "Your profile has been saved.", id="English"),
    ],
)
def test_pages_and_messages_are_in_the_language_of_the_member(
    bea: Browser, locale: str, message: str
) -> None:
    bea.submit(PROFILE, **{**FIELDS, "locale": locale})

    text = bea.get("/").text
    assert Page(text).all("html") == [{"lang": locale}]
    assert message in text


def test_language_can_be_left_to_the_browser_again(bea: Browser) -> None:
    bea.submit(PROFILE, **FIELDS)

    bea.submit(PROFILE, **{**FIELDS, "locale": "", "time_zone": ""})

    assert selected(Page(bea.get(PROFILE).text)) == []


def test_times_are_in_the_time_zone_of_the_member(bea: Browser) -> None:
    bea.client.set_cookie("time_zone", "Europe/Paris")
    bea.submit(PROFILE, **FIELDS)

    times = Page(bea.get("/auth/sessions").text).all("time")

    assert {(time["title"] or "")[-3:] for time in times} == {"KST"}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("name", "", id="empty name"),
        pytest.param("name", "CY", id="name that is taken"),
        pytest.param("locale", "fr", id="unknown language"),
        pytest.param("time_zone", "Asia/Soul", id="unknown time zone"),
    ],
)
def test_invalid_field_is_marked(
    bea: Browser, make_member_browser: MakeMemberBrowser, field: str, text: str
) -> None:
    make_member_browser("Cy")

    response = bea.submit(PROFILE, **{**FIELDS, field: text})

    page = Page(response.text)
    marked = [
        attributes["name"]
        for tag in ("input", "select")
        for attributes in page.all(tag)
        if attributes.get("aria-invalid")
    ]
    assert (response.status_code, marked) == (422, [field])
    assert bea.member_name() == "Bea"


def test_posts_are_found_under_the_new_name(bea: Browser) -> None:
    question = {"title": "Who am I?", "body": "I wonder."}
    bea.submit("/main/question", **question)

    bea.submit(PROFILE, **{**FIELDS, "name": "Zenobia"})
    run_due_jobs(bea.client.application)

    found = ["Who am I?" in bea.get("/", q=name).text for name in ("Zenobia", "Bea")]
    assert found == [True, False]
