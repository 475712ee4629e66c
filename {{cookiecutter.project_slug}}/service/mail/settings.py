"""The settings of mail: the SMTP server, the sender, and the address of the service in links."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Regexp

from service.config.rules import is_production
from service.config.schema import NOT_SET, SettingsSchema, validate_host_and_port

DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
DEVELOPMENT_DEFAULTS = {
    "MAIL_FROM": "noreply@localhost",
    "PUBLIC_URL": "http://127.0.0.1:5000",
}


@dataclass(frozen=True)
class MailServer:
    """Where mail is sent. `scheme` is "smtp", "smtps", or "console", which prints it."""

    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False


class MailURL(fields.Field[MailServer]):
    """The URL of an SMTP server. Error messages contain no part of it: it may hold a password."""

    default_error_messages = {
        "invalid": "must be smtp://USER:PASSWORD@HOST:PORT, smtps://USER:PASSWORD@HOST:PORT or "
        "console:, with special characters escaped (@ is %40).",
        "option": "can only have the option ?starttls=on or ?starttls=off, with smtp://.",
    }

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> MailServer:
        if value == "console:":
            return MailServer("console")
        validate_host_and_port(value)
        url = urlsplit(value)
        is_valid = url.scheme in DEFAULT_PORTS and url.hostname and url.path in {"", "/"}
        if not is_valid or url.fragment or "@" in url.netloc.rpartition("@")[0]:
            raise self.make_error("invalid")
        options = dict(parse_qsl(url.query, keep_blank_values=True))
        if options and (
            url.scheme != "smtp" or options not in ({"starttls": "on"}, {"starttls": "off"})
        ):
            raise self.make_error("option")
        return MailServer(
            url.scheme,
            url.hostname or "",
            url.port or DEFAULT_PORTS[url.scheme],
            unquote(url.username or ""),
            unquote(url.password or ""),
            starttls=url.scheme == "smtp" and options.get("starttls") != "off",
        )


class MailSettings(SettingsSchema):
    """The settings of mail. In production, no mail is sent if `MAIL_URL` is not set."""

    MAIL_URL = MailURL(load_default=None)
    MAIL_FROM = fields.Email(error_messages={"invalid": "must be an email address."})
    PUBLIC_URL = fields.String(
        validate=[
            Regexp(
                r"https?://[^\s/?#@]+(/[^\s?#]*)?$",
                error="must be the URL of this service, such as https://example.com.",
            ),
            validate_host_and_port,
        ]
    )

    @validates_schema(skip_on_field_errors=False)
    def set_mail_defaults(self, settings: dict[str, Any], **_kwargs: Any) -> None:
        """Print mail outside production by default; require all settings if mail is sent."""
        server = settings.get("MAIL_URL")
        if not is_production(settings):
            settings["MAIL_URL"] = server or MailServer("console")
            for name, value in DEVELOPMENT_DEFAULTS.items():
                settings.setdefault(name, value)
        elif server:
            missing = [name for name in DEVELOPMENT_DEFAULTS if not settings.get(name)]
            problems = {name: [NOT_SET] for name in missing}
            if server.scheme == "console":
                problems["MAIL_URL"] = ["must be an SMTP server in production, or not be set."]
            if problems:
                raise ValidationError(problems)
