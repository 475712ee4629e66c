"""The flows that begin with a mail, in Chromium, with a real SMTP server."""

import asyncio
import email
import email.policy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from threading import Thread
from uuid import uuid4

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Browser, Page, expect

from tests.browsers import (
    LOCALES,
    THEMES,
    accessibility_violations,
    bake_site,
    browser_context,
    overflowing_widths,
    serve_seeded_site,
)
from tests.conftest import Project
from tests.servers import run_development_server
from tests.test_browser_members import PASSWORD, email_address, register

NEW_PASSWORD = "another walk by the sea"  # noqa: S105 - Of test accounts.


class Inbox:
    """The handler of the SMTP server, which keeps all messages."""

    def __init__(self) -> None:
        """Begin without messages."""
        self.messages: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls this method by its name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


@dataclass(frozen=True)
class Site:
    """A running project, and the SMTP server to which it sends mail."""

    address: str
    project: Project
    inbox: Inbox
    smtp_port: int

    def receive_mail(self) -> EmailMessage:
        """Run the background jobs and return the last mail."""
        done = self.project.run(
            "flask", "--app", "service", "work", "--once",
            MAIL_URL=f"smtp://127.0.0.1:{self.smtp_port}?starttls=off",
            PUBLIC_URL=self.address,
        )  # fmt: skip
        assert done.status == 0, done.err
        return self.inbox.messages[-1]

    def receive_link(self) -> str:
        """Run the background jobs and return the link in the last mail, the same in both parts."""
        parts = [self.receive_mail().get_body((subtype,)) for subtype in ("plain", "html")]
        links = [re.findall(r"http://[^\s\"<]+", part.get_content()) for part in parts if part]
        assert links[0] == links[1]
        return str(links[0][0])


@pytest.fixture(scope="session")
def smtp_server() -> Iterator[tuple[int, Inbox]]:
    """Yield the port and the inbox of an SMTP server."""
    inbox, loop = Inbox(), asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    # In another thread: Playwright runs an event loop in this one.
    start = loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(start, loop).result(60)
    yield server.sockets[0].getsockname()[1], inbox
    loop.call_soon_threadsafe(server.close)
    asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
    loop.close()


@pytest.fixture(scope="session", params=THEMES)
def site(
    request: pytest.FixtureRequest,
    bake_once: Callable[..., Project],
    smtp_server: tuple[int, Inbox],
) -> Iterator[Site]:
    """Yield a site with the theme and with accounts."""
    answers = {"auth": "jwt", "bootstrap": request.param}
    with serve_seeded_site(bake_once, **answers) as address:
        project = bake_site(bake_once, **answers)
        yield Site(address, project, smtp_server[1], smtp_server[0])


@pytest.fixture
def name() -> str:
    """Return a display name that no member has."""
    return uuid4().hex


def fill(page: Page, **fields: str) -> None:
    """Fill in the form of the page, in any language, and submit it."""
    form = page.get_by_role("main")
    for field, value in fields.items():
        form.locator(f"[name={field}]").fill(value)
    form.locator("button[type=submit]").click()


def log_in(page: Page, site: Site, name: str, password: str) -> None:
    """Log in; the page may be in any language."""
    page.goto(f"{site.address}/auth/login")
    fill(page, email=email_address(name), password=password)
    expect(page.get_by_role("button", name=name)).to_be_visible()


@pytest.mark.parametrize("locale", LOCALES)
def test_forgotten_password_is_reset(site: Site, chromium: Browser, name: str, locale: str) -> None:
    is_korean = locale == "ko-KR"
    with browser_context(chromium, locale) as context:
        register(context.new_page(), site.address, name)
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        page.goto(f"{site.address}/auth/login")
        link = "비밀번호를 잊으셨나요?" if is_korean else "Forgot your password?"
        page.get_by_role("link", name=link).click()
        fill(page, email=email_address(name))
        requested = "가입된 주소라면 메일을" if is_korean else "If this address is registered"
        expect(page.get_by_role("status")).to_contain_text(requested)

        page.goto(site.receive_link())
        heading = "새 비밀번호 설정" if is_korean else "Choose a new password"
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        fill(page, password=NEW_PASSWORD)

        changed = "비밀번호를 변경했어요." if is_korean else "Your password has been changed."
        expect(page.get_by_role("status")).to_have_text(changed)
        log_in(page, site, name, NEW_PASSWORD)
        subject = "비밀번호가 변경되었어요" if is_korean else "has been changed"
        assert subject in site.receive_mail()["Subject"]


def test_pages_of_a_forgotten_password_are_accessible(
    site: Site, page: Page, name: str, browser_errors: list[str]
) -> None:
    register(page, site.address, name)
    page.goto(f"{site.address}/auth/forgot")
    assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
    fill(page, email=email_address(name))
    page.goto(site.receive_link())
    assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
    assert browser_errors == []


def test_password_of_a_link_that_was_used_stays_the_same(site: Site, page: Page, name: str) -> None:
    register(page, site.address, name)
    page.goto(f"{site.address}/auth/forgot")
    fill(page, email=email_address(name))
    link = site.receive_link()
    page.goto(link)
    fill(page, password=NEW_PASSWORD)
    expect(page).to_have_url(f"{site.address}/auth/login")

    page.goto(link)

    expect(page).to_have_url(f"{site.address}/auth/forgot")
    expect(page.get_by_role("status")).to_contain_text("This link is invalid")
    log_in(page, site, name, NEW_PASSWORD)


