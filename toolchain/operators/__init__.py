"""The operators that the compiler knows: TFLite name to lowering function.

To add one: write a module here with `lower`, its C kernel in `toolchain/runtime/kernels/`, and an entry in `LOWER`.
"""

from __future__ import annotations

from typing import Final

from toolchain.errors import ModelError
from toolchain.graph import Graph
from toolchain.operators import (
    add,
    concatenation,
    conv2d,
    depthwise_conv2d,
    fully_connected,
    gather,
    pad,
    pool2d,
    quantize,
    reduce,
    reshape,
    slices,
    split,
    transpose,
    variables,
)
from toolchain.operators.base import Kernel, Lower, Lowering
from toolchain.requant import Rounding

LOWER: Final[dict[str, Lower]] = {
    "ADD": add.lower,
    "ASSIGN_VARIABLE": variables.lower,
    "AVERAGE_POOL_2D": pool2d.lower,
    "CONCATENATION": concatenation.lower,
    "CONV_2D": conv2d.lower,
    "DEPTHWISE_CONV_2D": depthwise_conv2d.lower,
    "DEQUANTIZE": quantize.lower_dequantize,
    "EMBEDDING_LOOKUP": gather.lower_embedding,
    "EXPAND_DIMS": reshape.lower,
    "FULLY_CONNECTED": fully_connected.lower,
    "GATHER": gather.lower,
    "MAX_POOL_2D": pool2d.lower,
    "MEAN": reduce.lower,
    "PACK": concatenation.lower_pack,
    "PAD": pad.lower,
    "PADV2": pad.lower,
    "QUANTIZE": quantize.lower_quantize,
    "READ_VARIABLE": variables.lower,
    "REDUCE_MAX": reduce.lower,
    "REDUCE_MIN": reduce.lower,
    "RESHAPE": reshape.lower,
    "SLICE": slices.lower_slice,
    "SPLIT": split.lower,
    "SPLIT_V": split.lower_v,
    "SQUEEZE": reshape.lower,
    "STRIDED_SLICE": slices.lower_strided,
    "SUM": reduce.lower,
    "TRANSPOSE": transpose.lower,
    "UNPACK": split.lower_unpack,
}


def lower_graph(graph: Graph, rounding: Rounding) -> tuple[Kernel, ...]:
    """Lower every operator.

    Raises:
        ModelError: some operators are unknown or have an unknown form; all of them are listed at once.
    """
    kernels: list[Kernel] = []
    problems: list[str] = []
    for op in graph.operators:
        lower = LOWER.get(op.kind)
        if lower is None:
            problems.append(f"operator {op.index} ({op.kind}) is not supported")
            continue
        try:
            kernels.append(lower(Lowering(op, graph, rounding)))
        except ModelError as error:
            problems.append(error.what)
    if problems:
        raise ModelError(
            f"{len(problems)} operator(s) of the model cannot be compiled",
            expected=", ".join(sorted(LOWER)),
            received="\n    " + "\n    ".join(problems),
            remedy="replace these operators in the model, or see CONTRIBUTING.md, 'Add an operator'",
        )
    return tuple(kernels)
