"""The compiler's front door: a model in, a `Compiled` out, ready to be written as a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from toolchain import adaptive as adaptive_tensors
from toolchain.errors import AdaptiveError
from toolchain.graph import Graph
from toolchain.layout import Layout
from toolchain.model import Model
from toolchain.progress import Progress, silent
from toolchain.requant import Rounding
from toolchain.tflite.constants import patch_constants
from toolchain.tflite.reader import read_model

if TYPE_CHECKING:
    import torch

_STAGE = "compile"


@dataclass(frozen=True, eq=False)
class Compiled:
    """The mixed .tflite file (factory head inside) and the model read back from it."""

    name: str
    tflite: bytes
    model: Model


def compile_tflite(data: bytes, name: str, rounding: Rounding = Rounding.TFLM) -> Compiled:
    """Compile a .tflite file as it is; nothing of it becomes adaptive.

    Raises:
        ModelError: the file cannot be read, or holds unsupported operators.
    """
    return Compiled(name, data, Model.of(read_model(data, name), rounding=rounding))


def compile_torch(  # noqa: PLR0913  # a model with adaptive layers has that many independent parts
    module: torch.nn.Module,
    example: torch.Tensor,
    *,
    name: str,
    layout: Layout,
    prototypes: npt.NDArray[np.float32],
    calibration: npt.NDArray[np.float32],
    rounding: Rounding = Rounding.TFLM,
    progress: Progress = silent,
) -> Compiled:
    """Compile a torch module with adaptive layers.

    Args:
        module: float32 module in eval mode.
        example: one input, float32 [1, *input].
        name: the model's name, prefix of its C symbols.
        layout: adaptive parameters by their module path, in the order of the buffer, with their clips.
        prototypes: float32 [entries, layout.size]; entry 0 is the factory head and goes into the .tflite file.
        calibration: inputs for the ranges of the int8 part, float32 [n, *input].
        rounding: contract of the integer operators.
        progress: told after each stage.

    Raises:
        ModelError: the module cannot be converted or holds unsupported operators.
        AdaptiveError: an adaptive parameter ended up quantised, folded, shared or dropped.
    """
    from toolchain.frontends.torch_module import convert_module
    from toolchain.mixed import quantise_mixed

    factory = layout.unflatten(prototypes[0])
    marked = adaptive_tensors.markers(factory)
    progress(_STAGE, 0, 3)
    converted = convert_module(module, example, marked)
    progress(_STAGE, 1, 3)
    graph = read_model(converted, name)
    places = adaptive_tensors.locate(graph, converted, marked)
    measured = patch_constants(converted, {i: factory[n] for i, n in places.items()})
    float_result = any(_writes_output(graph, i) for i in places)
    outputs = adaptive_tensors.adaptive_outputs(graph, places)
    mixed = quantise_mixed(measured, converted, calibration, outputs, float_result=float_result)
    progress(_STAGE, 2, 3)
    compiled = _finish(mixed, name, layout, prototypes, marked=marked, rounding=rounding)
    progress(_STAGE, 3, 3)
    return compiled


def _writes_output(graph: Graph, tensor: int) -> bool:
    """Whether the operator that reads `tensor` writes an output of the graph."""
    return any(out in graph.outputs for op in graph.consumers(tensor) for out in op.outputs)


def _finish(  # noqa: PLR0913  # the same parts
    mixed: bytes,
    name: str,
    layout: Layout,
    prototypes: npt.NDArray[np.float32],
    *,
    marked: Mapping[str, npt.NDArray[Any]],
    rounding: Rounding,
) -> Compiled:
    """Find the adaptive tensors in the mixed file, put the factory head in, and compile that."""
    places = adaptive_tensors.locate(read_model(mixed, name), mixed, marked)
    factory = layout.unflatten(prototypes[0])
    tflite = patch_constants(mixed, {i: factory[n] for i, n in places.items()})
    graph = read_model(tflite, name)
    model = Model.of(graph, rounding=rounding, layout=layout, adaptive=places, prototypes=prototypes)
    if model.embedding is None:
        raise AdaptiveError(
            "no int8 embedding feeds the first adaptive layer",
            expected="int8 shared layers in front of the adaptive ones",
            remedy="let the shared part end in quantised operators (docs/bundle.md)",
        )
    return Compiled(name, tflite, model)
