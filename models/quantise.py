"""Embeddings as a device gives them: int8 with one scale and one zero point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_LOW: Final = -128
_HIGH: Final = 127


@dataclass(frozen=True)
class Int8Range:
    """Affine int8 quantisation: real = scale * (q - zero_point)."""

    scale: float
    zero_point: int

    @classmethod
    def of(cls, values: npt.NDArray[np.float32]) -> Int8Range:
        """The range that min/max calibration on `values` gives; it always holds 0 exactly, as TFLite demands."""
        low = min(float(values.min()), 0.0)
        high = max(float(values.max()), 0.0)
        scale = max(high - low, 1e-8) / (_HIGH - _LOW)
        return cls(scale, int(np.clip(round(_LOW - low / scale), _LOW, _HIGH)))

    def fake(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Quantise and dequantise: what is left of `values` (any shape) after int8, float32."""
        steps = np.clip(np.rint(values / self.scale) + self.zero_point, _LOW, _HIGH) - self.zero_point
        return np.asarray(steps * self.scale, np.float32)

    def to_json(self) -> dict[str, Any]:
        """Scale and zero point."""
        return {"scale": self.scale, "zero_point": self.zero_point}
