"""How often members may do what the community offers."""

from service.core.rates import Rate

VOTING = Rate("voting", per_minute=60)
