"""Access tokens and refresh tokens."""

import json
import time
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from service.accounts.tokens import (
    ACCESS_SECONDS,
    LEEWAY_SECONDS,
    Claims,
    InvalidTokenError,
    KeyRing,
    issue_access_token,
    key_id,
    new_refresh_token,
    read_access_token,
    refresh_token_hash,
)
from tests.accounts.forgery import (
    FORGERIES,
    GOOD_HEADER,
    KEY,
    OTHER_KEY,
    Forge,
    good_claims,
    sign,
)

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECONDS = int(AT.timestamp())
KIM = Claims(7, "a-session")
RING = KeyRing([KEY])


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Leave the database alone: nothing here knows of it."""


def issued(ring: KeyRing = RING) -> str:
    """Issue a token for Kim."""
    return issue_access_token(KIM, ring, AT, "a token")


def parts(token: str) -> list[dict[str, object]]:
    """Return the header and the payload of a token."""
    return [json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def test_a_token_tells_whose_it_is() -> None:
    assert read_access_token(issued(), RING, AT) == KIM


def test_a_token_holds_two_ids_and_nothing_about_a_person() -> None:
    """R4.01."""
    header, payload = parts(issued())

    assert header == GOOD_HEADER
    assert payload == good_claims(SECONDS, 7, "a-session")


def test_a_token_lives_for_a_quarter_of_an_hour() -> None:
    """R4.01."""
    assert ACCESS_SECONDS <= 15 * 60
    assert LEEWAY_SECONDS <= 30


def test_a_token_of_our_form_made_elsewhere_with_our_key_is_good() -> None:
    """The table of forgeries begins with this one: each of them changes one thing."""
    assert read_access_token(sign(GOOD_HEADER, good_claims(SECONDS)), RING, AT) == KIM


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_token_is_refused(forge: Forge) -> None:
    """R4.01, R4.02, B01-B20."""
    with pytest.raises(InvalidTokenError):
        read_access_token(forge(good_claims(SECONDS)), RING, AT)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param("[" * 100_000, id="deep"),
        pytest.param('{"exp":' + "9" * 5000 + "}", id="5000 digits"),
        pytest.param("[" * 500, id="deep and short"),
    ],
)
def test_what_is_hard_to_read_is_refused_at_once(payload: str) -> None:
    """B17."""
    token, took = sign(GOOD_HEADER, payload), []
    for _round in range(3):
        started = time.thread_time()
        with pytest.raises(InvalidTokenError):
            read_access_token(token, RING, AT)
        took.append(time.thread_time() - started)

    assert min(took) < 0.1


@pytest.mark.parametrize(
    "passed",
    [
        pytest.param(-LEEWAY_SECONDS, id="a clock that is behind"),
        pytest.param(0, id="at once"),
        pytest.param(ACCESS_SECONDS + LEEWAY_SECONDS - 1, id="a clock that is ahead"),
    ],
)
def test_clocks_may_differ_a_little(passed: int) -> None:
    """B10, Z32."""
    assert read_access_token(issued(), RING, AT + timedelta(seconds=passed)) == KIM


@pytest.mark.parametrize(
    "passed",
    [
        pytest.param(-LEEWAY_SECONDS - 1, id="a clock further behind"),
        pytest.param(-600, id="a clock that jumped back"),
        pytest.param(ACCESS_SECONDS + LEEWAY_SECONDS, id="expired"),
        pytest.param(3600, id="a clock that jumped forward"),
    ],
)
def test_clocks_may_not_differ_much(passed: int) -> None:
    """B10, Z32."""
    with pytest.raises(InvalidTokenError):
        read_access_token(issued(), RING, AT + timedelta(seconds=passed))


def test_a_clock_that_is_right_again_makes_the_token_good_again() -> None:
    """Z32."""
    token = issued()
    with pytest.raises(InvalidTokenError):
        read_access_token(token, RING, AT - timedelta(minutes=10))

    assert read_access_token(token, RING, AT + timedelta(minutes=1)) == KIM


def test_a_new_key_in_front_leaves_old_tokens_good() -> None:
    """R2.04, Z40."""
    assert read_access_token(issued(), KeyRing([OTHER_KEY, KEY]), AT) == KIM


def test_a_new_key_in_front_signs() -> None:
    """R2.04."""
    token = issued(KeyRing([OTHER_KEY, KEY]))

    assert read_access_token(token, KeyRing([OTHER_KEY]), AT) == KIM


def test_a_key_that_was_taken_out_opens_nothing() -> None:
    """R2.04, Z40."""
    with pytest.raises(InvalidTokenError):
        read_access_token(issued(), KeyRing([OTHER_KEY]), AT)


def test_a_key_that_is_too_short_opens_nothing() -> None:
    """R2.05."""
    short = "thirty-one characters long, no."

    with pytest.raises(InvalidTokenError):
        read_access_token(
            sign({**GOOD_HEADER, "kid": key_id(short)}, good_claims(SECONDS), short),
            KeyRing([short]),
            AT,
        )


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_one_algorithm_is_believed_however_long_the_key(digest: str) -> None:
    """B04."""
    long = KEY * 2
    header = {"alg": f"HS{digest[3:]}", "typ": "at+jwt", "kid": key_id(long)}

    with pytest.raises(InvalidTokenError):
        read_access_token(sign(header, good_claims(SECONDS), long, digest), KeyRing([long]), AT)


def test_the_name_of_a_key_is_no_part_of_it() -> None:
    assert key_id(KEY) not in KEY
    assert key_id(KEY) != sha256(KEY.encode()).hexdigest()[:16]


def test_a_refresh_token_is_256_bits_of_chance() -> None:
    """R4.04."""
    asked: list[int] = []

    def chance(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    token = new_refresh_token(chance)

    assert asked == [32]
    assert urlsafe_b64decode(token + "=") == bytes(range(32))


def test_no_two_refresh_tokens_are_the_same() -> None:
    """R4.04."""
    assert len({new_refresh_token() for _number in range(100)}) == 100


@pytest.mark.parametrize("token", ["abc", "", "\0", "\ud800", "x" * 10_000])
def test_the_hash_of_a_refresh_token_has_one_length(token: str) -> None:
    """R4.04, C10."""
    assert len(refresh_token_hash(token)) == 64


def test_the_hash_of_a_refresh_token_is_its_sha_256() -> None:
    """R4.04."""
    assert refresh_token_hash("abc") == sha256(b"abc").hexdigest()
