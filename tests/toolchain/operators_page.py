"""docs/operators.md, written from the code: `python -m tests.toolchain.operators_page` (in the repository, with [dev]).

Which forms an operator has is not declared but seen: the random cases of the tests are lowered, and what they become is
the table. So a form is listed if, and only if, a test covers it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from toolchain.adaptive import PATCHABLE
from toolchain.graph import DType
from toolchain.operators import LOWER
from toolchain.operators.base import Lowering
from toolchain.operators.guard import guarded
from toolchain.passes.variables import resolve_variables
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

TARGET: Final = Path(__file__).resolve().parents[2] / "docs" / "operators.md"
EXAMPLES: Final = 150
_VIEW: Final = "(none: a view)"

_HEAD: Final = """# Operators

Written by `python -m tests.toolchain.operators_page` from the code and the tests; a test fails when it is stale.

Each row is seen, not declared: the random cases that the tests draw were lowered. *Types* are those of the inputs that
are computed, then of the output. *Kernels* are C functions in `toolchain/runtime/kernels/`, all plain C99 for every
instruction set; in-place and fused forms, which passes choose, come on top. Operators that only rename memory have no
kernel; a dash says that only a test of its own, named at the end of the row, uses the operator. *Adaptive* names the
operands that may be patched in float32.

| operator | types | kernels (plain C) | adaptive | cases in tests/toolchain |
|---|---|---|---|---|
"""


@dataclass
class Seen:
    """What the cases showed of one operator."""

    types: set[str] = field(default_factory=set)
    kernels: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)


def observe(models: Iterable[tuple[str, bytes]]) -> dict[str, Seen]:
    """Lower the operators of each (case, model); operator name to what was seen."""
    seen = {kind: Seen() for kind in LOWER}
    for case, data in models:
        graph = resolve_variables(read_model(data))
        for op in graph.operators:
            kernel = guarded(LOWER[op.kind], Lowering(op, graph, Rounding.TFLM))
            inputs = [graph.tensors[i] for i in op.inputs if i >= 0]
            moving = [t.dtype for t in inputs if t.data is None] or [t.dtype for t in inputs[:1]]
            seen[op.kind].types.add(_types(moving, graph.tensors[op.outputs[0]].dtype))
            seen[op.kind].kernels.add(kernel.function or _VIEW)
            seen[op.kind].cases.add(case)
    return seen


def _types(inputs: list[DType], output: DType) -> str:
    names = dict.fromkeys(dtype.value for dtype in inputs)
    return output.value if list(names) == [output.value] else f"{', '.join(names)} to {output.value}"


def render(seen: dict[str, Seen]) -> str:
    """The page."""
    rows = []
    for kind in sorted(seen):
        found = seen[kind]
        operands = {1: "weight", 2: "bias"}
        adaptive = ", ".join(operands.get(p, str(p)) for p in PATCHABLE.get(kind, ()))
        cells = ("; ".join(sorted(found.types)), ", ".join(sorted(found.kernels)), adaptive, _cases(found.cases))
        rows.append(f"| {kind} | " + " | ".join(cell or "-" for cell in cells) + " |")
    return _HEAD + "\n".join(rows) + "\n"


def _cases(names: set[str]) -> str:
    """Cases by module: `cases_moves: slice, split`."""
    modules: dict[str, list[str]] = {}
    for name in sorted(names):
        module, _, case = name.partition(": ")
        modules.setdefault(module, []).append(case)
    return "; ".join(f"{module}: {', '.join(found)}".removesuffix(": ") for module, found in modules.items())


def from_tests(count: int) -> dict[str, Seen]:
    """What `count` examples of each case show; operators without a case get the test modules that name them."""
    from tests.toolchain import fuzz_models

    cases = fuzz_models.cases().items()
    seen = observe((name, data) for name, case in cases for data in fuzz_models.examples(case, count))
    texts = {path.stem: path.read_text() for path in sorted(Path(fuzz_models.__file__).parent.glob("test_*.py"))}
    for kind, found in seen.items():
        if not found.cases:
            found.cases |= {stem for stem, text in texts.items() if f'"{kind}"' in text}
    return seen


if __name__ == "__main__":
    TARGET.write_text(render(from_tests(EXAMPLES)))