@pytest.mark.parametrize("locale", LOCALES)
def test_member_downloads_their_data(site: Site, chromium: Browser, name: str, locale: str) -> None:
    is_korean = locale == "ko-KR"
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        register(page, site.address, name)
        page.goto(f"{site.address}/auth/profile")
        link = "내 데이터 내려받기" if is_korean else "Download your data"
        page.get_by_role("link", name=link).click()
        fill(page)
        requested = "데이터를 준비하고 있어요" if is_korean else "Your data is being prepared"
        expect(page.get_by_role("status")).to_contain_text(requested)

        page.goto(site.receive_link())
        assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
        with page.expect_download() as download:
            page.get_by_role("link", name="내려받기" if is_korean else "Download").click()

        data = json.loads(download.value.path().read_bytes())
        assert data["profile"]["email"] == email_address(name)


@pytest.mark.parametrize("locale", LOCALES)
def test_invited_person_registers(site: Site, chromium: Browser, name: str, locale: str) -> None:
    invited = site.project.run(
        "flask", "--app", "service", "invite", email_address(name), PUBLIC_URL=site.address
    )
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        page.goto(invited.out.strip())
        assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
        fill(page, name=name, password=NEW_PASSWORD)
        expect(page.get_by_role("button", name=name)).to_be_visible()

        page.goto(invited.out.strip())
        expect(page).to_have_url(f"{site.address}/")


@pytest.mark.parametrize("locale", LOCALES)
def test_member_changes_the_profile(site: Site, chromium: Browser, name: str, locale: str) -> None:
    is_korean = locale == "ko-KR"
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        register(page, site.address, name)
        page.goto(f"{site.address}/auth/profile")
        page.locator("[name=name]").fill(f"{name} Q")
        # The other language than that of the browser.
        page.locator("[name=locale]").select_option("en" if is_korean else "ko")
        page.locator("[name=time_zone]").select_option("Asia/Seoul")
        page.get_by_role("main").locator("button[type=submit]").click()

        saved = "Your profile has been saved." if is_korean else "프로필을 저장했어요."
        expect(page.get_by_role("status")).to_have_text(saved)
        expect(page.get_by_role("button", name=f"{name} Q")).to_be_visible()


@pytest.mark.parametrize("locale", LOCALES)
def test_member_changes_the_email_address(
    site: Site, chromium: Browser, name: str, locale: str
) -> None:
    is_korean = locale == "ko-KR"
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        register(page, site.address, name)
        page.goto(f"{site.address}/auth/profile")
        link = "이메일 주소 변경" if is_korean else "Change email address"
        page.get_by_role("link", name=link).click()
        expect(page.get_by_role("main")).to_contain_text(email_address(name))
        assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
        fill(page, email=f"new{email_address(name)}", password=PASSWORD)
        expect(page).to_have_url(f"{site.address}/auth/profile")

        page.goto(site.receive_link())
        expect(page.get_by_role("main")).to_contain_text(f"new{email_address(name)}")
        assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
        fill(page)

        confirmed = "이메일 주소를 확인했어요." if is_korean else "has been confirmed."
        expect(page.get_by_role("status")).to_contain_text(confirmed)
        expect(page.get_by_role("button", name=name)).to_be_visible()


@pytest.mark.parametrize("locale", LOCALES)
def test_member_confirms_the_email_address(
    site: Site, chromium: Browser, name: str, locale: str
) -> None:
    button = "메일 다시 보내기" if locale == "ko-KR" else "Send the mail again"
    with (
        run_development_server(site.project, REGISTRATION="confirmed") as address,
        browser_context(chromium, locale) as context,
    ):
        page = context.new_page()
        register(page, address, name)
        page.goto(f"{address}/main/question")
        assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
        page.get_by_role("button", name=button).click()
        expect(page).to_have_url(f"{address}/")

        page.goto(replace(site, address=address).receive_link())
        # The first button of the page sends the mail again.
        page.get_by_role("main").locator(".post-form button[type=submit]").click()

        expect(page).to_have_url(f"{address}/auth/profile")
        expect(page.get_by_role("button", name=button)).to_have_count(0)
        page.goto(f"{address}/main/question")
        expect(page.locator("[name=title]")).to_be_visible()


@pytest.mark.parametrize("locale", LOCALES)
def test_member_deletes_the_account(site: Site, chromium: Browser, name: str, locale: str) -> None:
    is_korean = locale == "ko-KR"
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        register(page, site.address, name)
        page.goto(f"{site.address}/auth/profile")
        page.get_by_role("link", name="계정 삭제" if is_korean else "Delete your account").click()
        fill(page, password=NEW_PASSWORD)
        expect(page.locator("[name=password]")).to_be_focused()
        assert (accessibility_violations(page), overflowing_widths(page)) == ([], [])
        fill(page, password=PASSWORD)

        deleted = "계정을 삭제했어요." if is_korean else "Your account has been deleted."
        expect(page.get_by_role("status")).to_have_text(deleted)
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    subject = "계정이 삭제되었어요" if is_korean else "has been deleted"
    assert subject in site.receive_mail()["Subject"]
