"""Facts that all calls of a kernel share, as macros in front of it.

A kernel whose calls share one function, for the sake of flash, does not see their constants. What is the same in all of
them it may still take from `PERSONA_<KERNEL>_<FIELD>`, and the compiler then leaves out what never happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from toolchain.codegen.literals import integer
from toolchain.operators.base import Constant, Kernel

_SHARING: Final = frozenset({"fully_connected_s8"})
"""Kernels that look at such macros."""


def common_facts(kernels: Sequence[Kernel]) -> str:
    """`#define` lines for the integers that all calls of a sharing kernel have in common."""
    lines = []
    for function in sorted(_SHARING & {kernel.function for kernel in kernels}):
        calls = [dict(_integers(kernel.args)) for kernel in kernels if kernel.function == function]
        shared = {name: value for name, value in calls[0].items() if all(call.get(name) == value for call in calls)}
        prefix = f"PERSONA_{function.upper()}"
        lines += [f"#define {prefix}_{name.upper()} {integer(value)}\n" for name, value in shared.items()]
    return "".join(lines)


def _integers(args: Mapping[str, Constant], prefix: str = "") -> Iterator[tuple[str, int]]:
    """The integer fields of an argument struct and of the structs in it."""
    for name, value in args.items():
        if isinstance(value, Mapping):
            yield from _integers(value, f"{prefix}{name}_")
        elif isinstance(value, int):
            yield prefix + name, value
