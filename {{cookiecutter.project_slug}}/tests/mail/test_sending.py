"""Messages: what is sent, and what happens if the SMTP server refuses it."""

import pytest
from flask import Flask
from flask_babel import force_locale

from service.extensions import db
from service.jobs.outbox import enqueue
from service.jobs.registry import register_job
from service.mail.sending import Mail, MailRefusedError, MailServerError, send_mail
from tests.conftest import Log
from tests.mail.fixtures import Inbox, RunJobs, body_text

MAIL = Mail("How are you?", ["One & two.", "Three."], "Open <it>", "https://example.com/?a=1&b=2")


def test_message_has_a_text_part_and_an_html_part(mail_app: Flask, inbox: Inbox) -> None:
    with mail_app.app_context():
        send_mail("kim@example.com", MAIL)

    [message] = inbox.messages
    text, html = body_text(message), body_text(message, "html")
    assert text.startswith("One & two.\n\nThree.\n\nhttps://example.com/?a=1&b=2\n\n-- \n")
    assert "<p>One &amp; two.</p>" in html
    assert '<a href="https://example.com/?a=1&amp;b=2">Open &lt;it&gt;</a>' in html


def test_headers_of_a_message(mail_app: Flask, inbox: Inbox) -> None:
    with mail_app.app_context():
        send_mail("kim@example.com", MAIL)

    [message] = inbox.messages
    site = mail_app.config["SITE_NAME"]
    assert message["From"].addresses[0].display_name == site
    assert message["From"].addresses[0].addr_spec == "qa@example.com"
    assert (message["To"], message["Subject"]) == ("kim@example.com", "How are you?")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Date"].datetime.tzinfo


def test_html_part_names_its_language(mail_app: Flask, inbox: Inbox) -> None:
    with mail_app.app_context(), force_locale("ko"):
        send_mail("kim@example.com", Mail("안녕하세요", ["반갑습니다."]))

    [message] = inbox.messages
    assert message["Subject"] == "안녕하세요"
    assert '<html lang="ko">' in body_text(message, "html")
    assert body_text(message).startswith("반갑습니다.\n")


def test_mail_loads_nothing_from_another_site(mail_app: Flask, inbox: Inbox) -> None:
    with mail_app.app_context():
        send_mail("kim@example.com", MAIL)

    html = body_text(inbox.messages[0], "html")
    assert not any(name in html for name in ("src=", "<link", "<script", "<style", "url("))


def test_domain_of_an_address_is_encoded(mail_app: Flask, inbox: Inbox) -> None:
    with mail_app.app_context():
        send_mail("kim@한국.example", MAIL)

    assert inbox.messages[0]["To"] == "kim@xn--3e0b707e.example"


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        pytest.param("kim@example.com\nBcc: all@example.com", "Hi", id="address"),
        pytest.param("kim@example.com\r\n\r\nbody", "Hi", id="address with a body"),
        pytest.param("kim@example.com", "Hi\nBcc: all@example.com", id="subject"),
        pytest.param("kim@example.com", "Hi\rBcc: all@example.com", id="subject, carriage return"),
        pytest.param("kim@example.com, all@example.com", "Hi", id="two addresses"),
        pytest.param("김@example.com", "Hi", id="local part in Unicode"),
    ],
)
def test_unsafe_header_is_rejected(
    mail_app: Flask, inbox: Inbox, address: str, subject: str
) -> None:
    with (
        mail_app.app_context(),
        pytest.raises(ValueError, match=r"cannot send to this address|may not contain linefeed"),
    ):
        send_mail(address, Mail(subject, ["Hello."]))

    assert inbox.messages == []


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param("550 kim@example.com is unknown", MailRefusedError, id="permanent"),
        pytest.param("450 kim@example.com is busy", MailServerError, id="temporary"),
    ],
)
def test_refusal_is_raised_without_the_address(
    mail_app: Flask, inbox: Inbox, command: str, reply: str, error: type[MailServerError]
) -> None:
    inbox.replies[command] = reply

    with mail_app.app_context(), pytest.raises(MailServerError) as caught:
        send_mail("kim@example.com", MAIL)

    assert type(caught.value) is error
    assert str(caught.value) == f"the mail server replied {reply[:3]}"


def test_mail_is_printed_in_development(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    with app.app_context():
        send_mail("kim@example.com", MAIL)

    output = capsys.readouterr().out
    assert output.startswith("To: kim@example.com\nSubject: How are you?\n\nOne & two.\n")


def test_production_without_a_mail_server_sends_nothing(production_app: Flask, log: Log) -> None:
    with production_app.app_context():
        send_mail("kim@example.com", MAIL)

    assert [event["event"] for event in log()] == ["mail_not_configured"]


def test_job_sends_a_mail(mail_app: Flask, inbox: Inbox, run_jobs: RunJobs) -> None:
    def send_greeting() -> None:
        send_mail("kim@example.com", Mail("Hello", ["Welcome."]))

    register_job(mail_app, send_greeting)
    with mail_app.app_context():
        enqueue(send_greeting)
        db.session.commit()

    run_jobs()

    assert [message["Subject"] for message in inbox.messages] == ["Hello"]
