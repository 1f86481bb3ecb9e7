"""What the fuzzer starts from: small models of every operator with a random case, the same in each run."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def seeds(each: int = 3) -> Iterator[bytes]:
    """The last `each` of some examples of every case in `operator_cases` and the `cases_*` modules, always the same."""
    names = ["operator_cases", *sorted(p.stem for p in Path(__file__).parent.glob("cases_*.py"))]
    for name in names:
        module = importlib.import_module(f"tests.toolchain.{name}")
        for case in module.CASES.values():
            yield from _examples(case, each)


def _examples(case: st.SearchStrategy[bytes], each: int) -> list[bytes]:
    found: list[bytes] = []

    @settings(
        max_examples=2 * each,
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
    return found[-each:]
