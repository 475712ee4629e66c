"""The command `send-test-mail`."""

from flask import Flask

from tests.mail.fixtures import Inbox, body_text


def test_command_sends_a_mail(mail_app: Flask, inbox: Inbox) -> None:
    result = mail_app.test_cli_runner().invoke(args=["send-test-mail", "kim@example.com"])

    assert (result.exit_code, result.output) == (0, "Sent to kim@example.com.\n")
    [message] = inbox.messages
    assert message["To"] == "kim@example.com"
    # The link of the mail shows `PUBLIC_URL`.
    assert "http://127.0.0.1:5000/api/v1/docs" in body_text(message)


def test_command_reports_a_refusal(mail_app: Flask, inbox: Inbox) -> None:
    inbox.replies["RCPT"] = "550 unknown"

    result = mail_app.test_cli_runner().invoke(args=["send-test-mail", "kim@example.com"])

    assert result.exit_code == 1
    assert result.output == "Error: The mail was not sent: the mail server replied 550\n"


def test_command_reports_an_invalid_address(mail_app: Flask, inbox: Inbox) -> None:
    result = mail_app.test_cli_runner().invoke(args=["send-test-mail", "kim"])

    assert result.exit_code == 1
    assert (
        result.output
        == "Error: The mail was not sent: the mail server cannot send to this address\n"
    )
    assert inbox.messages == []


def test_command_says_that_mail_is_off(production_app: Flask) -> None:
    result = production_app.test_cli_runner().invoke(args=["send-test-mail", "kim@example.com"])

    assert (result.exit_code, result.output) == (1, "Error: MAIL_URL is not set.\n")
