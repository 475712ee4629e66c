"""Access tokens and refresh tokens: what stands in them, and how they are read.

An access token is a JWT (RFC 7519) after the profile of RFC 9068, without its `client_id`: whoever
has one may use it from any client. It is a header (`alg`, `typ`, `kid`), a payload (the claims)
and a signature over both, each in base64url. Anybody can read it, so it tells of nobody more than
two ids; nobody without a key of the ring can make one. It lives for minutes, and yet is not
believed alone: whoever reads one looks up its session, which may have ended.

A refresh token is nothing but 256 random bits. The database keeps its SHA-256 only, so that
whoever reads the database can use none; a plain hash will do, because nobody guesses 256 bits.

Nothing here knows Flask or the database. The clock and the chance are arguments.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import jwt

from service.core.ids import LARGEST_ID

ACCESS_SECONDS = 15 * 60
# How far the clocks of two machines may be apart (RFC 7519, section 4.1.4).
LEEWAY_SECONDS = 10
# One algorithm, named here and not by the token (RFC 8725, section 3.1).
ALGORITHM = "HS256"
# Says that this is no other kind of JWT (RFC 9068, section 2.1; RFC 8725, section 3.11).
TYPE = "at+jwt"
ISSUER = "urn:service:accounts"
AUDIENCE = "urn:service:api"
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"]
LONGEST_TOKEN = 1024


class InvalidTokenError(Exception):
    """A token that is forged, expired, for somebody else, or no token at all."""


@dataclass(frozen=True)
class Claims:
    """What an access token says: which member, by which session."""

    member_id: int
    session_id: str


class KeyRing:
    """The keys that sign access tokens: the first signs, and all of them verify.

    A new key goes to the front; the old one stays behind it until its last token has expired.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys; the first is the one that signs."""
        self._keys = {key_id(key): key for key in keys}
        self.signing_id = key_id(keys[0])

    def key(self, identifier: object) -> str:
        """Return the key of this id; raise `InvalidTokenError` where there is none."""
        if not isinstance(identifier, str) or identifier not in self._keys:
            raise InvalidTokenError("unknown key")
        return self._keys[identifier]


def key_id(key: str) -> str:
    """Return the `kid` of a key: its name, of no more help in guessing it than a signature is."""
    return sha256(b"kid" + key.encode()).hexdigest()[:16]


_READER = jwt.PyJWT(
    options={
        "require": REQUIRED,
        "strict_aud": True,
        "enforce_minimum_key_length": True,
        # The library asks the computer's clock; `_check_times` asks the caller's.
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
    }
)


def issue_access_token(claims: Claims, ring: KeyRing, at: datetime, token_id: str) -> str:
    """Return a token for these claims, good from `at` on for `ACCESS_SECONDS`.

    `token_id` becomes the claim `jti`: it names this one token, in a log for example.
    """
    seconds = int(at.timestamp())
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.member_id),
        "sid": claims.session_id,
        "jti": token_id,
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + ACCESS_SECONDS,
    }
    headers = {"typ": TYPE, "kid": ring.signing_id}
    return jwt.encode(payload, ring.key(ring.signing_id), ALGORITHM, headers)


def read_access_token(token: str, ring: KeyRing, at: datetime) -> Claims:
    """Return the claims of a token that one of our keys signed and that is good at this moment.

    Raises `InvalidTokenError` for any other text, whatever it holds (RFC 8725, section 3).
    """
    if len(token) > LONGEST_TOKEN:
        raise InvalidTokenError("too long")
    try:
        key = ring.key(_key_named_by(token.partition(".")[0]))
        payload = _READER.decode(token, key, [ALGORITHM], audience=AUDIENCE, issuer=ISSUER)
    # Not all of the library's errors are an InvalidTokenError; an InvalidKeyError is none.
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidTokenError(type(error).__name__) from error
    _check_times(payload, int(at.timestamp()))
    return _claims(payload)


@lru_cache(maxsize=64)
def _key_named_by(header: str) -> object:
    """Return the `kid` of a header, which is the same text in all tokens of one key."""
    said = jwt.get_unverified_header(f"{header}..")
    if said.get("typ") != TYPE:
        raise InvalidTokenError("another kind of token")
    return said.get("kid")


def _check_times(payload: dict[str, Any], seconds: int) -> None:
    times = [payload[name] for name in ("iat", "nbf", "exp")]
    if not all(type(moment) is int for moment in times):
        raise InvalidTokenError("a time is no whole number")
    issued, begins, ends = times
    if max(issued, begins) > seconds + LEEWAY_SECONDS or ends <= seconds - LEEWAY_SECONDS:
        raise InvalidTokenError("not yet or no longer good")


def _claims(payload: dict[str, Any]) -> Claims:
    member, session = payload["sub"], payload["sid"]
    if not re.fullmatch("[1-9][0-9]{0,9}", member) or int(member) > LARGEST_ID:
        raise InvalidTokenError("sub is no id of a member")
    if not (isinstance(session, str) and session.isprintable()):
        raise InvalidTokenError("sid is no id of a session")
    return Claims(int(member), session)


def new_refresh_token(random: Callable[[int], bytes] = token_bytes) -> str:
    """Return a new refresh token: 256 bits of `random`, in base64url."""
    return urlsafe_b64encode(random(32)).rstrip(b"=").decode()


def refresh_token_hash(token: str) -> str:
    """Return what the database keeps in place of the token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
