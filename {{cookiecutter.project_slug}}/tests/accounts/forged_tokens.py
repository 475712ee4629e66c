"""Forged and malformed access tokens, created without PyJWT."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest

from service.accounts.tokens import AUDIENCE, ISSUER, LEEWAY_SECONDS, key_id
from tests.conftest import SETTINGS

KEY = SETTINGS["JWT_KEYS"]
OTHER_KEY = "another signing key for tests only"
VALID_HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": key_id(KEY)}
PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
    "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
    "-----END PUBLIC KEY-----\n"
)
KEY_SET_URL = "http://127.0.0.1:1/keys.json"

Claims = dict[str, Any]
Forge = Callable[[Claims], str]


def valid_claims(issued_at: int, member_id: int = 7, session_id: str = "a-session") -> Claims:
    """Return the claims of a valid token; `issued_at` is a Unix time in seconds."""
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(member_id),
        "sid": session_id,
        "jti": "a token",
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + 900,
    }


def encode_part(content: object) -> bytes:
    """Encode a header or a payload in base64url; a string is not converted to JSON first."""
    text = content if isinstance(content, str) else json.dumps(content)
    return urlsafe_b64encode(text.encode()).rstrip(b"=")


def sign(header: object, claims: object, key: str = KEY, digest: str = "sha256") -> str:
    """Return a token with this header and payload, signed with HMAC."""
    signing_input = encode_part(header) + b"." + encode_part(claims)
    signature = hmac.digest(key.encode(), signing_input, digest)
    return (signing_input + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()


def without_signature(algorithm: str) -> Forge:
    """Return a function that forges a token with this algorithm and without a signature."""
    return lambda claims: sign({**VALID_HEADER, "alg": algorithm}, claims).rpartition(".")[0] + "."


def with_header(key: str = KEY, digest: str = "sha256", **changes: object) -> Forge:
    """Return a function that forges a token with a changed header; `None` removes a parameter."""
    header = {
        name: value for name, value in {**VALID_HEADER, **changes}.items() if value is not None
    }
    return lambda claims: sign(header, claims, key, digest)


def with_claims(**changes: object) -> Forge:
    """Return a function that forges a correctly signed token with changed claims."""
    return lambda claims: sign(VALID_HEADER, {**claims, **changes})


def with_shifted_times(seconds: int, *names: str) -> Forge:
    """Return a function that forges a correctly signed token.

    The named claims are set to the time of issue plus `seconds`.
    """
    return lambda claims: sign(
        VALID_HEADER, {**claims, **dict.fromkeys(names, claims["iat"] + seconds)}
    )


def without_claim(name: str) -> Forge:
    """Return a function that forges a correctly signed token without this claim."""
    return lambda claims: sign(VALID_HEADER, {key: claims[key] for key in claims if key != name})


def with_edited_payload(claims: Claims) -> str:
    """Return a token whose payload was changed after signing."""
    header, _claims, signature = sign(VALID_HEADER, claims).split(".")
    other = {**claims, "sub": str(int(claims["sub"]) + 1)}
    return f"{header}.{encode_part(other).decode()}.{signature}"


def constant_token(text: str) -> Forge:
    """Return a function that ignores the claims and returns this string."""
    return lambda _claims: text


FORGED_TOKENS = [
    pytest.param(without_signature("none"), id="algorithm none"),
    pytest.param(without_signature("nOnE"), id="algorithm nOnE"),
    pytest.param(without_signature("NONE"), id="algorithm NONE"),
    pytest.param(without_signature(""), id="algorithm empty"),
    pytest.param(with_header(alg=None), id="no algorithm"),
    pytest.param(with_header(alg=["HS256"]), id="algorithms as a list"),
    pytest.param(with_edited_payload, id="payload edited"),
    pytest.param(lambda claims: sign(VALID_HEADER, claims)[:-2], id="signature truncated"),
    pytest.param(with_header(OTHER_KEY), id="another key"),
    pytest.param(with_header(""), id="empty key"),
    pytest.param(with_header("secret"), id="key 'secret'"),
    pytest.param(with_header(OTHER_KEY, kid=key_id(OTHER_KEY)), id="another key with its kid"),
    pytest.param(with_header(digest="sha384", alg="HS384"), id="algorithm HS384"),
    pytest.param(with_header(digest="sha512", alg="HS512"), id="algorithm HS512"),
    pytest.param(with_header(PEM), id="public key as HMAC secret"),
    pytest.param(with_header(PEM, alg="RS256"), id="algorithm RS256"),
    pytest.param(with_header(PEM, alg="ES256"), id="algorithm ES256"),
    pytest.param(
        with_header(OTHER_KEY, jwk={"kty": "oct", "k": encode_part(OTHER_KEY).decode()}), id="jwk"
    ),
    pytest.param(with_header(OTHER_KEY, jku=KEY_SET_URL), id="jku"),
    pytest.param(with_header(OTHER_KEY, x5u=KEY_SET_URL), id="x5u"),
    pytest.param(with_header(OTHER_KEY, x5c=["MIIB"]), id="x5c"),
    pytest.param(with_header(crit=["x"], x=1), id="critical extension"),
    pytest.param(with_header("", kid="../../dev/null"), id="kid: path"),
    pytest.param(with_header(kid="' OR 1=1 --"), id="kid: SQL"),
    pytest.param(with_header(kid="x" * 10_240), id="kid: 10 kilobytes"),
    pytest.param(with_header(kid=7), id="kid: number"),
    pytest.param(with_header(kid=["x"]), id="kid: list"),
    pytest.param(with_header(kid="unknown"), id="kid: unknown"),
    pytest.param(with_header(kid=None), id="no kid"),
    pytest.param(without_claim("iss"), id="no iss"),
    pytest.param(without_claim("aud"), id="no aud"),
    pytest.param(without_claim("sub"), id="no sub"),
    pytest.param(without_claim("sid"), id="no sid"),
    pytest.param(without_claim("jti"), id="no jti"),
    pytest.param(without_claim("iat"), id="no iat"),
    pytest.param(without_claim("nbf"), id="no nbf"),
    pytest.param(without_claim("exp"), id="no exp"),
    # A minute is added to the leeway, because time passes during a test.
    pytest.param(with_shifted_times(-LEEWAY_SECONDS, "exp"), id="expired"),
    pytest.param(with_shifted_times(LEEWAY_SECONDS + 60, "nbf"), id="not valid yet"),
    pytest.param(with_shifted_times(LEEWAY_SECONDS + 60, "iat"), id="issued in the future"),
    pytest.param(with_claims(exp="9999999999"), id="exp: string"),
    pytest.param(with_claims(exp=9e9), id="exp: float"),
    pytest.param(with_claims(nbf=True), id="nbf: boolean"),
    pytest.param(with_claims(iat=None), id="iat: null"),
    pytest.param(with_claims(sub=7), id="sub: number"),
    pytest.param(with_claims(sub={"id": "7"}), id="sub: object"),
    pytest.param(with_claims(sub=str(10**30)), id="sub: 31 digits"),
    pytest.param(with_claims(sub=str(2**31)), id="sub: too large for the column"),
    pytest.param(with_claims(sub="-7"), id="sub: negative"),
    pytest.param(with_claims(sub="007"), id="sub: leading zeros"),
    pytest.param(with_claims(sub="\u0667"), id="sub: Arabic digit"),
    pytest.param(with_claims(sub=""), id="sub: empty"),
    pytest.param(with_claims(sid=["a-session"]), id="sid: list"),
    pytest.param(with_claims(sid="a\0b"), id="sid: NUL"),
    pytest.param(with_claims(sid="\ud800"), id="sid: lone surrogate"),
    pytest.param(with_claims(jti=7), id="jti: number"),
    pytest.param(with_claims(aud="urn:another:api"), id="aud: another"),
    pytest.param(with_claims(aud=[AUDIENCE, "urn:another:api"]), id="aud: ours and another"),
    pytest.param(with_claims(aud=[AUDIENCE]), id="aud: list"),
    pytest.param(with_claims(iss="urn:another:service"), id="iss: another"),
    pytest.param(with_header(typ=None), id="no type"),
    pytest.param(with_header(typ="JWT"), id="another type"),
    pytest.param(
        constant_token("IjEyMzQ1Njc4OTAi.Z0b1nA.9nM4e0cN1nM2f3m4b5v6c7x8z9a"), id="CSRF token"
    ),
    pytest.param(constant_token("u8Yv" * 10 + "u8Y"), id="refresh token"),
    pytest.param(lambda claims: sign("[" * 100_000, claims), id="header: deeply nested"),
    pytest.param(lambda _claims: sign(VALID_HEADER, "[" * 100_000), id="payload: deeply nested"),
    pytest.param(
        lambda _claims: sign(VALID_HEADER, "[" * 500), id="payload: nested within the length limit"
    ),
    pytest.param(with_claims(exp=10**4000), id="exp: 4000 digits"),
    pytest.param(
        lambda _claims: sign(VALID_HEADER, '{"exp":' + "9" * 5000 + "}"), id="exp: 5000 digits"
    ),
    pytest.param(constant_token("x" * 9216), id="9 kilobytes"),
    # The following tokens are not JWTs.
    pytest.param(lambda claims: sign(VALID_HEADER, [claims]), id="payload: list"),
    pytest.param(lambda claims: sign([VALID_HEADER], claims), id="header: list"),
    pytest.param(lambda claims: sign(VALID_HEADER, claims) + ".x", id="four parts"),
    pytest.param(constant_token("a.b"), id="two parts"),
    pytest.param(constant_token("...."), id="dots"),
    pytest.param(constant_token("=.=.="), id="invalid base64"),
    pytest.param(constant_token("\xff.\xfe.\xfd"), id="not ASCII"),
]
