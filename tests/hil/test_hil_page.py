"""The example of docs/hil.md is short and passes as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hil.verdict import Failure
from tests.hil.plugin_runs import run
from toolchain.bundle import Bundle

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hil.md"


def example() -> str:
    """The test that the page shows."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_is_short() -> None:
    """Fifteen lines, as promised."""
    assert 15 >= len([line for line in example().splitlines() if line.strip()])


def test_the_example_passes_as_it_stands(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """Each of its tests, on this machine."""
    run(pytester, small_bundle, example(), "--strict-markers").assert_outcomes(passed=3)


def test_the_page_has_every_way_to_fail() -> None:
    """The table of failure classes is complete and has no other row."""
    section = PAGE.read_text("utf-8").partition("## Failure classes")[2].partition("\n## ")[0]
    assert [failure.value for failure in Failure] == re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
