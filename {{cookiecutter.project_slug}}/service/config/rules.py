"""Functions that find unsafe settings (ASVS 5.0, 13.3.1 and 13.4.2).

They yield the name of each unsafe setting and a message without its value. The application does
not start with an unsafe setting.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MIN_SECRET_LENGTH = 32
MIN_DISTINCT_CHARACTERS = 8
# Placeholder values, as in `.env.example` and in tutorials.
PLACEHOLDER = re.compile("replace.?me|change.?me|placeholder|your.?secret", re.IGNORECASE)
GENERATE = 'Generate one: python -c "import secrets; print(secrets.token_urlsafe(48))"'


def is_production(settings: Mapping[str, Any]) -> bool:
    """Return whether `APP_ENV` is `production`."""
    return settings.get("APP_ENV") == "production"


def find_exposure(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Find settings that let clients choose the host of generated URLs, or reach the debugger."""
    if is_production(settings) and settings.get("TRUSTED_HOSTS") == []:
        yield "TRUSTED_HOSTS", "is not set. Set it to the host names of this service."
    if is_production(settings) and settings.get("FLASK_DEBUG"):
        yield "FLASK_DEBUG", "must be off in production. Remove it, or set APP_ENV=development."


def find_weak_secrets(
    settings: Mapping[str, Any], names: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Find secrets that are short, easy to guess or used twice, among the settings with `names`.

    A setting may hold a list of secrets.
    """
    names_by_secret: dict[str, str] = {}
    for name in names:
        value = settings.get(name, [])
        for secret in [value] if isinstance(value, str) else value:
            if len(secret) < MIN_SECRET_LENGTH:
                yield name, f"must be at least {MIN_SECRET_LENGTH} characters long. {GENERATE}"
            elif PLACEHOLDER.search(secret) or len(set(secret)) < MIN_DISTINCT_CHARACTERS:
                yield name, f"is a placeholder or easy to guess. {GENERATE}"
            elif secret in names_by_secret:
                yield name, f"must not repeat a secret of {names_by_secret[secret]}. {GENERATE}"
            names_by_secret.setdefault(secret, name)
