"""What an account may consist of, and when two e-mails or names count as the same."""

import re
import unicodedata
from functools import cache
from itertools import chain

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext

from service.core.rates import Rate
from service.core.text import TextRule

# Scripts whose letters look like each other's (Unicode Technical Standard 39, section 5.2).
LOOK_ALIKE = {"LATIN", "CYRILLIC", "GREEK"}
INVISIBLE = {"Cf", "Co", "Cn"}
LONGEST_CANONICAL = 160


class EmailRule(TextRule):
    """An e-mail address."""

    def clean(self, text: str) -> str:
        """Return the form in which an address is kept and compared, on every database alike."""
        return unicodedata.normalize("NFKC", text).strip().lower()

    def problem(self, text: str) -> str | None:
        """Return what is wrong with a clean address; nothing is asked of the network."""
        if problem := super().problem(text):
            return problem
        try:
            validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            return gettext("This is no e-mail address.")
        return None


class NameRule(TextRule):
    """A name under which a member is seen."""

    def clean(self, text: str) -> str:
        """Return the name as it is kept and shown."""
        return " ".join(unicodedata.normalize("NFC", text).split())

    def problem(self, text: str) -> str | None:
        """Return what is wrong with a clean name: it must not pass for another one."""
        if problem := super().problem(text):
            return problem
        if any(unicodedata.category(character) in INVISIBLE for character in text):
            return gettext("This holds characters that cannot be seen. Type it anew.")
        scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in text}
        if len(scripts & LOOK_ALIKE) > 1:
            return gettext("Write this with the letters of one alphabet.")
        if len(canonical_name(text)) > LONGEST_CANONICAL:
            return gettext("Some of these characters stand for many. Use others.")
        return None


class PasswordRule(TextRule):
    """A password: any characters but half ones (NIST SP 800-63B-4, section 3.1.1.2)."""

    unwritable = re.compile("[\\ud800-\\udfff]")

    def clean(self, text: str) -> str:
        """Return the password as it is: every character counts, spaces at its ends included."""
        return text


EMAIL = EmailRule(minimum=3, maximum=254)
NAME = NameRule(minimum=2, maximum=40)
# Chosen well enough? Its length says half of it, `too_easy` the rest.
PASSWORD = PasswordRule(minimum=8, maximum=128, has_lines=True)

# Nobody is known yet who does these, so the people of a network are counted together. What is
# tried in vain is counted in `throttle.py` besides.
REGISTERING = Rate("registering", per_minute=30)
LOGGING_IN = Rate("logging in", per_minute=60)
REFRESHING = Rate("refreshing", per_minute=300)


def canonical_name(name: str) -> str:
    """Return what a name is compared by: spellings that look the same are the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def too_easy(password: str, *context: str) -> str | None:
    """Return why somebody would guess this password early; None where not.

    It may be one of those that people use most (ASVS 5.0, 6.2.4), or one of the words of the
    context (6.2.11): the site's name, the member's name and address. What is appended to such a
    word, digits for example, does not make it better.
    """
    bare = password.casefold()
    words = {bare, bare.rstrip("0123456789!?.*#$-_ ")}
    near = chain.from_iterable((word, word.partition("@")[0]) for word in context)
    if words & {word.casefold() for word in near if word}:
        return gettext("This is too close to your name, your address or the name of this site.")
    if words & common_passwords():
        return gettext("Too many people use this password. Choose another.")
    return None


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords that are tried first: 30,000, from published leaks."""
    # Half a megabyte of words that only a registration needs.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])
