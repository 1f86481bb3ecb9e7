"""Finding adaptive parameters again behind converters that rename, fold, share and drop tensors.

The parameters are converted as *markers*: random values that no other tensor holds, never zero, never equal. What the
converters did to them is then plain to see: a marker that is found once, whole, in float32, behind one operator, has
kept its place; anything else is reported. Only then the real values are patched in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import AdaptiveError
from toolchain.graph import DType, Graph, Tensor
from toolchain.tflite.constants import constant_spans

Array = npt.NDArray[Any]

_SEED: Final = 0x9E3779B9
_PATCHABLE: Final = {"FULLY_CONNECTED": (1, 2)}
"""Operators with adaptive operands, and at which input positions."""


def markers(values: Mapping[str, Array]) -> dict[str, npt.NDArray[np.float32]]:
    """Distinct values in the shape of each adaptive parameter; small, so that nothing overflows on the way."""
    chance = np.random.default_rng(_SEED)
    return {name: chance.uniform(0.01, 0.05, value.shape).astype(np.float32) for name, value in values.items()}


def locate(graph: Graph, data: bytes, marked: Mapping[str, Array]) -> dict[int, str]:
    """Tensor index to parameter name, in the order of `marked`.

    Args:
        graph: the converted model.
        data: its file.
        marked: the markers that went into the conversion.

    Raises:
        AdaptiveError: some parameter was quantised, folded, shared or dropped; all of them are listed.
    """
    spans = constant_spans(data)
    found: dict[int, str] = {}
    problems: list[str] = []
    for name, marker in marked.items():
        matches = [t for t in graph.tensors if _equal(t, marker)]
        problem = _problem(graph, matches, spans) if matches else _fate(graph, marker)
        if problem:
            problems.append(f"{name}: {problem}")
        else:
            found[matches[0].index] = name
    if problems:
        raise AdaptiveError(
            f"{len(problems)} adaptive parameter(s) did not survive the conversion",
            expected="each found once, in float32, as weight or bias of one operator",
            received="\n    " + "\n    ".join(problems),
            remedy="put an activation, not a normalisation or another linear layer, right behind adaptive layers",
        )
    return found


def adaptive_outputs(graph: Graph, found: Mapping[int, str]) -> list[str]:
    """Names of the tensors that adaptive operators write: how ai-edge-quantizer addresses an operator."""
    operators = [op for op in graph.operators if any(i in found for i in op.inputs)]
    return [graph.tensors[op.outputs[0]].name for op in operators]


def _equal(tensor: Tensor, marker: Array) -> bool:
    return tensor.data is not None and tensor.shape == marker.shape and np.array_equal(tensor.data, marker)


def _problem(graph: Graph, matches: list[Tensor], spans: Mapping[int, tuple[int, int]]) -> str | None:
    """Why a tensor that holds the marker is not usable, or None."""
    if len(matches) > 1:
        return f"found {len(matches)} times; it was copied"
    tensor = matches[0]
    if tensor.dtype is not DType.FLOAT32:
        return f"became {tensor.dtype.value}"
    if tensor.index not in spans:
        return "shares its values with another tensor"
    users = graph.consumers(tensor.index)
    if len(users) != 1:
        return f"is read by {len(users)} operators"
    positions = _PATCHABLE.get(users[0].kind, ())
    if tensor.index not in [users[0].inputs[p] for p in positions if p < len(users[0].inputs)]:
        return f"became an operand of {users[0].kind}, which cannot be adaptive"
    return None


def _fate(graph: Graph, marker: Array) -> str:
    """A guess at what happened to a marker that is nowhere to be found."""
    ordered = np.sort(marker, axis=None)
    for tensor in graph.tensors:
        if tensor.data is None or tensor.data.size != marker.size:
            continue
        if tensor.dtype is not DType.FLOAT32 and _is_quantised_copy(tensor, marker):
            return f"was quantised to {tensor.dtype.value} ({tensor.name})"
        if tensor.dtype is DType.FLOAT32 and np.array_equal(np.sort(tensor.data, axis=None), ordered):
            return f"was transposed to {tensor.shape} ({tensor.name})"
    return "was folded into another tensor or dropped"


def _is_quantised_copy(tensor: Tensor, marker: Array) -> bool:
    """Whether the tensor, dequantised, is the marker to within a step of each channel."""
    quantisation = tensor.quantisation
    if quantisation is None or tensor.data is None or tensor.shape != marker.shape:
        return False
    along = [1] * len(tensor.shape)
    if quantisation.scale.size > 1:
        along[quantisation.axis] = -1
    scale = quantisation.scale.reshape(along)
    return bool(np.all(np.abs(tensor.data * scale - marker) <= scale))
