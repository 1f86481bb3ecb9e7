"""Inputs, outputs and the embedding as a host sees them: real numbers here, the model's elements there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import ToolchainError
from toolchain.graph import DType, Tensor


@dataclass(frozen=True)
class Signal:
    """One input, output or embedding of a model.

    Attributes:
        name: its name in the model.
        shape: its shape, batch included.
        dtype: its elements on the device.
        scale: `real = scale * (q - zero_point)`; 0.0 for floats.
        zero_point: the quantised value of 0.0.
    """

    name: str
    shape: tuple[int, ...]
    dtype: DType
    scale: float
    zero_point: int

    @classmethod
    def of(cls, tensor: Tensor) -> Signal:
        """The signal that `tensor` carries."""
        scale, zero = (0.0, 0) if tensor.quantisation is None else tensor.scale_zero
        return cls(tensor.name, tensor.shape, tensor.dtype, float(scale), zero)

    @property
    def nbytes(self) -> int:
        """Bytes on the device."""
        return math.prod(self.shape) * self.dtype.itemsize

    def encode(self, real: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Real numbers of n windows, however they are shaped, to elements [n, *shape].

        Arrays that already have the device's integer type are taken as elements.

        Raises:
            ToolchainError: NaN or infinity, or values that do not fill whole windows.
        """
        rows = real.reshape(-1, *self.shape) if self._fills(real) else None
        if rows is None:
            raise ToolchainError(
                f"the values do not fit input {self.name!r}",
                expected=f"whole windows of shape {self.shape}",
                received=f"shape {real.shape}",
            )
        if self.dtype is not DType.FLOAT32 and rows.dtype == self.dtype.numpy:
            return rows
        if not np.all(np.isfinite(rows)):
            raise ToolchainError(f"input {self.name!r} holds values that are not finite", remedy="clean the data first")
        if self.dtype is DType.FLOAT32 or not self.scale:
            return rows.astype(self.dtype.numpy)
        limits = np.iinfo(self.dtype.numpy)
        levels = np.rint(rows.astype(np.float64) / self.scale) + self.zero_point
        elements: npt.NDArray[Any] = np.clip(levels, limits.min, limits.max).astype(self.dtype.numpy)
        return elements

    def _fills(self, real: npt.NDArray[Any]) -> bool:
        window = math.prod(self.shape)
        return window > 0 and real.size > 0 and real.size % window == 0

    def decode(self, elements: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Elements to real numbers, float32 of the same shape."""
        if not self.scale:
            return elements.astype(np.float32)
        return np.float32(self.scale) * (elements.astype(np.int32) - self.zero_point).astype(np.float32)

    def parse(self, raw: bytes) -> npt.NDArray[Any]:
        """Bytes from a device (whole windows) to elements [n, *shape].

        Raises:
            ToolchainError: the bytes do not fill whole windows.
        """
        elements = np.frombuffer(raw, self.dtype.numpy.newbyteorder("<")).astype(self.dtype.numpy)
        if not self._fills(elements):
            raise ToolchainError(
                f"{len(raw)} bytes do not fill {self.name!r}", expected=f"a multiple of {self.nbytes} bytes"
            )
        return elements.reshape(-1, *self.shape)

    def to_json(self) -> dict[str, Any]:
        """As the manifest holds it."""
        return {
            "name": self.name,
            "shape": list(self.shape),
            "dtype": self.dtype.value,
            "scale": self.scale,
            "zero_point": self.zero_point,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Signal:
        """Read what `to_json` wrote."""
        shape = tuple(int(n) for n in row["shape"])
        return cls(str(row["name"]), shape, DType(row["dtype"]), float(row["scale"]), int(row["zero_point"]))
