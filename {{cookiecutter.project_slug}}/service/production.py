"""What no service may run with, in production at the latest (ASVS 5.0, 13.3.1 and 13.4.2).

A rule yields a sentence for each setting that breaks it: its name and the cure, never its value.
The start obeys the rules, and `doctor` tells of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Whatever stands here is long, made by chance, and like no other of them. Some are lists.
SECRETS = [
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "JWT_KEYS",  # [template] if auth
    "PASSWORD_PEPPER",  # [template] if auth
]
SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 8
# What stands in `.env.example`, and in what people copy from elsewhere.
PLACEHOLDER = re.compile("replace.?me|change.?me|placeholder|your.?secret", re.IGNORECASE)
MAKE_ONE = 'Make one: python -c "import secrets; print(secrets.token_urlsafe(48))"'


def guessed_or_shared_secrets(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the secrets that somebody else may know."""
    found_in: dict[str, str] = {}
    for name in SECRETS:
        said = settings.get(name, [])
        for secret in [said] if isinstance(said, str) else said:
            if len(secret) < SHORTEST_SECRET:
                yield f"{name} needs {SHORTEST_SECRET} characters or more. {MAKE_ONE}"
            elif PLACEHOLDER.search(secret) or len(set(secret)) < FEWEST_CHARACTERS:
                yield f"{name} is a placeholder, or as easy to guess. {MAKE_ONE}"
            elif secret in found_in:
                yield f"{name} repeats what {found_in[secret]} says. {MAKE_ONE}"
            found_in.setdefault(secret, name)


def unknown_hosts(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the setting without which a client chooses the host of the addresses that we make."""
    if is_production(settings) and not settings["TRUSTED_HOSTS"]:
        yield "TRUSTED_HOSTS is not set. Name the hosts that people will type."
    if any("*" in host or "/" in host for host in settings["TRUSTED_HOSTS"] or ()):
        yield "TRUSTED_HOSTS has what is no host. Write a.org, or .a.org with all that is below."


def debugger(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the setting with which whoever meets an error may run what they like."""
    if is_production(settings) and settings["FLASK_DEBUG"]:
        yield "FLASK_DEBUG is on, and APP_ENV is production. Turn one of them off."


def is_production(settings: Mapping[str, Any]) -> bool:
    """Return whether the service is what people use."""
    return bool(settings["APP_ENV"] == "production")


RULES: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "the secrets are nobody else's": guessed_or_shared_secrets,
    "only our own hosts are served": unknown_hosts,
    "the debugger is off": debugger,
}
