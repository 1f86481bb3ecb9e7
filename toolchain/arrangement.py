"""How a framework's parameter lies in the .tflite tensor that a device patches, and the way back.

Converters keep TFLite's layouts: a torch convolution [out, in, height, width] becomes [out, height, width, in], a
Keras kernel [height, width, in, out] likewise, a one-dimensional one gains a height of 1. The adaptive layout is that
of the .tflite tensor; an editor that thinks in the framework's parameters maps them with this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import AdaptiveError

Array = npt.NDArray[Any]

_MOST_AXES: Final = 6


@dataclass(frozen=True)
class Arrangement:
    """Axes of a parameter permuted, then reshaped.

    Attributes:
        parameter: the parameter's shape in its framework.
        axes: `numpy.transpose`'s axes.
        tensor: the shape of the .tflite tensor.
    """

    parameter: tuple[int, ...]
    axes: tuple[int, ...]
    tensor: tuple[int, ...]

    @classmethod
    def same(cls, shape: Sequence[int]) -> Arrangement:
        """A parameter that stays as it is."""
        return cls(tuple(shape), tuple(range(len(shape))), tuple(shape))

    @classmethod
    def between(cls, parameter: Array, tensor: Array) -> Arrangement | None:
        """The arrangement that makes `tensor` of `parameter`, whose values are all different; None if there is none."""
        if parameter.size != tensor.size or parameter.ndim > _MOST_AXES:
            return None
        for axes in permutations(range(parameter.ndim)):
            if np.array_equal(parameter.transpose(axes).reshape(tensor.shape), tensor):
                return cls(parameter.shape, axes, tensor.shape)
        return None

    def to_tensor(self, parameter: Array) -> Array:
        """The parameter's values in the order of the .tflite tensor.

        Raises:
            AdaptiveError: the array does not have the parameter's shape.
        """
        self._check(parameter, self.parameter)
        return np.ascontiguousarray(parameter.transpose(self.axes).reshape(self.tensor))

    def to_parameter(self, tensor: Array) -> Array:
        """The tensor's values in the order of the framework's parameter.

        Raises:
            AdaptiveError: the array does not have the tensor's shape.
        """
        self._check(tensor, self.tensor)
        permuted = tensor.reshape([self.parameter[axis] for axis in self.axes])
        return np.ascontiguousarray(permuted.transpose(np.argsort(self.axes)))

    def to_json(self) -> dict[str, Any]:
        """As the manifest holds it."""
        return {"parameter": list(self.parameter), "axes": list(self.axes), "tensor": list(self.tensor)}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Arrangement:
        """Read what `to_json` wrote.

        Raises:
            AdaptiveError: it makes no sense.
        """
        parameter, axes, tensor = (tuple(int(n) for n in row[key]) for key in ("parameter", "axes", "tensor"))
        if sorted(axes) != list(range(len(parameter))) or math.prod(parameter) != math.prod(tensor):
            raise AdaptiveError("the arrangement of an adaptive parameter makes no sense", received=str(dict(row)))
        return cls(parameter, axes, tensor)

    @staticmethod
    def _check(values: Array, shape: tuple[int, ...]) -> None:
        if values.shape != shape:
            raise AdaptiveError(
                "an adaptive parameter has the wrong shape", expected=str(shape), received=str(values.shape)
            )
