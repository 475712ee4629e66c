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
# Characters that steer others, are private or are none; and those that show nothing although they
# count as letters, marks or symbols: fillers, variation selectors, the Braille blank.
INVISIBLE = {"Cf", "Co", "Cn"}
BLANK = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    r"\U00016fe4\U0001d159\U000e0100-\U000e01ef]"
)
LONGEST_CANONICAL = 160
# A text that exceeds its length so many times is refused unread: the time that Unicode's normal
# forms take grows with the square of a row of accents.
HOPELESS = 4


class EmailRule(TextRule):
    """An e-mail address."""

    def clean(self, text: str) -> str:
        """Return the form in which an address is kept and compared, on every database alike."""
        text = text.strip()
        if len(text) > HOPELESS * self.maximum:
            return text
        folded = unicodedata.normalize("NFKC", text).strip()
        try:
            # Its domain as people read it, however it was written.
            return validate_email(folded, check_deliverability=False).normalized.lower()
        except EmailNotValidError:
            return folded

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
        text = " ".join(text.split())
        return text if len(text) > HOPELESS * self.maximum else unicodedata.normalize("NFC", text)

    def problem(self, text: str) -> str | None:
        """Return what is wrong with a clean name: it must not pass for another one."""
        if problem := super().problem(text):
            return problem
        if BLANK.search(text) or any(unicodedata.category(sign) in INVISIBLE for sign in text):
            return gettext("This holds characters that cannot be seen. Type it anew.")
        plain = canonical_name(text)
        scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in plain}
        if len(scripts & LOOK_ALIKE) > 1:
            return gettext("Write this with the letters of one alphabet.")
        if len(plain) > LONGEST_CANONICAL:
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
    """Return what a name is compared by: case, width and style of its letters do not count.

    Names of different letters that look alike (l and I, or a whole word in another alphabet) are
    different names.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def too_easy(password: str, *context: str) -> str | None:
    """Return why somebody would guess this password early; None where not.

    It may be one of those that people use most (ASVS 5.0, 6.2.4), or one of the words of the
    context (6.2.11): the site's name, the member's name and address. What is appended to such a
    word, digits for example, does not make it better, nor do spaces in it.
    """
    words = {password.casefold(), _bare(password)}
    near = chain.from_iterable((word, word.partition("@")[0]) for word in context)
    if words & set(chain.from_iterable((word.casefold(), _bare(word)) for word in near)) - {""}:
        return gettext("This is too close to your name, your address or the name of this site.")
    if words & common_passwords():
        return gettext("Too many people use this password. Choose another.")
    return None


def _bare(text: str) -> str:
    return "".join(text.casefold().split()).rstrip("0123456789!?.*#$-_")


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords that are tried first: 30,000, from published leaks."""
    # Half a megabyte of words that only a registration needs.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])
