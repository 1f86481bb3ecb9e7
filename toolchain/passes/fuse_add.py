"""An int8 convolution whose only reader is an ADD computes the sum as it goes: its output never lies in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from toolchain.operators.base import Array, Constant, Kernel, Run

_SIDES: Final = ("a", "b")


def fuse_add(kernels: Sequence[Kernel], keep: frozenset[int]) -> list[Kernel]:
    """Fuse where it is possible; tensors in `keep` stay in memory."""
    fused = list(kernels)
    for add in [k for k in kernels if k.function == "add_s8"]:
        conv = _candidate(fused, add, keep)
        if conv is not None:
            fused[fused.index(add)] = _merge(conv, add)
            fused.remove(conv)
    return fused


def _candidate(kernels: Sequence[Kernel], add: Kernel, keep: frozenset[int]) -> Kernel | None:
    """The last convolution before `add` that feeds it and nothing else."""
    if add.inputs[0] == add.inputs[1]:
        return None
    found = None
    for kernel in kernels[: list(kernels).index(add)]:
        output = kernel.outputs[0]
        alone = sum(output in other.inputs for other in kernels) == 1
        if kernel.function == "conv2d_s8" and output in add.inputs and output not in keep and alone:
            found = kernel
    return found


def _merge(conv: Kernel, add: Kernel) -> Kernel:
    side = add.inputs.index(conv.outputs[0])
    other = add.inputs[1 - side]
    return replace(
        conv,
        operator=add.operator,
        function="conv2d_add_s8",
        operands=(*conv.inputs, other, add.outputs[0]),
        outputs=add.outputs,
        run=_composed(conv.run, add.run, len(conv.inputs), side),
        args={"conv": conv.args, "add": _convolution_first(add.args, side)},
        in_place=len(conv.inputs),
        lead=0,
    )


def _composed(conv: Run, add: Run, inputs: int, side: int) -> Run:
    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        (product,) = conv(values[:inputs])
        pair = (product, values[inputs]) if side == 0 else (values[inputs], product)
        return add(pair)

    return run


def _convolution_first(args: Mapping[str, Constant], side: int) -> dict[str, Constant]:
    """The ADD's fields with the convolution as its first input; the sum does not depend on the order."""
    if side == 0:
        return dict(args)
    swap = {f"{a}_": f"{b}_" for a, b in (_SIDES, _SIDES[::-1])}
    return {swap.get(name[:2], name[:2]) + name[2:]: value for name, value in args.items()}
