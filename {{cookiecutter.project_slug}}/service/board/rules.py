"""What may be written on the board; whoever takes it in reads it here."""

from service.core.rates import Rate
from service.core.text import TextRule

TITLE = TextRule(minimum=3, maximum=200)
BODY = TextRule(minimum=1, maximum=20_000, has_lines=True)
SEARCH = TextRule(minimum=0, maximum=100)
SUBMISSION = TextRule(minimum=0, maximum=64)

ASKING = Rate("asking", per_minute=30)
ANSWERING = Rate("answering", per_minute=60)
SEARCHING = Rate("searching", per_minute=60)
