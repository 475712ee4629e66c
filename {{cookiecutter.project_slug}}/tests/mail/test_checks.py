"""The checks of mail in the `doctor` command."""

import socket
from collections.abc import Callable

from flask import Flask

from service.mail.checks import check_mail_server, check_mail_settings
from tests.mail.fixtures import Inbox


def test_server_that_responds_is_not_a_problem(mail_app: Flask, inbox: Inbox) -> None:
    assert list(check_mail_server(mail_app.config)) == []
    assert inbox.messages == []


def test_server_that_does_not_respond_is_a_problem(make_app: Callable[..., Flask]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    app = make_app(MAIL_URL=f"smtp://me:hunter2@127.0.0.1:{port}")

    [problem] = check_mail_server(app.config)

    assert problem.startswith("MAIL_URL: ConnectionRefusedError.")


def test_server_without_tls_is_a_problem(
    make_app: Callable[..., Flask], smtp_server: tuple[int, Inbox]
) -> None:
    app = make_app(MAIL_URL=f"smtp://me:hunter2@127.0.0.1:{smtp_server[0]}")

    [problem] = check_mail_server(app.config)

    assert problem.startswith("MAIL_URL: SMTPNotSupportedError.")


def test_production_without_a_mail_server_is_a_problem(production_app: Flask) -> None:
    [problem] = check_mail_settings(production_app.config)

    assert problem.startswith("MAIL_URL is not set")
    assert list(check_mail_server(production_app.config)) == []


def test_printing_mail_is_not_a_problem(app: Flask) -> None:
    assert list(check_mail_settings(app.config)) == []
    assert list(check_mail_server(app.config)) == []
