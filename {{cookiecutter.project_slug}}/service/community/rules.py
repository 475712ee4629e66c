"""The rate limits of the community, shared by pages and API."""

from service.web.rate_limits import RateLimit

VOTE_RATE_LIMIT = RateLimit("voting", per_minute=60)
# Editing and deleting posts, and accepting answers.
CHANGE_RATE_LIMIT = RateLimit("changing", per_minute=60)
