"""Small models of every operator with a random case, the same in each run: for the fuzzer and for docs/operators.md."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def cases() -> dict[str, st.SearchStrategy[bytes]]:
    """Every random case, as `module: name`: all tables of cases in `operator_cases` and the `cases_*` modules."""
    found: dict[str, st.SearchStrategy[bytes]] = {}
    for name in ["operator_cases", *sorted(p.stem for p in Path(__file__).parent.glob("cases_*.py"))]:
        module = importlib.import_module(f"tests.toolchain.{name}")
        for table in vars(module).values():
            if isinstance(table, dict) and table and all(isinstance(v, st.SearchStrategy) for v in table.values()):
                found |= {f"{name}: {case}": strategy for case, strategy in table.items()}
    return found


def seeds(each: int = 3) -> Iterator[bytes]:
    """The last `each` of some examples of every case."""
    for case in cases().values():
        yield from examples(case, 2 * each)[-each:]


def examples(case: st.SearchStrategy[bytes], count: int) -> list[bytes]:
    """At most `count` models of a case."""
    found: list[bytes] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case)
    def collect(data: bytes) -> None:
        found.append(data)

    collect()
    return found
