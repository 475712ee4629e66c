"""Access tokens that nobody may believe, made without the library that reads them."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest

from service.accounts.tokens import AUDIENCE, ISSUER, LEEWAY_SECONDS, key_id
from tests.conftest import SETTINGS

KEY = SETTINGS["JWT_KEYS"]
OTHER_KEY = "the key of somebody who is not the service"
GOOD_HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": key_id(KEY)}
PEM = (
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
    "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
    "-----END PUBLIC KEY-----\n"
)
ELSEWHERE = "http://127.0.0.1:1/keys.json"

Claims = dict[str, Any]
Forge = Callable[[Claims], str]


def good_claims(seconds: int, member_id: int = 7, session_id: str = "a-session") -> Claims:
    """Return the claims of a token that is good from this second on."""
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(member_id),
        "sid": session_id,
        "jti": "a token",
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + 900,
    }


def part(content: object) -> bytes:
    """Return a part of a token: an object, or a text that is taken as it is."""
    text = content if isinstance(content, str) else json.dumps(content)
    return urlsafe_b64encode(text.encode()).rstrip(b"=")


def sign(header: object, claims: object, key: str = KEY, digest: str = "sha256") -> str:
    """Return a token with this header and these claims, whatever they are."""
    told = part(header) + b"." + part(claims)
    signature = hmac.digest(key.encode(), told, digest)
    return (told + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()


def unsigned(algorithm: str) -> Forge:
    """Forge a token that says it needs no signature."""
    return lambda claims: sign({**GOOD_HEADER, "alg": algorithm}, claims).rpartition(".")[0] + "."


def with_header(key: str = KEY, digest: str = "sha256", **changes: object) -> Forge:
    """Forge a token whose header says something else; None takes a name out of it."""
    header = {
        name: value for name, value in {**GOOD_HEADER, **changes}.items() if value is not None
    }
    return lambda claims: sign(header, claims, key, digest)


def with_claims(**changes: object) -> Forge:
    """Forge a token that says something else, with a signature that is right."""
    return lambda claims: sign(GOOD_HEADER, {**claims, **changes})


def later(seconds: int, *names: str) -> Forge:
    """Forge a token of which some of the times are so much later; its signature is right."""
    return lambda claims: sign(
        GOOD_HEADER, {**claims, **dict.fromkeys(names, claims["iat"] + seconds)}
    )


def without(name: str) -> Forge:
    """Forge a token that leaves out a claim, with a signature that is right."""
    return lambda claims: sign(GOOD_HEADER, {key: claims[key] for key in claims if key != name})


def edited(claims: Claims) -> str:
    """Forge a token by changing what it says, and keeping the signature."""
    header, _claims, signature = sign(GOOD_HEADER, claims).split(".")
    other = {**claims, "sub": str(int(claims["sub"]) + 1)}
    return f"{header}.{part(other).decode()}.{signature}"


def always(text: str) -> Forge:
    """Send a text that is no token of ours."""
    return lambda _claims: text


FORGERIES = [
    # B01
    pytest.param(unsigned("none"), id="algorithm none"),
    pytest.param(unsigned("nOnE"), id="algorithm nOnE"),
    pytest.param(unsigned("NONE"), id="algorithm NONE"),
    pytest.param(unsigned(""), id="algorithm empty"),
    pytest.param(with_header(alg=None), id="no algorithm"),
    pytest.param(with_header(alg=["HS256"]), id="algorithms as a list"),
    # B02
    pytest.param(edited, id="payload edited"),
    pytest.param(lambda claims: sign(GOOD_HEADER, claims)[:-2], id="signature cut"),
    # B03
    pytest.param(with_header(OTHER_KEY), id="another key"),
    pytest.param(with_header(""), id="empty key"),
    pytest.param(with_header("secret"), id="the key: secret"),
    pytest.param(with_header(SETTINGS["SECRET_KEY"]), id="the key of the browser's session"),
    pytest.param(with_header(OTHER_KEY, kid=key_id(OTHER_KEY)), id="another key with its name"),
    # B04
    pytest.param(with_header(digest="sha384", alg="HS384"), id="algorithm HS384"),
    pytest.param(with_header(digest="sha512", alg="HS512"), id="algorithm HS512"),
    # B05
    pytest.param(with_header(PEM), id="a public key as the secret"),
    pytest.param(with_header(PEM, alg="RS256"), id="algorithm RS256"),
    pytest.param(with_header(PEM, alg="ES256"), id="algorithm ES256"),
    # B06
    pytest.param(
        with_header(OTHER_KEY, jwk={"kty": "oct", "k": part(OTHER_KEY).decode()}), id="jwk"
    ),
    pytest.param(with_header(OTHER_KEY, jku=ELSEWHERE), id="jku"),
    pytest.param(with_header(OTHER_KEY, x5u=ELSEWHERE), id="x5u"),
    pytest.param(with_header(OTHER_KEY, x5c=["MIIB"]), id="x5c"),
    pytest.param(with_header(crit=["x"], x=1), id="something critical"),
    # B07
    pytest.param(with_header("", kid="../../dev/null"), id="kid: a path"),
    pytest.param(with_header(kid="' OR 1=1 --"), id="kid: SQL"),
    pytest.param(with_header(kid="x" * 10_240), id="kid: ten kilobytes"),
    pytest.param(with_header(kid=7), id="kid: a number"),
    pytest.param(with_header(kid=["x"]), id="kid: a list"),
    pytest.param(with_header(kid="unknown"), id="kid: unknown"),
    pytest.param(with_header(kid=None), id="no kid"),
    # B09
    pytest.param(without("iss"), id="no iss"),
    pytest.param(without("aud"), id="no aud"),
    pytest.param(without("sub"), id="no sub"),
    pytest.param(without("sid"), id="no sid"),
    pytest.param(without("jti"), id="no jti"),
    pytest.param(without("iat"), id="no iat"),
    pytest.param(without("nbf"), id="no nbf"),
    pytest.param(without("exp"), id="no exp"),
    # B10; tests are slow at times, so those of the future are in it by some seconds more.
    pytest.param(later(-LEEWAY_SECONDS, "exp"), id="expired"),
    pytest.param(later(LEEWAY_SECONDS + 5, "nbf"), id="not yet good"),
    pytest.param(later(LEEWAY_SECONDS + 5, "iat"), id="issued in the future"),
    pytest.param(with_claims(exp="9999999999"), id="exp: a text"),
    pytest.param(with_claims(exp=9e9), id="exp: a fraction"),
    pytest.param(with_claims(nbf=True), id="nbf: a boolean"),
    pytest.param(with_claims(iat=None), id="iat: null"),
    # B12
    pytest.param(with_claims(sub=7), id="sub: a number"),
    pytest.param(with_claims(sub={"id": "7"}), id="sub: an object"),
    pytest.param(with_claims(sub=str(10**30)), id="sub: too large a number"),
    pytest.param(with_claims(sub=str(2**31)), id="sub: too large for the column"),
    pytest.param(with_claims(sub="-7"), id="sub: negative"),
    pytest.param(with_claims(sub="007"), id="sub: written otherwise"),
    pytest.param(with_claims(sub="\u0667"), id="sub: a digit of another script"),
    pytest.param(with_claims(sub=""), id="sub: empty"),
    pytest.param(with_claims(sid=["a-session"]), id="sid: a list"),
    pytest.param(with_claims(sid="a\0b"), id="sid: NUL"),
    pytest.param(with_claims(sid="\ud800"), id="sid: half a character"),
    pytest.param(with_claims(jti=7), id="jti: a number"),
    # B13
    pytest.param(with_claims(aud="urn:another:api"), id="aud: another"),
    pytest.param(with_claims(aud=[AUDIENCE, "urn:another:api"]), id="aud: ours and another"),
    pytest.param(with_claims(aud=[AUDIENCE]), id="aud: a list"),
    pytest.param(with_claims(iss="urn:another:service"), id="iss: another"),
    # B14
    pytest.param(with_header(typ=None), id="no type"),
    pytest.param(with_header(typ="JWT"), id="another type"),
    pytest.param(
        always("IjEyMzQ1Njc4OTAi.Z0b1nA.9nM4e0cN1nM2f3m4b5v6c7x8z9a"), id="the token of a form"
    ),
    pytest.param(always("u8Yv" * 10 + "u8Y"), id="refresh token"),
    # B17
    pytest.param(lambda claims: sign("[" * 100_000, claims), id="header: deep"),
    pytest.param(lambda _claims: sign(GOOD_HEADER, "[" * 100_000), id="payload: deep"),
    pytest.param(lambda _claims: sign(GOOD_HEADER, "[" * 500), id="payload: deep and short"),
    pytest.param(with_claims(exp=10**4000), id="exp: 4000 digits"),
    pytest.param(lambda _claims: sign(GOOD_HEADER, '{"exp":' + "9" * 5000 + "}"), id="5000 digits"),
    # B20
    pytest.param(always("x" * 9216), id="nine kilobytes"),
    # No token at all
    pytest.param(lambda claims: sign(GOOD_HEADER, [claims]), id="payload: a list"),
    pytest.param(lambda claims: sign([GOOD_HEADER], claims), id="header: a list"),
    pytest.param(lambda claims: sign(GOOD_HEADER, claims) + ".x", id="four parts"),
    pytest.param(always("a.b"), id="two parts"),
    pytest.param(always("...."), id="dots"),
    pytest.param(always("=.=.="), id="no base64"),
    pytest.param(always("\xff.\xfe.\xfd"), id="no ASCII"),
]
