"""docs/store.md cites tests that there are, and names every table and command."""

from __future__ import annotations

import re
from pathlib import Path

from models.store.schema import Table
from persona.commands.store import command

HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "store.md").read_text(encoding="utf-8")


def test_every_guarantee_is_held_by_tests() -> None:
    """Each number names at least one, and each that is named is in the file that is named with it, or in some."""
    guarantees = re.findall(r"^\d+\. (.*?)(?=^\d+\. |^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert 14 == len(guarantees)
    written = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py")}
    for guarantee in guarantees:
        cited = re.findall(r"`(?:(test_\w+\.py)::)?(test_\w+)`", guarantee)
        assert cited, guarantee
        for file, name in cited:
            assert f"def {name}(" in (written[file] if file else "".join(written.values())), name


def test_tables_and_commands_are_described() -> None:
    """None is missing from the page."""
    for name in (*Table.metadata.tables, *(f"persona store {each}" for each in command.commands)):
        assert name in PAGE, name
