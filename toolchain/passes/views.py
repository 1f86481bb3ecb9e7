"""Slices and splits that are contiguous become names for a part of their input: no code, no copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from toolchain.graph import Graph
from toolchain.operators.base import Kernel


def use_views(graph: Graph, kernels: Sequence[Kernel]) -> list[Kernel]:
    """Replace copies of one run of bytes; variables and constants are still copied."""
    return [_as_view(kernel) if _may(graph, kernel) else kernel for kernel in kernels]


def _may(graph: Graph, kernel: Kernel) -> bool:
    if kernel.function not in {"copy_strided", "split"}:
        return False
    source = graph.tensors[kernel.inputs[0]]
    return source.data is None and not source.variable


def _as_view(kernel: Kernel) -> Kernel:
    args = kernel.args
    if kernel.function == "copy_strided" and args["runs"] == 1:
        offsets: tuple[int, ...] = (int(np.asarray(args["offset"]).item()),)
    elif kernel.function == "split" and args["rows"] == 1:
        sizes = np.asarray(args["bytes"], np.int64)
        offsets = tuple(int(n) for n in np.cumsum(sizes) - sizes)
    else:
        return kernel
    return replace(kernel, function="", args={}, in_place=0, lead=0, offsets=offsets, listed="")
