"""Fixtures of mail for the tests of every package: a real SMTP server, and its inbox."""

import asyncio
import email
import email.policy
import logging
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from threading import Thread

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from tests.jobs.running import run_due_jobs

RunJobs = Callable[[], None]


class Inbox:
    """The handler of the SMTP server: it keeps the messages that the server accepts.

    `replies` maps a command, RCPT or DATA, to the reply that refuses it.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.replies: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802  # aiosmtpd calls this method by its name.
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Accept a recipient, or refuse it."""
        envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802  # aiosmtpd calls this method by its name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a message, or refuse it."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        if "DATA" not in self.replies:
            self.messages.append(message)
        return self.replies.get("DATA", "250 OK")


@pytest.fixture(scope="session")
def smtp_server() -> Iterator[tuple[int, Inbox]]:
    """Yield the port and the inbox of an SMTP server."""
    # The server logs in its own thread, possibly during a test that compares the log.
    logging.getLogger("mail").setLevel(logging.CRITICAL)
    inbox, loop = Inbox(), asyncio.new_event_loop()
    factory = loop.create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    server = loop.run_until_complete(factory)
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1], inbox
    loop.call_soon_threadsafe(loop.stop)
    thread.join(60)
    server.close()
    loop.run_until_complete(server.wait_closed())
    loop.close()


@pytest.fixture
def inbox(smtp_server: tuple[int, Inbox]) -> Iterator[Inbox]:
    """Yield the inbox of the SMTP server, and empty it after the test."""
    _port, inbox = smtp_server
    yield inbox
    inbox.messages.clear()
    inbox.replies.clear()


@pytest.fixture(scope="session")
def mail_app(make_app: Callable[..., Flask], smtp_server: tuple[int, Inbox]) -> Flask:
    """Return an application that sends its mail to the SMTP server."""
    port, _inbox = smtp_server
    return make_app(MAIL_URL=f"smtp://127.0.0.1:{port}?starttls=off", MAIL_FROM="qa@example.com")


@pytest.fixture
def run_jobs(mail_app: Flask, inbox: Inbox) -> RunJobs:
    """Return a function that runs the jobs that are due; they send mail to the inbox."""
    del inbox

    def run() -> None:
        run_due_jobs(mail_app)

    return run


def body_text(message: EmailMessage, subtype: str = "plain") -> str:
    """Return the text part of a message, or with `html` the HTML part."""
    part = message.get_body((subtype,))
    assert part
    text: str = part.get_content()
    return text.replace("\r\n", "\n")
