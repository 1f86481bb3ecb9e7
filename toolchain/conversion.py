"""One conversion: markers in, float .tflite, mixed .tflite, markers found, real values in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.adaptive import Place, float_operators, locate, markers
from toolchain.errors import AdaptiveError
from toolchain.frontends.quantisable import quantisable
from toolchain.frontends.source import Source
from toolchain.graph import DType, Graph
from toolchain.layout import Layout
from toolchain.mixed import RangeRule, quantise_mixed
from toolchain.progress import Progress
from toolchain.requant import Rounding
from toolchain.tflite.constants import patch_constants
from toolchain.tflite.reader import read_model

Array = npt.NDArray[Any]

_STAGE: Final = "compile"
_EDITS: Final = 4
"""Random edits at the clip T whose ranges the int8 layers behind adaptive ones must hold, for each prototype."""
_MOST_PROTOTYPES: Final = 8
_SEED: Final = 0x1B873593


@dataclass(frozen=True, eq=False)
class Request:
    """What to convert a source to.

    Attributes:
        name: the model's name.
        layout: the adaptive parameters in the framework's shapes.
        prototypes: float32 [entries, layout.size], in that layout.
        rounding: contract of the integer operators.
        quantised: whether what is not adaptive becomes int8.
        rule: how the ranges of the int8 part come from the calibration set.
    """

    name: str
    layout: Layout
    prototypes: npt.NDArray[np.float32]
    rounding: Rounding
    quantised: bool
    rule: RangeRule = RangeRule.AVERAGE


@dataclass(frozen=True, eq=False)
class Conversion:
    """The result: a file with the factory head, where each parameter lies, layout and table in the tensors' order."""

    tflite: bytes
    places: Mapping[int, Place]
    layout: Layout
    prototypes: npt.NDArray[np.float32]


def convert_adaptive(
    source: Source, request: Request, calibration: Callable[[Graph], Sequence[Array]], progress: Progress
) -> Conversion:
    """Convert `source`.

    Args:
        source: the model.
        request: what to make of it.
        calibration: the float graph to one array [n, *input] for each of its inputs; only asked where it is needed.
        progress: told after each of three stages.

    Raises:
        ModelError: the model cannot be converted.
        AdaptiveError: an adaptive parameter did not survive, or its operator was quantised all the same.
    """
    progress(_STAGE, 0, 3)
    marked = markers(request.layout.unflatten(request.prototypes[0]))
    converted = source.convert(marked)
    if request.quantised:
        converted = quantisable(converted)
    progress(_STAGE, 1, 3)
    file = _quantised(converted, request, marked, calibration) if request.quantised else converted
    progress(_STAGE, 2, 3)
    places = locate(read_model(file, request.name), file, marked)
    layout, prototypes = _arranged(request, places)
    tflite = patch_constants(file, _values(request, places, 0))
    progress(_STAGE, 3, 3)
    return Conversion(tflite, places, layout, prototypes)


def _quantised(
    converted: bytes, request: Request, marked: Mapping[str, Array], calibration: Callable[[Graph], Sequence[Array]]
) -> bytes:
    graph = read_model(converted, request.name)
    samples = calibration(graph)
    places = locate(graph, converted, marked)
    kept = float_operators(graph, places)
    names = [graph.tensors[op.outputs[0]].name for op in kept]
    measured = patch_constants(converted, _values(request, places, 0))
    behind = _behind(graph, {i for op in kept for i in op.outputs}) - {op.index for op in kept}
    variants = _variants(converted, request, places) if behind else []
    float_result = any(out in graph.outputs for op in kept for out in op.outputs)
    mixed = quantise_mixed(
        measured, converted, samples, names, float_result=float_result, variants=variants, rule=request.rule
    )
    _check_float(read_model(mixed, request.name), names)
    return mixed


def _behind(graph: Graph, tensors: set[int]) -> set[int]:
    """Indices of the operators that `tensors` flow into."""
    reached, found = set(tensors), set()
    for op in graph.operators:
        if reached & set(op.inputs):
            found.add(op.index)
            reached |= set(op.outputs)
    return found


def _values(request: Request, places: Mapping[int, Place], row: int) -> dict[int, Array]:
    """The parameters of one prototype by tensor index."""
    named = request.layout.unflatten(request.prototypes[row])
    return {index: place.arrangement.to_tensor(named[place.name]) for index, place in places.items()}


def _variants(converted: bytes, request: Request, places: Mapping[int, Place]) -> list[bytes]:
    """The float model under the other prototypes, and under random edits at the clip, for the ranges behind them."""
    chance = np.random.default_rng(_SEED)
    heads = request.prototypes[:_MOST_PROTOTYPES]
    signs = chance.choice(np.array([-1.0, 1.0], np.float32), (_EDITS, request.layout.size))
    edited = [heads[i % len(heads)] + sign * request.layout.clip_vector for i, sign in enumerate(signs)]
    table = np.concatenate([heads[1:], np.stack(edited).astype(np.float32)])
    widened = Request(request.name, request.layout, table, request.rounding, request.quantised)
    return [patch_constants(converted, _values(widened, places, row)) for row in range(len(table))]


def _check_float(mixed: Graph, names: Sequence[str]) -> None:
    """The quantiser addresses operators by name and says nothing when a name misses."""
    written = {mixed.tensors[i].name: mixed.tensors[i].dtype for op in mixed.operators for i in op.outputs}
    missed = [name for name in names if written.get(name, DType.FLOAT32) is not DType.FLOAT32]
    if missed:
        raise AdaptiveError(
            f"{len(missed)} operator(s) that must stay float32 were quantised", received=", ".join(missed)
        )


def _arranged(request: Request, places: Mapping[int, Place]) -> tuple[Layout, npt.NDArray[np.float32]]:
    """Layout and prototype table in the order of the .tflite tensors."""
    own = {place.name: place.arrangement for place in places.values()}
    clips = {tensor.name: tensor.clip for tensor in request.layout.tensors}
    layout = Layout.of({tensor.name: own[tensor.name].tensor for tensor in request.layout.tensors}, clips)
    rows = [
        layout.flatten({name: own[name].to_tensor(values) for name, values in request.layout.unflatten(row).items()})
        for row in request.prototypes
    ]
    return layout, np.stack(rows)
