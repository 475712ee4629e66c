"""The general settings, and the types of fields for the settings of all packages.

`.env.example` explains each setting.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from babel.dates import get_timezone
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema
from marshmallow.validate import OneOf, Range, Regexp
from werkzeug.sansio.utils import host_is_trusted

from service.config.rules import find_exposure, find_weak_secrets

ORIGIN = re.compile(r"(https://[a-z0-9-]+(\.[a-z0-9-]+)*|http://localhost)(:[0-9]{1,5})?")

NOT_SET = "is not set. Set it in .env or in the environment; .env.example explains it."


class CommaSeparatedList(fields.Field[list[str]]):
    """A comma-separated list; spaces around its elements and empty elements are ignored."""

    def _deserialize(self, value: str, *_args: Any, **_kwargs: Any) -> list[str]:
        return [element.strip() for element in value.split(",") if element.strip()]


class HostList(CommaSeparatedList):
    """A list of hosts, in lower case and without ports. A leading dot includes all subdomains."""

    default_error_messages = {
        "invalid": "must be a list of host names, such as example.com. "
        "Write .example.com to include all subdomains, and an IPv6 address in brackets."
    }

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> list[str]:
        return [self._normalize(host) for host in super()._deserialize(value, *args, **kwargs)]

    def _normalize(self, host: str) -> str:
        name = host.removeprefix(".")
        try:
            ascii_name = name.encode("idna").decode().lower()
        except UnicodeError:
            raise self.make_error("invalid") from None
        if not host_is_trusted(ascii_name):
            raise self.make_error("invalid")
        return host[: -len(name)] + re.sub(r":\d+$", "", ascii_name)


class OriginList(CommaSeparatedList):
    """A list of origins of other sites, in lower case, as browsers send them."""

    default_error_messages = {
        "invalid": "must be a list of origins, such as https://app.example.com, without a path. "
        "Plain http is accepted for localhost only; * is not accepted."
    }

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> list[str]:
        origins = super()._deserialize(value.lower(), *args, **kwargs)
        if not all(map(ORIGIN.fullmatch, origins)):
            raise self.make_error("invalid")
        return origins


class Boolean(fields.Boolean):
    """A boolean, written as 1, true, yes, 0, false or no in upper or lower case."""

    truthy = {"1", "true", "yes"}
    falsy = {"0", "false", "no"}
    default_error_messages = {"invalid": "must be a boolean: 1 or 0."}

    def _deserialize(self, value: str, *args: Any, **kwargs: Any) -> bool:
        return super()._deserialize(value.lower(), *args, **kwargs)


class Secret(fields.String):
    """A secret. `SettingsSchema` rejects a weak one."""

    default_error_messages = {"required": NOT_SET}


class SecretList(CommaSeparatedList):
    """A comma-separated list of secrets, so that keys can be rotated."""

    default_error_messages = {"required": NOT_SET}


class SettingsSchema(Schema):
    """The base class for the settings of a package. Each field has the name of its setting."""

    class Meta:
        """Ignore environment variables that are not settings."""

        unknown = EXCLUDE

    @validates_schema(skip_on_field_errors=False)
    def reject_unsafe_settings(self, settings: dict[str, Any], **_kwargs: Any) -> None:
        """Raise `ValidationError` for unsafe settings, even if other settings are invalid."""
        secrets = [
            name for name, field in self.fields.items() if isinstance(field, (Secret, SecretList))
        ]
        problems = [*find_exposure(settings), *find_weak_secrets(settings, secrets)]
        if problems:
            raise ValidationError({name: [message] for name, message in problems})


def validate_time_zone(name: str) -> None:
    """Raise `ValidationError` if the IANA database has no time zone with this name."""
    try:
        get_timezone(name)
    except LookupError:
        raise ValidationError("must be the name of a time zone, such as Asia/Seoul.") from None


def validate_host_and_port(url: str) -> None:
    """Raise `ValidationError` if a URL has an invalid port or IPv6 address."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ValidationError("must have a valid host and port.") from None


class GeneralSettings(SettingsSchema):
    """The settings that belong to no other package."""

    APP_ENV = fields.String(
        load_default="production", validate=OneOf(["production", "development", "testing"])
    )
    FLASK_DEBUG = Boolean(load_default=False)
    TRUSTED_HOSTS = HostList(load_default=list)
    SITE_TIME_ZONE = fields.String(load_default="UTC", validate=validate_time_zone)
    CORS_ORIGINS = OriginList(load_default=list)
    HSTS_INCLUDE_SUBDOMAINS = Boolean(load_default=False)
    PROXY_HOPS = fields.Integer(load_default=0, validate=Range(0, 10))
    RATELIMIT_ENABLED = Boolean(load_default=True)
    RATELIMIT_MULTIPLIER = fields.Integer(load_default=1, validate=Range(1, 1000))
    RATELIMIT_STORAGE_URI = fields.String(
        load_default="memory://",
        validate=[
            Regexp(
                r"memory://$|(rediss?|redis\+unix)://.",
                error="must be memory:// or the URL of a Redis server, redis://HOST:6379/0.",
            ),
            validate_host_and_port,
        ],
    )
    WEB_CONCURRENCY = fields.Integer(load_default=2, validate=Range(1, 1000))
    WEB_THREADS = fields.Integer(load_default=4, validate=Range(1, 1000))
    PORT = fields.Integer(validate=Range(1, 65535))
    METRICS_PORT = fields.Integer(validate=Range(1, 65535))
    OTEL_EXPORTER_OTLP_ENDPOINT = fields.Url(
        require_tld=False, schemes={"http", "https"}, validate=validate_host_and_port
    )
    SENTRY_DSN = fields.String(
        validate=[
            Regexp(
                r"https?://[^:@/?#\s]+(:[^@/?#\s]*)?@[^:@/?#\s][^@/?#\s]*/([^?#\s]+/)?\d+$",
                error="must have the form https://KEY@HOST/PROJECT, as Sentry shows it.",
            ),
            validate_host_and_port,
        ]
    )
    LOG_FORMAT = fields.String(load_default="json", validate=OneOf(["json", "text"]))
    LOG_LEVEL = fields.String(
        load_default="INFO", validate=OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
    )
