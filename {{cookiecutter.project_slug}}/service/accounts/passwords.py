"""Password hashing with bcrypt, in place of Werkzeug's `generate_password_hash`.

The stored hash is a bcrypt hash of the password's HMAC-SHA-384. The HMAC is keyed with the pepper
and encoded in base64 (OWASP Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt").
Reasons for the HMAC:

- bcrypt reads at most 72 bytes, and some implementations stop at a NUL byte. The encoded HMAC is
  always 64 characters long and depends on every byte of the password (ASVS 5.0, 6.2.8 and 6.2.9).
- An attacker who has the database but not the pepper cannot guess passwords offline. The pepper is
  in the environment, not in the database.
- The key prevents password shucking: a plain SHA-384 hash leaked by another service cannot be
  tested against our bcrypt hashes.

If the pepper is lost, every password must be reset.
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass

import bcrypt
import structlog

log = structlog.get_logger()

# About 0.25 seconds per hash. The OWASP Password Storage Cheat Sheet requires a cost of 10 or more.
BCRYPT_COST = 12
# The lowest cost that bcrypt supports.
TEST_BCRYPT_COST = 4


@dataclass(frozen=True)
class PasswordHasher:
    """Hashes and verifies passwords with a pepper. One more in the bcrypt cost doubles the time."""

    pepper: str
    cost: int

    def hash(self, password: str) -> str:
        """Return the hash to store. Each call uses a new salt and returns a different hash."""
        return bcrypt.hashpw(self._prehash(password), bcrypt.gensalt(self.cost)).decode()

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Return whether the password matches the hash; `False` if there is no bcrypt hash.

        Without one, bcrypt checks a dummy hash, so that the response time does not reveal whether
        an account exists (ASVS 5.0, 6.3.8). The time still reveals an account whose hash has an
        outdated cost, until the member's next login replaces the hash.
        """
        prehash, dummy_hash = self._prehash(password), self._dummy_hash()
        try:
            return bcrypt.checkpw(prehash, password_hash.encode() if password_hash else dummy_hash)
        except ValueError:
            # The hash is of another kind, for example from an import.
            log.warning("invalid_password_hash")
            return bcrypt.checkpw(prehash, dummy_hash)

    def needs_rehash(self, password_hash: str) -> bool:
        """Return whether the hash was created with a lower cost than the current one."""
        return int(password_hash.split("$")[2]) < self.cost

    def _prehash(self, password: str) -> bytes:
        # "surrogatepass", because JSON can contain a lone surrogate, which UTF-8 cannot encode.
        encoded = password.encode("utf-8", "surrogatepass")
        return b64encode(hmac.digest(self.pepper.encode(), encoded, "sha384"))

    def _dummy_hash(self) -> bytes:
        """Return a well-formed hash with the current cost that no known password matches."""
        return f"$2b${self.cost:02}$".encode() + b"." * 53
