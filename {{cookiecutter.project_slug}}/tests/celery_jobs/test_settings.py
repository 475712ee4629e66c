"""The settings `CELERY_BROKER_URL` and `JOB_LEASE_SECONDS`."""

from collections.abc import Callable

import pytest
from flask import Flask

from service.config.settings import ConfigurationError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELERY_BROKER_URL", "hunter2"),
        ("CELERY_BROKER_URL", "amqp://hunter2@127.0.0.1"),
        ("CELERY_BROKER_URL", "redis://127.0.0.1:hunter2"),
        ("JOB_LEASE_SECONDS", "0"),
        ("JOB_LEASE_SECONDS", "hunter2"),
    ],
)
def test_invalid_setting_is_rejected_without_its_value(
    make_app: Callable[..., Flask], name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        make_app(**{name: value})

    assert error.value.message.startswith(f"{name}: ")
    assert "hunter2" not in error.value.message
