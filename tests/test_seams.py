"""Limits for the changes that are listed in `docs/seams.md`."""

import pytest

from flask_qa_template.seams import (
    SEAMS_PAGE,
    SWITCHES,
    FileChange,
    Switch,
    added_lines,
    measure,
    page_text,
    removed_lines,
)

# The maximum of changed files and of added lines. Lower a limit when a number falls. The goal for
# accounts was 5 files and 30 lines; docs/decisions/0017-layers-and-slots.md explains the rest.
LIMITS = {
    "auth": (8, 52),
    "forms": (1, 6),
    "bootstrap": (1, 2),
    "database": (3, 35),
}
IDS = [f"{switch.question}-{switch.on}" for switch in SWITCHES]
SWITCHES_THAT_ONLY_ADD = [switch for switch in SWITCHES if switch.question != "database"]


@pytest.fixture(scope="module")
def measured() -> dict[Switch, list[FileChange]]:
    """Return the largest changes of each switch."""
    return measure()


def test_docs_page_is_up_to_date(measured: dict[Switch, list[FileChange]]) -> None:
    assert SEAMS_PAGE.read_text(encoding="utf-8") == page_text(measured), "run make seams"


@pytest.mark.parametrize("switch", SWITCHES, ids=IDS)
def test_switch_stays_within_its_limits(
    measured: dict[Switch, list[FileChange]], switch: Switch
) -> None:
    files, lines = LIMITS[switch.question]

    assert len(measured[switch]) <= files
    assert added_lines(measured[switch]) <= lines


@pytest.mark.parametrize("switch", SWITCHES_THAT_ONLY_ADD, ids=IDS[:3])
def test_switching_an_option_on_removes_no_line(
    measured: dict[Switch, list[FileChange]], switch: Switch
) -> None:
    assert [file for file in measured[switch] if file.removed] == []
    assert removed_lines(measured[switch]) == 0
