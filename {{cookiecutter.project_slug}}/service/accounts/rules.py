"""Validation rules for email addresses and passwords, and the rate limits of accounts."""

import re
import unicodedata
from functools import cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from flask_babel import gettext

from service.web.fields import TextRule
from service.web.rate_limits import RateLimit

# A text longer than this multiple of its maximum length is rejected without normalization: the time
# of Unicode normalization grows with the square of the number of consecutive combining marks.
NORMALIZATION_LENGTH_FACTOR = 4

# On an intranet, addresses end with such domains: ann@corp.local, admin@localhost.
SPECIAL_USE_DOMAIN_NAMES.clear()


class EmailRule(TextRule):
    """The rule for an email address: normalized, and validated without DNS."""

    def clean(self, text: str) -> str:
        """Return the normalized address, in which all equivalent spellings are equal."""
        text = text.strip()
        if len(text) > NORMALIZATION_LENGTH_FACTOR * self.maximum:
            return text
        folded = unicodedata.normalize("NFKC", text).strip()
        try:
            return validated_address(folded).lower()
        except EmailNotValidError:
            return folded

    def error_message(self, text: str) -> str | None:
        """Return a message if a cleaned address is invalid, else `None`; send no DNS query."""
        if message := super().error_message(text):
            return message
        try:
            validated_address(text)
        except EmailNotValidError:
            return gettext("Enter a valid email address.")
        return None


class PasswordRule(TextRule):
    """The rule for a password: all characters are allowed except lone surrogates.

    See NIST SP 800-63B-4, section 3.1.1.2.
    """

    forbidden = re.compile("[\\ud800-\\udfff]")

    def clean(self, text: str) -> str:
        """Return the password unchanged: leading and trailing spaces are part of it."""
        return text

    def countable(self, text: str) -> str:
        """Return the password unchanged: its invisible characters count as well."""
        return text


EMAIL = EmailRule(minimum=3, maximum=254)
# For a new password. `weak_password_error` also rejects passwords that are easy to guess.
PASSWORD = PasswordRule(minimum=8, maximum=128, multiline=True)

# The limit applies to the member, or without authentication to the network of the client.
# `login_throttle.py` also limits attempts to log in or register.
REGISTRATION_RATE_LIMIT = RateLimit("registering", per_minute=60)
LOGIN_RATE_LIMIT = RateLimit("logging in", per_minute=60)
PROFILE_RATE_LIMIT = RateLimit("changing the profile", per_minute=30)
EXPORT_RATE_LIMIT = RateLimit("exporting data", per_minute=10)
REFRESH_RATE_LIMIT = RateLimit("refreshing", per_minute=300)


def validated_address(address: str) -> str:
    """Return the address with its domain in Unicode; raise `EmailNotValidError` if it is invalid.

    The domain may be one that only an intranet knows, so it need not have a dot.
    """
    email = validate_email(address, check_deliverability=False, globally_deliverable=False)
    return email.normalized


def weak_password_error(password: str, *context: str) -> str | None:
    """Return a message if a password is easy to guess, else `None`.

    Rejects common passwords (ASVS 5.0, 6.2.4) and the words in `context` (6.2.11): the name of the
    site, and the name and email address of the member. Spaces, and digits or punctuation at the
    end, are ignored in the comparison.
    """
    variants = {password.casefold(), _base_word(password)}
    # The local part of an email address is forbidden as well.
    words = [*context, *(word.partition("@")[0] for word in context)]
    forbidden = {word.casefold() for word in words} | {_base_word(word) for word in words}
    if variants & forbidden - {""}:
        return gettext(
            "This password is too similar to your name, your email address or the name of this "
            "site."
        )
    if variants & common_passwords():
        return gettext("This password is too common. Choose another one.")
    return None


def _base_word(text: str) -> str:
    return "".join(text.casefold().split()).rstrip("0123456789!?.*#$-_")


@cache
def common_passwords() -> frozenset[str]:
    """Return the 30,000 most common passwords of published leaks."""
    # Imported on first use, because loading the lists takes about 70 milliseconds.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])
