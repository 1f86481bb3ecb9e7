"""`--model M`: a network by its name, in the sizes that the windows of a data set ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from models.errors import NetworkError
from models.networks.conv1d import Conv1d
from models.networks.dscnn import DsCnn
from models.networks.mlp import Mlp
from models.networks.mobilenetv3 import MobileNetV3

Shape = tuple[int, ...]


def _mlp(shape: Shape, classes: int) -> Mlp:
    (inputs,) = shape
    return Mlp(inputs=inputs, classes=classes)


def _conv1d(shape: Shape, classes: int) -> Conv1d:
    steps, inputs = shape
    return Conv1d(steps=steps, inputs=inputs, classes=classes)


def _dscnn(shape: Shape, classes: int) -> DsCnn:
    height, width, channels = shape
    if height != width or channels != 1:
        raise ValueError(shape)
    return DsCnn(size=height, classes=classes)


def _mobilenetv3(shape: Shape, classes: int) -> MobileNetV3:
    height, width, channels = shape
    if height != width:
        raise ValueError(shape)
    return MobileNetV3(size=height, inputs=channels, classes=classes)


BY_SHAPE: Final[dict[str, Callable[[Shape, int], Any]]] = {
    "mlp": _mlp,
    "conv1d": _conv1d,
    "dscnn": _dscnn,
    "mobilenetv3": _mobilenetv3,
}
"""From the shape of a window and the number of classes to a fresh network."""

_READS: Final = {
    "mlp": "features [f]",
    "conv1d": "time series [t, c]",
    "dscnn": "square images with one channel [s, s, 1]",
    "mobilenetv3": "square images [s, s, c]",
}


def network_for(name: str, shape: Shape, classes: int) -> Any:
    """The network `name` for windows of this shape.

    Raises:
        NetworkError: it reads windows of another kind, or cannot be made for these.
    """
    try:
        return BY_SHAPE[name](shape, classes)
    except ValueError as error:
        raise NetworkError(
            f"{name} does not read the windows of this data set",
            expected=_READS[name],
            received=str(list(shape)),
            remedy="leave --model away for the network of the data set's recipe",
        ) from error
