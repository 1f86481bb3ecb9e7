"""Finding adaptive parameters again behind converters that rename, transpose, fold, share and drop tensors.

The parameters are converted as *markers*: random values that no other tensor holds, never zero, never equal. What the
converters did to them is then plain to see: a marker that is found once, whole, in float32, behind one operator, has
kept its place, in the order that its `Arrangement` says; anything else is reported. Only then the real values are
patched in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.arrangement import Arrangement
from toolchain.errors import AdaptiveError
from toolchain.graph import DType, Graph, Operator, Tensor
from toolchain.tflite.constants import constant_spans

Array = npt.NDArray[Any]

_SEED: Final = 0x9E3779B9
PATCHABLE: Final = {"FULLY_CONNECTED": (1, 2), "CONV_2D": (1, 2), "DEPTHWISE_CONV_2D": (1, 2)}
"""Operators with adaptive operands (weight, bias), and at which input positions."""

_ACTIVATIONS: Final = {"HARD_SWISH", "LOGISTIC", "TANH"}
"""Activations that converters do not fuse into the operator in front of them."""


@dataclass(frozen=True)
class Place:
    """Where a parameter went: its `name`, and how it lies in its tensor."""

    name: str
    arrangement: Arrangement


def markers(values: Mapping[str, Array]) -> dict[str, npt.NDArray[np.float32]]:
    """Distinct values in the shape of each adaptive parameter; small, so that nothing overflows on the way."""
    total = sum(value.size for value in values.values())
    spread = np.linspace(0.01, 0.05, max(total, 1), dtype=np.float32)  # distinct up to 2^18 and more values
    if len(np.unique(spread)) != len(spread):
        spread = np.arange(1, total + 1, dtype=np.float32) * np.float32(2.0**-24)
    chance = np.random.default_rng(_SEED)
    chance.shuffle(spread)
    found: dict[str, npt.NDArray[np.float32]] = {}
    for name, value in values.items():
        found[name], spread = spread[: value.size].reshape(value.shape).copy(), spread[value.size :]
    return found


def locate(graph: Graph, data: bytes, marked: Mapping[str, Array]) -> dict[int, Place]:
    """Tensor index to parameter, in the order of `marked`.

    Args:
        graph: the converted model.
        data: its file.
        marked: the markers that went into the conversion.

    Raises:
        AdaptiveError: some parameter was quantised, folded, shared or dropped; all of them are listed.
    """
    spans = constant_spans(data)
    found: dict[int, Place] = {}
    problems: list[str] = []
    for name, marker in marked.items():
        matches = [(t, a) for t in graph.tensors if (a := _arrangement(t, marker)) is not None]
        problem = _problem(graph, [t for t, _ in matches], spans) if matches else _fate(graph, marker)
        if problem:
            problems.append(f"{name}: {problem}")
        else:
            tensor, arrangement = matches[0]
            found[tensor.index] = Place(name, arrangement)
    if problems:
        raise AdaptiveError(
            f"{len(problems)} adaptive parameter(s) did not survive the conversion",
            expected="each found once, in float32, as weight or bias of one operator",
            received="\n    " + "\n    ".join(problems),
            remedy="put an activation, not a normalisation or another linear layer, right behind adaptive layers",
        )
    return found


def float_operators(graph: Graph, adaptive: Mapping[int, Any]) -> list[Operator]:
    """The operators that must stay float32, in the order of execution.

    Those with adaptive parameters; an activation that alone stands between two of them, which would gain nothing from
    two borders; and an ADD behind two of them in direct series, which adds a low-rank pair to its
    frozen layer: its int8 range would be measured on a pair whose product is still zero.
    """
    own = [op for op in graph.operators if any(i in adaptive for i in op.inputs)]
    written = {op.outputs[0] for op in own}
    paired = {op.outputs[0] for op in own if op.inputs[0] in written and op.options.get("activation") == "NONE"}
    added = {op.index for op in graph.operators if op.kind == "ADD" and any(i in paired for i in op.inputs)}
    read = {i for op in own for i in op.inputs[:1]}
    between = {op.index for op in graph.operators if op.kind in _ACTIVATIONS and _between(graph, op, written, read)}
    kept = {op.index for op in own} | added | between
    return [op for op in graph.operators if op.index in kept]


def _between(graph: Graph, op: Operator, written: set[int], read: set[int]) -> bool:
    """Whether `op` takes what an adaptive operator writes to another one, and to nothing else."""
    out = op.outputs[0]
    return op.inputs[0] in written and out in read and len(graph.consumers(out)) == 1


def _arrangement(tensor: Tensor, marker: Array) -> Arrangement | None:
    if tensor.data is None or tensor.dtype is not DType.FLOAT32 or tensor.data.size != marker.size:
        return None
    return Arrangement.between(marker, tensor.data)


def _problem(graph: Graph, matches: list[Tensor], spans: Mapping[int, tuple[int, int]]) -> str | None:
    """Why a tensor that holds the marker is not usable, or None."""
    if len(matches) > 1:
        return f"found {len(matches)} times; it was copied"
    tensor = matches[0]
    if tensor.index not in spans:
        return "shares its values with another tensor"
    users = graph.consumers(tensor.index)
    if len(users) != 1:
        return f"is read by {len(users)} operators"
    positions = PATCHABLE.get(users[0].kind, ())
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
            return f"was reordered beyond a permutation of its axes ({tensor.name})"
    return "was folded into another tensor or dropped"


def _is_quantised_copy(tensor: Tensor, marker: Array) -> bool:
    """Whether the tensor, dequantised, holds the marker's values to within a step, in whatever order."""
    quantisation = tensor.quantisation
    if quantisation is None or tensor.data is None:
        return False
    along = [1] * len(tensor.shape)
    if quantisation.scale.size > 1:
        along[quantisation.axis] = -1
    scale = quantisation.scale.reshape(along)
    real = np.sort((tensor.data * scale).reshape(-1))
    return bool(np.all(np.abs(real - np.sort(marker, axis=None)) <= float(scale.max())))
