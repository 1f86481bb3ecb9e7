"""The compiler's view of a model: tensors, operators and their order, all frozen.

A graph is what a front end returns and what every pass takes and returns. It holds no file offsets and no detail of a
schema.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError

ABSENT = -1
"""Tensor index of an optional input that is not there."""


class DType(Enum):
    """Element types; the value is the NumPy name."""

    FLOAT32 = "float32"
    INT8 = "int8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    UINT8 = "uint8"
    BOOL = "bool"
    RESOURCE = "resource"
    """A handle of a variable; the pass `variables` turns it into the variable itself."""

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype; a handle is a number."""
        return np.dtype("int32" if self is DType.RESOURCE else self.value)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.numpy.itemsize


@dataclass(frozen=True, eq=False)
class Quantisation:
    """Affine quantisation: `real = scale * (q - zero_point)`.

    Attributes:
        scale: float32 [1] or [channels].
        zero_point: int64, same length.
        axis: the dimension the channels lie on (meaningless for one scale).
    """

    scale: npt.NDArray[np.float32]
    zero_point: npt.NDArray[np.int64]
    axis: int = 0

    @property
    def per_tensor(self) -> tuple[np.float32, int]:
        """The one scale and zero point.

        Raises:
            ModelError: the tensor is quantised per channel, or its scale is zero.
        """
        if self.scale.size != 1:
            raise ModelError("an activation is quantised per channel", expected="one scale and one zero point")
        if not self.scale[0] > 0:
            raise ModelError("an activation has a scale that is not positive", received=str(self.scale[0]))
        return np.float32(self.scale[0]), int(self.zero_point[0])


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor.

    Attributes:
        data: its values, where they are constant.
        variable: it keeps its values from one inference to the next.
        initial: what a variable holds before the first inference; None: what `start` says.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: DType
    quantisation: Quantisation | None = None
    data: npt.NDArray[Any] | None = None
    variable: bool = False
    initial: npt.NDArray[Any] | None = None

    @property
    def elements(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements."""
        return self.elements * self.dtype.itemsize

    @property
    def start(self) -> npt.NDArray[Any]:
        """What a variable holds before the first inference: `initial`, or every byte 0 (int8: the zero point).

        Source: MicroInterpreter's reset of variable tensors.
        """
        if self.initial is not None:
            return self.initial
        zero = self.scale_zero[1] if self.dtype is DType.INT8 and self.quantisation is not None else 0
        return np.full(self.shape, zero, self.dtype.numpy)

    @property
    def scale_zero(self) -> tuple[np.float32, int]:
        """Scale and zero point of a tensor quantised as a whole.

        Raises:
            ModelError: it is not quantised, or per channel.
        """
        if self.quantisation is None:
            raise ModelError(f"tensor {self.name!r} has no quantisation", expected="a scale and a zero point")
        return self.quantisation.per_tensor


@dataclass(frozen=True)
class Operator:
    """One operator: `kind` is its TFLite name, `options` its options by their schema names."""

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Graph:
    """Operators in the order of execution; `inputs` and `outputs` are tensor indices.

    `initialisers` are the graphs that CALL_ONCE names, by their place in the file.
    """

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    initialisers: Mapping[int, Graph] = field(default_factory=dict)

    def producer(self, tensor: int) -> Operator | None:
        """The operator that writes `tensor`, if any."""
        return next((op for op in self.operators if tensor in op.outputs), None)

    def consumers(self, tensor: int) -> list[Operator]:
        """The operators that read `tensor`."""
        return [op for op in self.operators if tensor in op.inputs]
