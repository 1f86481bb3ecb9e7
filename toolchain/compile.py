"""The compiler's front door: a model in, a `Compiled` out, ready to be written as a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.arrangement import Arrangement
from toolchain.conversion import Request, convert_adaptive
from toolchain.errors import AdaptiveError, ModelError
from toolchain.frontends.calibration import fit
from toolchain.frontends.open import open_source
from toolchain.frontends.source import Source, select
from toolchain.frontends.tflite_file import TfliteSource, is_float
from toolchain.layout import Layout
from toolchain.mixed import RangeRule
from toolchain.model import Model
from toolchain.progress import Progress, silent
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model

if TYPE_CHECKING:
    import torch

DEFAULT_CLIP: Final = 0.1
"""T of every adaptive parameter where nobody says better."""


@dataclass(frozen=True, eq=False)
class Compiled:
    """The mixed .tflite file (factory head inside) and the model read back from it.

    `arrangements` says for each adaptive parameter how the framework's values lie in the .tflite tensor; `notes` are
    sentences that whoever compiles should read.
    """

    name: str
    tflite: bytes
    model: Model
    arrangements: Mapping[str, Arrangement] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def compile_tflite(data: bytes, name: str, rounding: Rounding = Rounding.TFLM) -> Compiled:
    """Compile a .tflite file as it is; nothing of it becomes adaptive.

    Raises:
        ModelError: the file cannot be read, or holds unsupported operators.
    """
    return Compiled(name, data, Model.of(read_model(data, name), rounding=rounding))


def compile_model(  # noqa: PLR0913  # a model has that many independent parts
    model: Any,
    *,
    name: str | None = None,
    calibration: Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any] | None = None,
    adaptive: Sequence[str] = (),
    clip: float = DEFAULT_CLIP,
    rounding: Rounding = Rounding.TFLM,
    keep_float: bool = False,
    progress: Progress = silent,
) -> Compiled:
    """Compile a model of any kind.

    Args:
        model: a path (.tflite, .pt2, .keras, SavedModel folder), the bytes of a .tflite file, a torch module (in eval
            mode) or a Keras model.
        name: the model's name, prefix of its C symbols; the file's name by default.
        calibration: inputs [n, *input] for the ranges of the int8 part, by input name where there are several; needed
            for float models unless `keep_float`.
        adaptive: layers (`fc1`) and parameters (`fc1.weight`) that stay float32 and patchable, in the buffer's order.
        clip: T of the edits of each adaptive parameter.
        rounding: contract of the integer operators.
        keep_float: leave a float model as it is.
        progress: told after each stage.

    Raises:
        ModelError: the model cannot be read or converted, or holds unsupported operators.
        AdaptiveError: an adaptive name is unknown, or its parameter was quantised, folded, shared or dropped.
    """
    arrays = {"x": calibration} if isinstance(calibration, np.ndarray) else calibration
    called = name or (Path(model).stem if isinstance(model, (str, Path)) else "model")
    source = open_source(model, arrays)
    if isinstance(source, TfliteSource):
        source.refuse_integers(adaptive)
    chosen = select(source, adaptive)
    values = {n: source.parameters[n] for n in chosen}
    layout = Layout.of({n: v.shape for n, v in values.items()}, dict.fromkeys(chosen, clip))
    whole = isinstance(source, TfliteSource) and not source.is_float
    request = Request(called, layout, layout.flatten(values)[None], rounding, quantised=not (keep_float or whole))
    compiled = _compile(source, arrays, request, progress)
    return replace(compiled, notes=source.notes) if isinstance(source, TfliteSource) else compiled


def compile_torch(  # noqa: PLR0913  # a model with adaptive layers has that many independent parts
    module: torch.nn.Module,
    example: torch.Tensor,
    *,
    name: str,
    layout: Layout,
    prototypes: npt.NDArray[np.float32],
    calibration: npt.NDArray[Any],
    rounding: Rounding = Rounding.TFLM,
    ranges: RangeRule = RangeRule.AVERAGE,
    progress: Progress = silent,
) -> Compiled:
    """Compile a torch module with adaptive layers.

    Args:
        module: float32 module in eval mode.
        example: one input, [1, *input]; float32, or int32 where the model looks numbers up.
        name: the model's name, prefix of its C symbols.
        layout: adaptive parameters by their module path, in the order of the buffer, with their clips, in torch's
            shapes; the compiled model's layout has those of the .tflite tensors (`Compiled.arrangements`).
        prototypes: float32 [entries, layout.size]; entry 0 is the factory head and goes into the .tflite file.
        calibration: inputs for the ranges of the int8 part, [n, *input], float32 or of the input's integer type.
        rounding: contract of the integer operators.
        ranges: how the ranges of the int8 part come from the calibration set.
        progress: told after each stage.

    Raises:
        ModelError: the module cannot be converted or holds unsupported operators.
        AdaptiveError: an adaptive parameter ended up quantised, folded, shared or dropped.
    """
    from toolchain.frontends.torch_module import TorchSource

    request = Request(name, layout, prototypes, rounding, quantised=True, rule=ranges)
    return _compile(TorchSource(module, (example,)), {"x": calibration}, request, progress)


def _compile(
    source: Source, calibration: Mapping[str, npt.NDArray[Any]] | None, request: Request, progress: Progress
) -> Compiled:
    if not request.quantised and not request.layout.tensors:
        return compile_tflite(source.convert({}), request.name, request.rounding)
    if request.quantised and not calibration:
        raise ModelError(
            f"{request.name} is a float model",
            expected="a calibration set, to quantise it",
            remedy="pass --calibration with inputs as the model will see them, or --float to leave it as it is",
        )
    done = convert_adaptive(source, request, lambda graph: fit(calibration or {}, graph), progress)
    graph = read_model(done.tflite, request.name)
    names = {index: place.name for index, place in done.places.items()}
    model = Model.of(graph, rounding=request.rounding, layout=done.layout, adaptive=names, prototypes=done.prototypes)
    if model.embedding is None and names and request.quantised and not is_float(graph):
        raise AdaptiveError(
            "no int8 embedding feeds the first adaptive layer",
            expected="int8 shared layers, or the model's input, in front of the adaptive ones",
            remedy="let the shared part end in quantised operators (docs/bundle.md)",
        )
    arrangements = {place.name: place.arrangement for place in done.places.values()}
    return Compiled(request.name, done.tflite, model, arrangements)
