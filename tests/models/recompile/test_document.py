"""docs/fleet.md cites tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
PAGE = (TESTS.parent / "docs" / "fleet.md").read_text(encoding="utf-8")


def test_every_promise_is_held_by_tests() -> None:
    """Each row of the table names at least one that is in the file that is named with it."""
    rows = [row for row in PAGE.split("## When something dies")[1].split("##")[0].splitlines() if "|" in row][2:]
    assert 10 == len(rows)
    written = {path.name: path.read_text(encoding="utf-8") for path in TESTS.glob("models/*/test_*.py")}
    for row in rows:
        cited = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row)
        assert cited, row
        for file, name in cited:
            assert f"def {name}(" in written[file], name
