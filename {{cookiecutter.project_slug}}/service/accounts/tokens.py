"""Issuing and verifying access tokens, and hashing refresh tokens.

An access token is a JWT (RFC 7519) that follows the profile of RFC 9068, but without `client_id`,
because tokens are not bound to a client. Anyone can decode an access token, so it contains two ids
and no personal data. Only the holder of a key can create one. An access token is valid for
15 minutes, and only while its session is active.

A refresh token is an opaque string of 256 bits: random for a login, and then derived from its
predecessor with a key. The database stores only its SHA-256 hash, so a leaked database contains no
usable token. A fast hash is enough, because 256 random bits cannot be guessed.

This module depends neither on Flask nor on the database.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import jwt

from service.database.columns import MAX_ID

ACCESS_TOKEN_SECONDS = 15 * 60
# Tolerated clock skew between machines (RFC 7519, section 4.1.4).
LEEWAY_SECONDS = 10
# The algorithm in the header of a token is not trusted (RFC 8725, section 3.1).
ALGORITHM = "HS256"
# The required `typ`; tokens of other types are rejected (RFC 9068, section 2.1; RFC 8725, 3.11).
JWT_TYPE = "at+jwt"
ISSUER = "urn:service:accounts"
AUDIENCE = "urn:service:api"
REQUIRED_CLAIMS = ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp"]
MAX_TOKEN_LENGTH = 1024
TOKEN_BYTES = 32


class InvalidTokenError(Exception):
    """The access token is malformed, forged, expired or for another audience."""


def key_id(key: str) -> str:
    """Return the `kid` of a key: a truncated hash, which does not reveal the key."""
    return sha256(b"kid" + key.encode()).hexdigest()[:16]


def issue_access_token(member_id: int, session_id: str, keys: Sequence[str], at: datetime) -> str:
    """Return an access token that is signed with the first key and valid from `at`.

    To rotate keys, put the new key first. Remove the old key when the last token signed with it has
    expired.
    """
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(member_id),
        "sid": session_id,
        "jti": uuid4().hex,
        "iat": at,
        "nbf": at,
        "exp": at + timedelta(seconds=ACCESS_TOKEN_SECONDS),
    }
    headers = {"typ": JWT_TYPE, "kid": key_id(keys[0])}
    return jwt.encode(payload, keys[0], ALGORITHM, headers)


def read_access_token(token: str, keys: Sequence[str]) -> tuple[int, str]:
    """Verify an access token; return its member id and session id.

    Raises `InvalidTokenError` unless the token is valid now and signed with one of the keys.
    """
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidTokenError("too long")
    try:
        payload = _decode(token, keys)
    # Malformed tokens also raise `ValueError` or `RecursionError`. Not every error of PyJWT is a
    # `jwt.InvalidTokenError`, for example `jwt.InvalidKeyError`.
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise InvalidTokenError(type(error).__name__) from error
    return _parse_ids(payload)


def _decode(token: str, keys: Sequence[str]) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    if header.get("typ") != JWT_TYPE:
        raise InvalidTokenError("wrong type")
    key = {key_id(key): key for key in keys}.get(header.get("kid", ""))
    if key is None:
        raise InvalidTokenError("unknown key")
    return jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        leeway=LEEWAY_SECONDS,
        options={
            "require": REQUIRED_CLAIMS,
            "strict_aud": True,
            "enforce_minimum_key_length": True,
        },
    )


def _parse_ids(payload: dict[str, Any]) -> tuple[int, str]:
    # PyJWT would accept strings, floats and booleans too.
    if not all(type(payload[name]) is int for name in ("iat", "nbf", "exp")):
        raise InvalidTokenError("a time is not an integer")
    member_id, session_id = payload["sub"], payload["sid"]
    if not re.fullmatch("[1-9][0-9]{0,9}", member_id) or int(member_id) > MAX_ID:
        raise InvalidTokenError("sub is not a member id")
    # Databases reject some characters that cannot be printed, such as NUL.
    if not (isinstance(session_id, str) and session_id.isprintable()):
        raise InvalidTokenError("sid is not a session id")
    return int(member_id), session_id


def random_token() -> str:
    """Return a new opaque token of 256 random bits."""
    return token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return the hash that the database stores in place of the token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def derive_successor(token: str, key: str) -> str:
    """Return the refresh token that follows a token: the same each time, and secret like the key.

    The key signs access tokens, so it is not used here itself, but to derive another one.
    """
    derived_key = hmac.digest(key.encode(), b"successor of a refresh token", "sha256")
    digest = hmac.digest(derived_key, token.encode("utf-8", "surrogatepass"), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
