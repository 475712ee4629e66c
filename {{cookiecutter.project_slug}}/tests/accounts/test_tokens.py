"""Access tokens and refresh tokens."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from service.accounts.tokens import (
    ACCESS_TOKEN_SECONDS,
    LEEWAY_SECONDS,
    InvalidTokenError,
    hash_token,
    issue_access_token,
    key_id,
    read_access_token,
)
from tests.accounts.forged_tokens import (
    FORGED_TOKENS,
    KEY,
    OTHER_KEY,
    VALID_HEADER,
    Forge,
    sign,
    valid_claims,
)

KIM_IDS = (7, "a-session")
KEYS = [KEY]


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Skip the clean-up of the database, which these tests do not use."""


@pytest.fixture
def claims() -> dict[str, Any]:
    """Return the claims of a valid token for Kim, issued now."""
    return valid_claims(int(time.time()))


def issue_token(elapsed: int = 0, keys: Sequence[str] = KEYS) -> str:
    """Return an access token for Kim that was issued `elapsed` seconds ago."""
    return issue_access_token(*KIM_IDS, keys, datetime.now(UTC) - timedelta(seconds=elapsed))


def decode_parts(token: str) -> list[dict[str, object]]:
    """Return the decoded header and payload of a token."""
    return [json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def test_issued_token_can_be_read() -> None:
    assert read_access_token(issue_token(), KEYS) == KIM_IDS


def test_token_contains_ids_but_no_personal_data() -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    header, payload = decode_parts(issue_access_token(*KIM_IDS, KEYS, at))

    assert header == VALID_HEADER
    assert len(str(payload["jti"])) == 32
    assert payload == {**valid_claims(int(at.timestamp())), "jti": payload["jti"]}


def test_token_lifetime_is_at_most_15_minutes() -> None:
    assert ACCESS_TOKEN_SECONDS <= 15 * 60
    assert LEEWAY_SECONDS <= 30


def test_signed_token_is_accepted(claims: dict[str, Any]) -> None:
    # Each forged token differs from this one in one respect.
    assert read_access_token(sign(VALID_HEADER, claims), KEYS) == KIM_IDS


@pytest.mark.parametrize("forge", FORGED_TOKENS)
def test_forged_token_is_rejected(forge: Forge, claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        read_access_token(forge(claims), KEYS)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param("[" * 100_000, id="deeply nested"),
        pytest.param('{"exp":' + "9" * 5000 + "}", id="number with 5000 digits"),
        pytest.param("[" * 500, id="nested within the length limit"),
    ],
)
def test_expensive_payload_is_rejected_quickly(payload: str) -> None:
    token, seconds = sign(VALID_HEADER, payload), []
    for _round in range(3):
        started = time.thread_time()
        with pytest.raises(InvalidTokenError):
            read_access_token(token, KEYS)
        seconds.append(time.thread_time() - started)

    assert min(seconds) < 0.1


@pytest.mark.parametrize(
    "elapsed",
    [
        pytest.param(-LEEWAY_SECONDS, id="clock behind by the leeway"),
        pytest.param(0, id="same time"),
        pytest.param(ACCESS_TOKEN_SECONDS, id="clock ahead"),
    ],
)
def test_small_clock_skew_is_tolerated(elapsed: int) -> None:
    assert read_access_token(issue_token(elapsed), KEYS) == KIM_IDS


@pytest.mark.parametrize(
    "elapsed",
    [
        # A minute is added to the leeway, because time passes during a test.
        pytest.param(-LEEWAY_SECONDS - 60, id="clock behind by more than the leeway"),
        pytest.param(-600, id="clock behind by minutes"),
        pytest.param(ACCESS_TOKEN_SECONDS + LEEWAY_SECONDS, id="expired"),
        pytest.param(3600, id="clock ahead by an hour"),
    ],
)
def test_large_clock_skew_is_rejected(elapsed: int) -> None:
    with pytest.raises(InvalidTokenError):
        read_access_token(issue_token(elapsed), KEYS)


def test_old_tokens_stay_valid_after_a_key_is_added() -> None:
    assert read_access_token(issue_token(), [OTHER_KEY, KEY]) == KIM_IDS


def test_tokens_are_signed_with_the_first_key() -> None:
    token = issue_token(keys=[OTHER_KEY, KEY])

    assert read_access_token(token, [OTHER_KEY]) == KIM_IDS


def test_token_signed_with_a_removed_key_is_rejected() -> None:
    with pytest.raises(InvalidTokenError):
        read_access_token(issue_token(), [OTHER_KEY])


def test_short_key_is_rejected(claims: dict[str, Any]) -> None:
    short = "a secret with only 31 character"
    token = sign({**VALID_HEADER, "kid": key_id(short)}, claims, short)

    with pytest.raises(InvalidTokenError):
        read_access_token(token, [short])


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_other_hmac_algorithms_are_rejected(digest: str, claims: dict[str, Any]) -> None:
    long = KEY * 2
    header = {"alg": f"HS{digest[3:]}", "typ": "at+jwt", "kid": key_id(long)}

    with pytest.raises(InvalidTokenError):
        read_access_token(sign(header, claims, long, digest), [long])


def test_key_id_does_not_contain_the_key() -> None:
    assert key_id(KEY) not in KEY
    assert key_id(KEY) != sha256(KEY.encode()).hexdigest()[:16]


@pytest.mark.parametrize("token", ["abc", "", "\0", "\ud800", "x" * 10_000])
def test_hash_token_has_a_fixed_length(token: str) -> None:
    assert len(hash_token(token)) == 64


def test_hash_token_is_sha256() -> None:
    assert hash_token("abc") == sha256(b"abc").hexdigest()
