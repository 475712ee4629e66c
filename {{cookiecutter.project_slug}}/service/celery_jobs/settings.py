"""The settings of Celery."""

from marshmallow import fields
from marshmallow.validate import Range, Regexp

from service.config.schema import SettingsSchema, validate_host_and_port


class CelerySettings(SettingsSchema):
    """The broker, and how long a job may take."""

    CELERY_BROKER_URL = fields.String(
        load_default="redis://127.0.0.1:6379/1",
        validate=[
            Regexp(
                r"rediss?://.",
                error="must be the URL of a Redis server, redis://HOST:6379/1.",
            ),
            validate_host_and_port,
        ],
    )
    JOB_LEASE_SECONDS = fields.Integer(load_default=300, validate=Range(1, 86_400))
