"""The clock of the machine jumps."""

from pathlib import Path

import pytest

from tests.chaos.clients import Client
from tests.chaos.installation import Installation
from tests.chaos.jumping_app import CLOCK

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

JUMPING = "tests.chaos.jumping_app:jumping_app()"
HOUR_SECONDS = 3600


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(HOUR_SECONDS, id="ahead"), pytest.param(-HOUR_SECONDS, id="back")],
)
def test_a_clock_that_jumps_an_hour_stops_nobody(
    spare: Installation, client: Client, tmp_path: Path, seconds: int
) -> None:
    """Z32: who comes meanwhile may ask; who was there before goes on when it is set right."""
    clock = tmp_path / "clock"
    clock.write_text("0", "utf-8")
    with spare.serve("--workers=1", "--threads=1", app=JUMPING, **{CLOCK: str(clock)}) as server:
        visitor = client.at(server)
        before = visitor.ask()
        clock.write_text(str(seconds), "utf-8")
        visitor.ask()
        newcomer = Client(server)
        during = (visitor.read(), newcomer.ask())
        clock.write_text("0", "utf-8")
        newcomer.ask()
        after = visitor.ask()
        complaints = visitor.complaints() + newcomer.complaints()

    assert (before, *during, after) == (201, 200, 201, 201)
    assert complaints == []
