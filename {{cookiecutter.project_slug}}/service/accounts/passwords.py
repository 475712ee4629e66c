"""Passwords: what is kept in their place, and how one is compared with it.

What is kept is bcrypt over an HMAC-SHA-384 of the password, keyed with the pepper and written in
base64 (OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt"). Three reasons:

- bcrypt takes 72 bytes, and in its first form stops at a NUL; the HMAC, in base64, makes 64
  characters out of any password, so that every byte of it counts (ASVS 5.0, 6.2.8 and 6.2.9).
- Whoever has the database but not the pepper, which is in the environment, cannot guess at all.
- A hash that leaked elsewhere is of no use here, because there the key was missing.

The password itself is kept nowhere, and appears in no log. A lost pepper makes every password
wrong; a stolen one alone opens nothing.

Nothing here knows Flask or the database.
"""

import hmac
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

import bcrypt


@dataclass(frozen=True)
class PasswordHashing:
    """How this service hashes: the pepper, the cost of bcrypt, and where its salts come from.

    Each step of the cost doubles the time (12 is about a quarter of a second).
    """

    pepper: str
    cost: int
    salt: Callable[[int], bytes] = bcrypt.gensalt

    def hash(self, password: str) -> str:
        """Return what is kept of a password: each time another text, because of the salt."""
        return bcrypt.hashpw(self._prehash(password), self.salt(self.cost)).decode()

    def matches(self, password: str, kept: str | None) -> bool:
        """Tell whether this is the password; never, where nothing is kept.

        Then it takes as long all the same, so that the time does not tell who has an account
        (ASVS 5.0, 6.3.8). It does tell who has an outdated hash, until their next login.
        """
        fits = bcrypt.checkpw(self._prehash(password), (kept or self._nobodys()).encode())
        return fits and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with a lower cost than today's."""
        return int(kept.split("$")[2]) < self.cost

    def _prehash(self, password: str) -> bytes:
        # A password may hold half a character (a lone surrogate); it is as good as any other.
        received = password.encode("utf-8", "surrogatepass")
        return b64encode(hmac.digest(self.pepper.encode(), received, "sha384"))

    def _nobodys(self) -> str:
        # A well-formed hash of today's cost, of which nobody knows the password.
        return f"$2b${self.cost:02}$" + "." * 53
