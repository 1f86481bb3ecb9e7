"""A small depthwise-separable CNN (arXiv 1704.04861) that keeps the places: its embedding is a feature map, not a mean.

Shared: a convolution and depthwise-separable blocks, two of which halve the image. Adaptive: `fc1`, ... behind the
flattened map. What a shift does to the shapes in an image it does at some places; an average over places hides that.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from models.errors import NetworkError
from models.networks.dense_head import DenseHead, check_count, check_widths

_SHRINK = 4


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm (folded by the compiler) and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A depthwise convolution and a pointwise one."""
    return nn.Sequential(_unit(inputs, inputs, 3, stride, groups=inputs), _unit(inputs, outputs, 1))


class SpatialCnn(DenseHead):
    """The network.

    Args:
        size: height and width of an image in pixels, a multiple of 4.
        channels: output channels of the first convolution and of the two inner blocks.
        maps: channels of the last block; the embedding is maps * (size / 4)^2 wide.
        adaptive: widths of the adaptive layers before the last one; may be empty.
        classes: width of the last adaptive layer.

    Raises:
        NetworkError: a width is below 1, or the size no multiple of 4.
    """

    NAME: ClassVar[str] = "spatialcnn"

    def __init__(
        self,
        *,
        size: int = 16,
        channels: tuple[int, int, int] = (16, 24, 32),
        maps: int = 16,
        adaptive: tuple[int, ...] = (),
        classes: int = 10,
    ) -> None:
        check_count("channels", channels, 3)
        check_widths({"size": (size,), "channels": channels, "maps": (maps,)})
        if size % _SHRINK:
            raise NetworkError("the image cannot be halved twice", expected="a multiple of 4", received=str(size))
        config = {"size": size, "channels": channels, "maps": maps, "adaptive": adaptive, "classes": classes}
        super().__init__(config, maps * (size // _SHRINK) ** 2, adaptive, classes)
        stem, inner, outer = channels
        self.shared = nn.Sequential(
            _unit(1, stem, 3),
            _block(stem, inner, 2),
            _block(inner, outer),
            _block(outer, outer, 2),
            _block(outer, maps),
        )
        self._shape = (size, size, 1)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Height, width and one channel."""
        return self._shape

    def embed(self, x: Tensor) -> Tensor:
        """Float32 [n, size, size, 1] to the embedding float32 [n, E], non-negative: rows, columns, maps."""
        features: Tensor = self.shared(x.permute(0, 3, 1, 2))
        # Flattened over NHWC axes: over NCHW ones the converter would leave a TRANSPOSE in front.
        return features.permute(0, 2, 3, 1).flatten(1)
