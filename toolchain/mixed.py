"""From a float .tflite file to a mixed one: int8 where the model is shared, float32 where it is adaptive."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.frontends.inline_buffers import inlined
from toolchain.frontends.quantisable import quantisable
from toolchain.frontends.quiet import converter

Array = npt.NDArray[Any]
Ranges = dict[str, Any]

_SIGNATURE: Final = "serving_default"


class RangeRule(Enum):
    """How the range of an activation comes from the extremes that each sample of a calibration set gives it.

    AVERAGE is ai-edge-quantizer's own: a moving average of them, which cuts off what is rarely reached. EXTREMES holds
    every value of the set: coarser steps, but nothing saturates. It suits features of which each has its own spread.
    """

    AVERAGE = "average"
    EXTREMES = "extremes"


def quantise_mixed(  # noqa: PLR0913  # the parts of one conversion
    measured: bytes,
    converted: bytes,
    calibration: Array | Sequence[Array],
    float_outputs: Sequence[str],
    *,
    float_result: bool,
    variants: Sequence[bytes] = (),
    rule: RangeRule = RangeRule.AVERAGE,
) -> bytes:
    """Quantise `converted` to int8, all but some operators, with ranges measured on `measured`.

    Args:
        measured: float model with the real parameters, on which the ranges of the activations are taken.
        converted: the same model with markers in the place of its adaptive parameters; this one is written.
        calibration: inputs [n, *input], one array for each input of the graph (or the array, if there is one input).
        float_outputs: names of the output tensors of the operators that stay float32.
        float_result: whether the graph's outputs stay float32.
        variants: the float model with other adaptive parameters; ranges are widened to hold theirs.
        rule: how a range comes from the samples.

    Raises:
        ModelError: the calibration set does not fit, or ai-edge-quantizer fails.
    """
    arrays = [calibration] if isinstance(calibration, np.ndarray) else list(calibration)
    _check(arrays)
    with converter("ai-edge-quantizer"), tempfile.TemporaryDirectory() as folder:
        from ai_edge_quantizer import qtyping, quantizer, recipe

        def work_on(model: bytes) -> Any:
            path = Path(folder) / "float.tflite"
            path.write_bytes(quantisable(model))
            return quantizer.Quantizer(str(path), recipe.static_wi8_ai8())

        signature, arguments = _arguments(quantisable(measured))
        ranges: Ranges = {}
        for model in (measured, *variants):
            ranges = _widened(ranges, _taken(work_on(model), signature, list(_samples(arguments, arrays)), rule))
        work = work_on(converted)
        for name in float_outputs:
            _exclude(work, f"^{re.escape(name)};?$", qtyping.TFLOperationName.ALL_SUPPORTED)
        if float_result:
            _exclude(work, ".*", qtyping.TFLOperationName.OUTPUT)
        result = work.quantize(ranges)
        out = Path(folder) / "mixed.tflite"
        result.export_model(str(out))
        return inlined(out.read_bytes())


def _check(arrays: Sequence[Array]) -> None:
    counts = {len(array) for array in arrays}
    wrong = sum(int(np.sum(~np.isfinite(array))) for array in arrays)
    if not counts or min(counts) == 0 or len(counts) > 1 or wrong:
        raise ModelError(
            "the calibration set is not usable",
            expected="at least one sample, as many for each input, all values finite",
            received=f"{sorted(counts)} samples, {wrong} values not finite",
        )


def _arguments(model: bytes) -> tuple[str, list[str]]:
    """The signature and the names of its arguments, in the order of the graph's inputs."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model)
    names = interpreter.get_signature_list()
    signature = _SIGNATURE if _SIGNATURE in names else next(iter(names))
    details = interpreter.get_signature_runner(signature).get_input_details()
    named = {int(detail["index"]): name for name, detail in details.items()}
    return signature, [named[int(detail["index"])] for detail in interpreter.get_input_details()]


def _samples(arguments: Sequence[str], arrays: Sequence[Array]) -> Iterator[dict[str, Array]]:
    if len(arguments) != len(arrays):
        raise ModelError(
            "the calibration set has not one array for each input",
            expected=", ".join(arguments),
            received=f"{len(arrays)} array(s)",
        )
    for i in range(len(arrays[0])):
        yield {argument: array[i : i + 1] for argument, array in zip(arguments, arrays, strict=True)}


def _taken(work: Any, signature: str, samples: Sequence[dict[str, Array]], rule: RangeRule) -> Ranges:
    """The ranges that the samples give, by the name of the tensor."""
    ranges: Ranges = {}
    if rule is RangeRule.AVERAGE:
        ranges = dict(work.calibrate({signature: samples}))
    else:
        for sample in samples:
            ranges = _widened(ranges, work.calibrate({signature: [sample]}))
    return ranges


def _widened(ranges: Ranges, more: Mapping[str, Any]) -> Ranges:
    """Ranges that hold both; what is no range is taken from the first."""
    widened = dict(more) | ranges
    for name, new in more.items():
        old = ranges.get(name)
        if old and new and {"min", "max"} <= old.keys() & new.keys():
            widened[name] = {
                **old,
                "min": np.minimum(old["min"], new["min"]),
                "max": np.maximum(old["max"], new["max"]),
            }
    return widened


def _exclude(work: Any, pattern: str, operation: Any) -> None:
    work.update_quantization_recipe(regex=pattern, operation_name=operation, algorithm_key="no_quantize")
