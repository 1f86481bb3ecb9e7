"""The part of TensorFlow Lite's schema that the compiler reads: operator codes, element types, operator options.

Numbers are those of schema.fbs, version 3.
"""

from __future__ import annotations

from typing import Any, Final

from toolchain.graph import DType

OPERATORS: Final[dict[int, str]] = dict(
    enumerate(
        """
        ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
        EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D
        LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6
        RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM
        EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND
        TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN
        EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX
        MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV
        SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT
        REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV
        REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU
        SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU
        REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
        NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
        PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS
        HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE
        READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM
        MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX
        UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT
        """.split()
    )
)
"""Operator code to name."""

OPERATOR_CODES: Final[dict[str, int]] = {name: code for code, name in OPERATORS.items()}

ELEMENT_TYPES: Final[dict[int, DType]] = {
    0: DType.FLOAT32,
    2: DType.INT32,
    3: DType.UINT8,
    4: DType.INT64,
    6: DType.BOOL,
    7: DType.INT16,
    9: DType.INT8,
    13: DType.RESOURCE,
}
ELEMENT_NAMES: Final[dict[int, str]] = dict(
    enumerate(
        "float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource "
        "variant uint32 uint16 int4 bfloat16".split()
    )
)

ACTIVATIONS: Final = ("NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT")
PADDINGS: Final = ("SAME", "VALID")

Field = tuple[str, int, str, Any]
"""Option's name, slot in its table, type, default. Types `activation` and `padding` become names."""

_FUSED: Final = "activation"
_CONV: Final[tuple[Field, ...]] = (
    ("padding", 0, "padding", 0),
    ("stride_w", 1, "int32", 1),
    ("stride_h", 2, "int32", 1),
    ("activation", 3, _FUSED, 0),
    ("dilation_w", 4, "int32", 1),
    ("dilation_h", 5, "int32", 1),
)
_POOL: Final[tuple[Field, ...]] = (
    ("padding", 0, "padding", 0),
    ("stride_w", 1, "int32", 1),
    ("stride_h", 2, "int32", 1),
    ("filter_w", 3, "int32", 1),
    ("filter_h", 4, "int32", 1),
    ("activation", 5, _FUSED, 0),
)
_ELEMENTWISE: Final[tuple[Field, ...]] = (("activation", 0, _FUSED, 0),)
_REDUCE: Final[tuple[Field, ...]] = (("keep_dims", 0, "bool", False),)

OPTIONS: Final[dict[str, tuple[Field, ...]]] = {
    "CONV_2D": _CONV,
    "DEPTHWISE_CONV_2D": (
        ("padding", 0, "padding", 0),
        ("stride_w", 1, "int32", 1),
        ("stride_h", 2, "int32", 1),
        ("depth_multiplier", 3, "int32", 0),
        ("activation", 4, _FUSED, 0),
        ("dilation_w", 5, "int32", 1),
        ("dilation_h", 6, "int32", 1),
    ),
    "TRANSPOSE_CONV": _CONV[:4],
    "AVERAGE_POOL_2D": _POOL,
    "MAX_POOL_2D": _POOL,
    "FULLY_CONNECTED": (
        ("activation", 0, _FUSED, 0),
        ("weights_format", 1, "int8", 0),
        ("keep_num_dims", 2, "bool", False),
    ),
    "SOFTMAX": (("beta", 0, "float32", 0.0),),
    "CONCATENATION": (("axis", 0, "int32", 0), ("activation", 1, _FUSED, 0)),
    "ADD": _ELEMENTWISE,
    "SUB": _ELEMENTWISE,
    "MUL": _ELEMENTWISE,
    "DIV": _ELEMENTWISE,
    "SVDF": (("rank", 0, "int32", 0), ("activation", 1, _FUSED, 0)),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        ("activation", 0, _FUSED, 0),
        ("cell_clip", 1, "float32", 0.0),
        ("proj_clip", 2, "float32", 0.0),
        ("time_major", 3, "bool", False),
    ),
    "GATHER": (("axis", 0, "int32", 0), ("batch_dims", 1, "int32", 0)),
    "MEAN": _REDUCE,
    "SUM": _REDUCE,
    "REDUCE_MAX": _REDUCE,
    "REDUCE_MIN": _REDUCE,
    "SPLIT": (("num_splits", 0, "int32", 0),),
    "STRIDED_SLICE": (
        ("begin_mask", 0, "int32", 0),
        ("end_mask", 1, "int32", 0),
        ("ellipsis_mask", 2, "int32", 0),
        ("new_axis_mask", 3, "int32", 0),
        ("shrink_axis_mask", 4, "int32", 0),
        ("offset", 5, "bool", False),
    ),
    "ARG_MAX": (("output_type", 0, "int8", 0),),
    "PACK": (("values_count", 0, "int32", 0), ("axis", 1, "int32", 0)),
    "UNPACK": (("num", 0, "int32", 0), ("axis", 1, "int32", 0)),
    "LEAKY_RELU": (("alpha", 0, "float32", 0.0),),
    "BATCH_MATMUL": (("adj_x", 0, "bool", False), ("adj_y", 1, "bool", False)),
    "CALL_ONCE": (("init_subgraph", 0, "int32", 0),),
    "VAR_HANDLE": (("container", 0, "string", ""), ("shared_name", 1, "string", "")),
    "RESIZE_NEAREST_NEIGHBOR": (("align_corners", 0, "bool", False), ("half_pixel_centers", 1, "bool", False)),
    "DEPTH_TO_SPACE": (("block_size", 0, "int32", 0),),
    "SPACE_TO_DEPTH": (("block_size", 0, "int32", 0),),
    "GELU": (("approximate", 0, "bool", False),),
}
"""Options of each operator that has any the compiler needs."""
