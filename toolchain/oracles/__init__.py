"""Other runtimes that a device is checked against, behind one small interface.

    oracle = open_oracle("tflite_micro", bundle.tflite)
    outputs = oracle.run([window])

`tflite_micro` is the oracle for bits under the `tflm` contract; `litert` and `litert-ref` are LiteRT's default
interpreter and its reference kernels; `tensorflow` and `tflite_runtime` are the reference kernels in the interpreters
of TensorFlow and of older gateways. The last needs an environment of its own: `make gateway`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import ToolchainError
from toolchain.oracles.base import Oracle
from toolchain.tflite.constants import patch_constants


def _tflite_micro(data: bytes) -> Oracle:
    from toolchain.oracles.tflite_micro import TfliteMicro

    return TfliteMicro(data)


def _litert(data: bytes) -> Oracle:
    from toolchain.oracles.litert import Litert

    return Litert(data, reference=False)


def _litert_reference(data: bytes) -> Oracle:
    from toolchain.oracles.litert import Litert

    return Litert(data, reference=True)


def _tensorflow(data: bytes) -> Oracle:
    from toolchain.oracles.tensorflow import TensorFlow

    return TensorFlow(data)


def _tflite_runtime(data: bytes) -> Oracle:
    from toolchain.oracles.tflite_runtime import TfliteRuntime

    return TfliteRuntime(data)


ORACLES: Final[Mapping[str, Callable[[bytes], Oracle]]] = {
    "tflite_micro": _tflite_micro,
    "litert": _litert,
    "litert-ref": _litert_reference,
    "tensorflow": _tensorflow,
    "tflite_runtime": _tflite_runtime,
}


def open_oracle(name: str, tflite: bytes, patched: Mapping[int, npt.NDArray[np.float32]] | None = None) -> Oracle:
    """Open an oracle on a .tflite file.

    Args:
        name: one of `ORACLES`.
        tflite: the file.
        patched: other values for some constant tensors, by tensor index (adaptive parameters).

    Raises:
        ToolchainError: unknown oracle, or its package is not installed.
    """
    if name not in ORACLES:
        raise ToolchainError(f"there is no oracle {name!r}", expected=", ".join(ORACLES))
    data = patch_constants(tflite, patched) if patched else tflite
    try:
        return ORACLES[name](data)
    except ImportError as error:
        raise ToolchainError(
            f"the oracle {name!r} is not installed",
            received=str(error),
            remedy="run it in .venv-gateway, which `make gateway` makes"
            if name == "tflite_runtime"
            else "pip install 'persona-mcu[compile]'",
        ) from error


def adaptive_values(model: Any, adaptive: npt.NDArray[np.float32]) -> dict[int, npt.NDArray[np.float32]]:
    """What to pass as `patched` so that an oracle runs with the adaptive buffer `adaptive` (float32 [size])."""
    named = model.layout.unflatten(adaptive)
    return {index: named[name] for index, name in model.adaptive.items()}
