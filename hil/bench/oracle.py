"""Whether what a board computed is right: the reference, and the runtime that the reference is held to."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hil.comparison import require_equal
from hil.conformance import Ask, Report, agree, oracle_of
from hil.errors import WrongResultError
from toolchain.bundle import Bundle
from toolchain.errors import ToolchainError
from toolchain.reference import Reference
from toolchain.requant import Rounding

REFERENCE: Final = "reference"
TFLITE_MICRO: Final = "tflite_micro"

Window = tuple[npt.NDArray[Any], ...]


def oracle_for(bundle: Bundle) -> str:
    """TFLite Micro where it is installed, can run the model and has its rounding contract; else the reference alone."""
    if bundle.rounding is not Rounding.TFLM or find_spec(TFLITE_MICRO) is None:
        return REFERENCE
    try:
        _open(bundle)
    except ToolchainError:
        return REFERENCE
    return TFLITE_MICRO


def _open(bundle: Bundle) -> Ask:
    return oracle_of(bundle, TFLITE_MICRO, bundle.prototypes[0])


@dataclass
class Judge:
    """Judges outputs; every inference begins with the model's initial state."""

    bundle: Bundle

    def __post_init__(self) -> None:
        self.oracle = oracle_for(self.bundle)
        self._reference = Reference(self.bundle.model)
        self._ask = _open(self.bundle) if self.oracle == TFLITE_MICRO else None

    def require_right(self, number: int, window: Window, output: bytes) -> None:
        """Hold the output of a board to the reference, and the reference to the oracle.

        Raises:
            WrongResultError: they differ.
        """
        self._reference.reset()
        expected = self._reference.run(window)
        require_equal(f"vector {number}: the output", expected.output_bytes, output)
        if self._ask is None:
            return
        if self.bundle.model.stateful:
            self._ask = _open(self.bundle)
        report = Report()
        if not agree(report, number, expected, *self._ask(window)):
            raise WrongResultError(
                f"vector {number}: the reference is not equal to {self.oracle}",
                expected="the same integers, floats within the tolerance",
                received=report.oracle_integers.first_difference,
                remedy="an operator of the toolchain is wrong: run tests/toolchain",
            )


def window_bytes(window: Window) -> bytes:
    """All inputs one after the other, as a device takes them."""
    return b"".join(np.ascontiguousarray(array).tobytes() for array in window)
