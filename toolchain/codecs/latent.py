"""The codec `latent`: only the editor's code travels; its last, linear stage lies on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from toolchain.codecs.base import require_length
from toolchain.codecs.levels import INT8_LEVELS, require_levels
from toolchain.layout import Layout, Vector

if TYPE_CHECKING:
    from toolchain.latent import Latent


@dataclass(frozen=True, eq=False)
class LatentCoder:
    """One byte a level of the code, whatever the number of parameters."""

    layout: Layout
    latent: Latent

    def encode(self, clipped: Vector) -> bytes:
        """The code whose delta is nearest, by least squares. An editor that knows its code needs no fit."""
        return self.latent.fit(clipped, self.layout).tobytes()

    def decode(self, payload: bytes) -> Vector:
        """What the device's table makes of the code; see `Coder`."""
        require_length(payload, self.latent.code_bytes)
        code = np.frombuffer(payload, np.int8)
        require_levels(code, INT8_LEVELS, None)
        return self.latent.decode(code, self.layout)
