"""From a float .tflite file to a mixed one: int8 where the model is shared, float32 where it is adaptive."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.frontends.quiet import converter

_SIGNATURE: Final = "serving_default"


def quantise_mixed(
    measured: bytes,
    converted: bytes,
    calibration: npt.NDArray[np.float32],
    float_outputs: Sequence[str],
    *,
    float_result: bool,
) -> bytes:
    """Quantise `converted` to int8, all but some operators, with ranges measured on `measured`.

    Args:
        measured: float model with the real parameters, on which the ranges of the activations are taken.
        converted: the same model with markers in the place of its adaptive parameters; this one is written.
        calibration: inputs, float32 [n, *input].
        float_outputs: names of the output tensors of the operators that stay float32.
        float_result: whether the graph's outputs stay float32.

    Raises:
        ModelError: the calibration set does not fit, or ai-edge-quantizer fails.
    """
    if len(calibration) == 0 or not np.all(np.isfinite(calibration)):
        raise ModelError(
            "the calibration set is not usable",
            expected="at least one sample, all values finite",
            received=f"{len(calibration)} samples, {int(np.sum(~np.isfinite(calibration)))} values not finite",
        )
    with converter("ai-edge-quantizer"), tempfile.TemporaryDirectory() as folder:
        from ai_edge_litert.interpreter import Interpreter
        from ai_edge_quantizer import qtyping, quantizer, recipe

        names = Interpreter(model_content=measured).get_signature_list()
        signature = _SIGNATURE if _SIGNATURE in names else next(iter(names))
        argument = names[signature]["inputs"][0]
        samples = {signature: [{argument: sample[None]} for sample in calibration]}
        paths = {"measured": Path(folder) / "measured.tflite", "converted": Path(folder) / "converted.tflite"}
        paths["measured"].write_bytes(measured)
        paths["converted"].write_bytes(converted)
        ranges = quantizer.Quantizer(str(paths["measured"]), recipe.static_wi8_ai8()).calibrate(samples)
        work = quantizer.Quantizer(str(paths["converted"]), recipe.static_wi8_ai8())
        for name in float_outputs:
            _exclude(work, f"^{re.escape(name)};?$", qtyping.TFLOperationName.ALL_SUPPORTED)
        if float_result:
            _exclude(work, ".*", qtyping.TFLOperationName.OUTPUT)
        result = work.quantize(ranges)
        out = Path(folder) / "mixed.tflite"
        result.export_model(str(out))
        return out.read_bytes()


def _exclude(work: Any, pattern: str, operation: Any) -> None:
    work.update_quantization_recipe(regex=pattern, operation_name=operation, algorithm_key="no_quantize")
