"""The operators that the compiler knows: TFLite name to lowering function.

To add one: write a module here with `lower`, its C kernel in `toolchain/runtime/kernels/`, and an entry in `LOWER`.
"""

from __future__ import annotations

from typing import Final

from toolchain.errors import ModelError
from toolchain.graph import Graph
from toolchain.operators import (
    add,
    arg_extreme,
    batch_matmul,
    cast,
    compare,
    concatenation,
    conv2d,
    depthwise_conv2d,
    div,
    extremum,
    fully_connected,
    gather,
    gather_nd,
    gelu,
    hard_swish,
    int16_elementwise,
    int16x8,
    known,
    lstm,
    moves,
    mul,
    pad,
    pool2d,
    prelu,
    quantize,
    reduce,
    relu,
    reshape,
    resize_nearest,
    select,
    sigmoid,
    slices,
    softmax,
    split,
    squared_difference,
    svdf,
    transpose,
    transpose_conv,
    unary,
    variables,
)
from toolchain.operators.base import Kernel, Lower, Lowering
from toolchain.operators.guard import guarded
from toolchain.requant import Rounding

LOWER: Final[dict[str, Lower]] = {
    "ABS": unary.lower,
    "ADD": int16x8.or_else(int16_elementwise.add, add.lower),
    "ARG_MAX": arg_extreme.lower,
    "ARG_MIN": arg_extreme.lower,
    "ASSIGN_VARIABLE": variables.lower,
    "AVERAGE_POOL_2D": int16x8.or_else(int16_elementwise.pool2d, pool2d.lower),
    "BATCH_MATMUL": batch_matmul.lower,
    "BROADCAST_TO": moves.lower_broadcast_to,
    "CAST": cast.lower,
    "CONCATENATION": concatenation.lower,
    "CONV_2D": int16x8.or_else(int16x8.conv2d, conv2d.lower),
    "DEPTHWISE_CONV_2D": int16x8.or_else(int16x8.depthwise_conv2d, depthwise_conv2d.lower),
    "DEPTH_TO_SPACE": moves.lower_depth_to_space,
    "DEQUANTIZE": quantize.lower_dequantize,
    "DIV": div.lower,
    "EMBEDDING_LOOKUP": gather.lower_embedding,
    "EQUAL": compare.lower,
    "EXP": unary.lower,
    "EXPAND_DIMS": reshape.lower,
    "FILL": moves.lower_fill,
    "FULLY_CONNECTED": int16x8.or_else(int16x8.fully_connected, fully_connected.lower),
    "GATHER": gather.lower,
    "GATHER_ND": gather_nd.lower,
    "GELU": gelu.lower,
    "GREATER": compare.lower,
    "GREATER_EQUAL": compare.lower,
    "HARD_SWISH": hard_swish.lower,
    "LEAKY_RELU": relu.lower_leaky,
    "LESS": compare.lower,
    "LESS_EQUAL": compare.lower,
    "LOG": unary.lower,
    "LOGICAL_AND": compare.lower_logical,
    "LOGICAL_NOT": compare.lower_not,
    "LOGICAL_OR": compare.lower_logical,
    "LOGISTIC": int16x8.or_else(int16_elementwise.sigmoid, sigmoid.lower),
    "MAXIMUM": extremum.lower,
    "MAX_POOL_2D": int16x8.or_else(int16_elementwise.pool2d, pool2d.lower),
    "MEAN": reduce.lower,
    "MINIMUM": extremum.lower,
    "MUL": int16x8.or_else(int16_elementwise.mul, mul.lower),
    "NEG": unary.lower,
    "NOT_EQUAL": compare.lower,
    "PACK": concatenation.lower_pack,
    "PAD": pad.lower,
    "PADV2": pad.lower,
    "PRELU": prelu.lower,
    "QUANTIZE": quantize.lower_quantize,
    "RANGE": known.lower_range,
    "RANK": known.lower_rank,
    "READ_VARIABLE": variables.lower,
    "REDUCE_MAX": reduce.lower,
    "REDUCE_MIN": reduce.lower,
    "RELU": relu.lower,
    "RELU6": relu.lower,
    "RELU_0_TO_1": relu.lower,
    "RELU_N1_TO_1": relu.lower,
    "RESHAPE": reshape.lower,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest.lower,
    "REVERSE_V2": moves.lower_reverse,
    "RSQRT": unary.lower,
    "SELECT": select.lower,
    "SELECT_V2": select.lower,
    "SHAPE": known.lower_shape,
    "SLICE": slices.lower_slice,
    "SOFTMAX": softmax.lower,
    "SPACE_TO_DEPTH": moves.lower_space_to_depth,
    "SPLIT": split.lower,
    "SPLIT_V": split.lower_v,
    "SQRT": unary.lower,
    "SQUARE": unary.lower,
    "SQUARED_DIFFERENCE": squared_difference.lower,
    "SQUEEZE": reshape.lower,
    "STRIDED_SLICE": slices.lower_strided,
    "SUB": int16x8.or_else(int16_elementwise.add, add.lower),
    "SUM": reduce.lower,
    "SVDF": svdf.lower,
    "TANH": int16x8.or_else(int16_elementwise.sigmoid, sigmoid.lower),
    "TILE": moves.lower_tile,
    "TRANSPOSE": transpose.lower,
    "TRANSPOSE_CONV": transpose_conv.lower,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm.lower,
    "UNPACK": split.lower_unpack,
    "ZEROS_LIKE": known.lower_zeros_like,
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
            kernels.append(guarded(lower, Lowering(op, graph, rounding)))
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
