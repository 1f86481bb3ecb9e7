"""What the instruction set allows: the fewest instructions for a multiply-accumulate that a kernel can come down to.

An SMLAD does two products of 16 bits; loading and widening eight-bit operands costs half as much again with weights in
pairs (kernels/packing.h), which leaves three instructions for four. A VMLADAVA does sixteen products of eight bits.
Without either a product is a multiplication that adds and at best one load. Floats are multiplied and added in the
order of the contract, without fusing: two instructions for each product, or for each four with vectors over four
outputs; in software there is no bound worth a number.
"""

from __future__ import annotations

from typing import Final, Literal

from firmware_bridge.build_settings import SIZE
from firmware_bridge.platforms import Platform

InstructionSet = Literal["plain", "dsp", "mve"]

_SETS: Final[dict[str, InstructionSet]] = {
    "cortex-m4": "dsp",
    "cortex-m7": "dsp",
    "cortex-m33": "dsp",
    "cortex-m55": "mve",
}
_INTEGERS: Final[dict[InstructionSet, float]] = {"plain": 2.0, "dsp": 0.75, "mve": 1 / 16}
_WIDE_INTEGERS: Final[dict[InstructionSet, float]] = {"plain": 2.0, "dsp": 1.0, "mve": 1 / 8}
_FLOATS: Final[dict[InstructionSet, float]] = {"dsp": 2.0, "mve": 0.5}


def instruction_set(platform: Platform, optimise: str) -> InstructionSet:
    """Which kernels a build has: a build for size has the plain ones everywhere (kernels/isa.h)."""
    return "plain" if optimise == SIZE else _SETS.get(platform.core, "plain")


def bound(kernel: str, platform: Platform, optimise: str) -> float | None:
    """Instructions for a multiply-accumulate of the C kernel `kernel` at best; None: not known."""
    chosen = instruction_set(platform, optimise)
    if "_f32" in kernel:
        # The unit is there in a build for size as well.
        return _FLOATS.get(_SETS.get(platform.core, "plain") if chosen != "plain" else _scalar(platform))
    return (_WIDE_INTEGERS if "_s16" in kernel else _INTEGERS)[chosen]


def _scalar(platform: Platform) -> InstructionSet:
    """What a scalar loop over floats has: a floating-point unit, or nothing."""
    return "dsp" if platform.core in _SETS else "plain"
