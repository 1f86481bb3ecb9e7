"""Embeddings as a device gives them: int8 with one scale and one zero point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_LOW: Final = -128
_HIGH: Final = 127
_SMOOTHING: Final = 0.95


@dataclass(frozen=True)
class Int8Range:
    """Affine int8 quantisation: real = scale * (q - zero_point)."""

    scale: float
    zero_point: int

    @classmethod
    def of(cls, values: npt.NDArray[np.float32]) -> Int8Range:
        """The range that the compiler's calibration on `values` float32 [n, E] gives its embedding.

        ai-edge-quantizer takes a moving average of the least and the largest value of each sample, so that a device
        cuts off what is rarely reached; 0 is always held exactly, as TFLite demands.
        """
        low = min(_moving_average(values.min(1)), 0.0)
        high = max(_moving_average(values.max(1)), 0.0)
        scale = max(high - low, 1e-8) / (_HIGH - _LOW)
        return cls(scale, int(np.clip(round(_LOW - low / scale), _LOW, _HIGH)))

    def encode(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
        """`values` (any shape) as a device holds them, int8."""
        return np.asarray(np.clip(np.rint(values / self.scale) + self.zero_point, _LOW, _HIGH), np.int8)

    def decode(self, elements: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
        """Elements (any shape) as real numbers, float32."""
        return np.asarray((elements.astype(np.float64) - self.zero_point) * self.scale, np.float32)

    def fake(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Quantise and dequantise: what is left of `values` (any shape) after int8, float32."""
        return self.decode(self.encode(values))

    def to_json(self) -> dict[str, Any]:
        """Scale and zero point."""
        return {"scale": self.scale, "zero_point": self.zero_point}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Int8Range:
        """Read what `to_json` wrote."""
        return cls(float(values["scale"]), int(values["zero_point"]))


def _moving_average(values: npt.NDArray[np.float32]) -> float:
    """Starts at the first value; each other one then counts for a twentieth."""
    average = float(values[0])
    for value in values[1:]:
        average = _SMOOTHING * average + (1 - _SMOOTHING) * float(value)
    return average
