"""The text rules and rate limits of the board, shared by pages and API."""

from service.web.fields import TextRule
from service.web.rate_limits import RateLimit, rate_limited

TITLE = TextRule(minimum=3, maximum=200)
BODY = TextRule(minimum=1, maximum=20_000, multiline=True)
SEARCH = TextRule(minimum=0, maximum=100)
IDEMPOTENCY_KEY = TextRule(minimum=1, maximum=255)

ASK_RATE_LIMIT = RateLimit("asking", per_minute=30)
ANSWER_RATE_LIMIT = RateLimit("answering", per_minute=60)
SEARCH_RATE_LIMIT = RateLimit("searching", per_minute=60)


@rate_limited(SEARCH_RATE_LIMIT, methods=["GET", "HEAD"])
def count_search() -> None:
    """Count a search against its rate limit; raise `RateLimitExceeded` above the limit.

    A search reads many rows. A list without a search has no limit.
    """
