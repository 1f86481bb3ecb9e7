"""docs/operators.md is what the code says: `python -m tests.toolchain.operators_page` writes it anew."""

from __future__ import annotations

from tests.toolchain.operators_page import TARGET, from_tests
from toolchain.codegen.folder import RUNTIME
from toolchain.operators import LOWER

STALE = "run `python -m tests.toolchain.operators_page`"


def rows() -> dict[str, list[str]]:
    """Operator to the other cells of its row."""
    lines = [line for line in TARGET.read_text().splitlines() if line.startswith("| ") and not line.startswith("| op")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0]: row[1:] for row in cells}


def test_the_page_has_every_operator_and_no_other() -> None:
    """One row for each entry of LOWER, each with a test."""
    assert set(LOWER) == set(rows()), STALE
    assert not [kind for kind, row in rows().items() if row[-1] == "-"]


def test_the_page_shows_what_the_cases_show() -> None:
    """Types, kernels and cases of some examples are in their rows; every kernel that is named exists."""
    found = rows()
    for kind, seen in from_tests(8).items():
        types, kernels, _, cases = found[kind]
        assert seen.types <= set(types.split("; ")), f"{kind}: {STALE}"
        assert seen.kernels <= set(kernels.split(", ")), f"{kind}: {STALE}"
        assert all(case.partition(": ")[2] in cases for case in seen.cases), f"{kind}: {STALE}"
        for kernel in kernels.split(", "):
            assert kernel.startswith(("-", "(none")) or (RUNTIME / "kernels" / f"{kernel}.h").is_file(), STALE
