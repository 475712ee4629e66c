"""The system clock is set forward or back."""

from pathlib import Path

import pytest

from tests.chaos.clients import Client
from tests.chaos.installation import Installation
from tests.chaos.jumping_app import CLOCK_FILE_VARIABLE

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

JUMPING_APP = "tests.chaos.jumping_app:jumping_app()"
HOUR_SECONDS = 3600


@pytest.mark.parametrize(
    "seconds",
    [pytest.param(HOUR_SECONDS, id="forward"), pytest.param(-HOUR_SECONDS, id="back")],
)
def test_service_continues_when_the_clock_is_set(
    installation_copy: Installation, client: Client, tmp_path: Path, seconds: int
) -> None:
    clock_file = tmp_path / "clock"
    clock_file.write_text("0", "utf-8")
    environment = {CLOCK_FILE_VARIABLE: str(clock_file)}
    with installation_copy.serve(
        "--workers=1", "--threads=1", app=JUMPING_APP, **environment
    ) as server:
        visitor = client.for_server(server)
        before = visitor.ask()
        clock_file.write_text(str(seconds), "utf-8")
        visitor.ask()
        newcomer = Client(server)
        during = (visitor.read(), newcomer.ask())
        clock_file.write_text("0", "utf-8")
        newcomer.ask()
        after = visitor.ask()
        failures = visitor.failures() + newcomer.failures()

    assert (before, *during, after) == (201, 200, 201, 201)
    assert failures == []
