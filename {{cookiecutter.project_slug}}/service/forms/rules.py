"""The rate limit of the forms."""

from service.web.rate_limits import RateLimit

# The script asks for a preview at most once per second and page.
PREVIEW_RATE_LIMIT = RateLimit("previewing", per_minute=120)
