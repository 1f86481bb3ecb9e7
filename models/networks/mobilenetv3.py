"""A network like MobileNetV3-Small (arXiv 1905.02244, table 2) for images of 16x16 to 48x48.

Shared: a strided convolution, inverted residuals (expansion, depthwise convolution, squeeze-and-excite on some, linear
projection, a residual sum where shapes allow), a last pointwise convolution and a global average. ReLU in the first
blocks, hard-swish later, as in the paper. Adaptive: the classifier `fc1`, `fc2`, with a ReLU between them, which stays
float on a device, where the paper has hard-swish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import torch.nn.functional as F
from torch import Tensor, nn

from models.errors import NetworkError
from models.networks.dense_head import DenseHead, check_widths


@dataclass(frozen=True)
class _Row:
    """A row of the paper's table; expansion and outputs are multiples of the stem's channels."""

    kernel: int
    expansion: int
    outputs: int
    excite: bool
    swish: bool
    stride: int


_ROWS: Final = (
    _Row(3, 2, 1, excite=True, swish=False, stride=2),
    _Row(3, 4, 2, excite=False, swish=False, stride=2),
    _Row(3, 6, 2, excite=False, swish=False, stride=1),
    _Row(5, 6, 3, excite=True, swish=True, stride=1),
    _Row(5, 8, 3, excite=True, swish=True, stride=1),
)
_LARGE: Final = 32
"""Images from this size on are halved once more, by the first block."""
_LEAST: Final = 8


def _unit(inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution and batch norm (folded by the compiler)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


class _Excite(nn.Module):
    """Squeeze-and-excite: each channel times a factor in 0..1 that depends on the means of all channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, max(channels // 4, 4), 1)
        self.excite = nn.Conv2d(max(channels // 4, 4), channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Float32 [n, channels, h, w] to the same shape."""
        mean = F.adaptive_avg_pool2d(x, 1)
        return x * F.hardsigmoid(self.excite(F.relu(self.squeeze(mean))))


class _Inverted(nn.Module):
    """An inverted residual block."""

    def __init__(self, inputs: int, width: int, row: _Row, stride: int) -> None:
        super().__init__()
        inner, outputs = row.expansion * width, row.outputs * width
        activation: type[nn.Module] = nn.Hardswish if row.swish else nn.ReLU
        layers = [
            *(_unit(inputs, inner), activation()),
            *(_unit(inner, inner, row.kernel, stride=stride, groups=inner), activation()),
            *([_Excite(inner)] if row.excite else []),
            _unit(inner, outputs),
        ]
        self.body = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Float32 [n, inputs, h, w] to [n, outputs, h / stride, w / stride]."""
        result: Tensor = self.body(x)
        return x + result if self.residual else result


class MobileNetV3(DenseHead):
    """The network.

    Args:
        size: height and width of an image in pixels, 8 or more; from 32 on it is halved once more.
        inputs: channels of an image.
        width: channels of the stem; all others are multiples of it.
        embedding: width E of the embedding.
        adaptive: widths of the adaptive layers before the last one; may be empty.
        classes: width of the last adaptive layer.

    Raises:
        NetworkError: a width is below 1, or the image too small.
    """

    NAME: ClassVar[str] = "mobilenetv3"

    def __init__(  # noqa: PLR0913  # a network has that many sizes
        self,
        *,
        size: int = 16,
        inputs: int = 1,
        width: int = 8,
        embedding: int = 48,
        adaptive: tuple[int, ...] = (32,),
        classes: int = 10,
    ) -> None:
        check_widths({"inputs": (inputs,), "width": (width,)})
        if size < _LEAST:
            raise NetworkError("the image is too small", expected=f"{_LEAST} pixels or more", received=str(size))
        config = {"size": size, "inputs": inputs, "width": width, "embedding": embedding}
        super().__init__(config | {"adaptive": adaptive, "classes": classes}, embedding, adaptive, classes)
        layers: list[nn.Module] = [_unit(inputs, width, 3, stride=2), nn.Hardswish()]
        channels = width
        for place, row in enumerate(_ROWS):
            stride = 1 if place == 0 and size < _LARGE else row.stride
            layers.append(_Inverted(channels, width, row, stride))
            channels = row.outputs * width
        self.shared = nn.Sequential(*layers, _unit(channels, embedding), nn.Hardswish())
        self._shape = (size, size, inputs)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Height, width and channels."""
        return self._shape

    def embed(self, x: Tensor) -> Tensor:
        """Float32 [n, size, size, inputs] to the embedding float32 [n, E]."""
        features: Tensor = self.shared(x.permute(0, 3, 1, 2))
        # Averaging over NHWC axes: over NCHW ones the converter would leave a TRANSPOSE in front of MEAN.
        return features.permute(0, 2, 3, 1).mean((1, 2))
