"""Operators that may write into the memory of an input, where that saves more than the scratch memory it costs.

Only the choice of kernel is made here. Whether memory really is shared is the planner's decision; the kernels chosen
here are right in both cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from toolchain.graph import Graph
from toolchain.operators.base import Kernel

_ELEMENTWISE: Final = {"add_s8", "add_f32", "sub_s8", "sub_f32", "mul_s8", "mul_f32"}


def choose_in_place(graph: Graph, kernels: Sequence[Kernel], keep: frozenset[int]) -> list[Kernel]:
    """Mark what may run in place; `keep` are tensors that must survive."""
    last = {tensor: step for step, kernel in enumerate(kernels) for tensor in kernel.inputs}
    chosen = []
    for step, kernel in enumerate(kernels):
        dying = [t >= 0 and last[t] == step and t not in keep and graph.tensors[t].data is None for t in kernel.inputs]
        if kernel.function == "depthwise_conv2d_s8" and dying[0]:
            chosen.append(_depthwise(graph, kernel))
        elif kernel.function in _ELEMENTWISE and kernel.in_place == 0 and not dying[0] and dying[1]:
            chosen.append(replace(kernel, in_place=1))
        else:
            chosen.append(kernel)
    return chosen


def forbid_in_place(kernels: Sequence[Kernel]) -> list[Kernel]:
    """The same kernels, each with memory of its own (views stay views)."""
    return [replace(kernel, in_place=None, lead=0) if kernel.function else kernel for kernel in kernels]


def _depthwise(graph: Graph, kernel: Kernel) -> Kernel:
    args: Mapping[str, Any] = kernel.args
    rows = (args["kernel_h"] - 1) * args["dilation_h"] + 1
    line, out_line = args["in_w"] * args["in_c"], args["out_w"] * args["out_c"]
    ring = rows * line
    if args["batches"] != 1 or ring >= graph.tensors[kernel.outputs[0]].nbytes:
        return kernel
    for y in range(args["out_h"]):
        read = min(args["in_h"], y * args["stride_h"] - args["pad_h"] + rows)
        if (y + 1) * out_line > max(read, 0) * line:
            return kernel
    return replace(
        kernel,
        function="depthwise_conv2d_in_place_s8",
        args={"conv": args, "kept": rows},
        in_place=0,
        scratch_bytes=max(ring, kernel.scratch_bytes),
    )
