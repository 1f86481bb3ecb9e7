"""A small 1-D CNN for motion: windows of t time steps and c channels, as accelerometers and gyroscopes give them.

Shared: a strided convolution along time, then depthwise-separable blocks (arXiv 1704.04861) that halve the time axis,
then one that gives the embedding, averaged over what is left of time. Adaptive: `fc1`, `fc2`, ...
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from models.errors import NetworkError
from models.networks.dense_head import DenseHead, check_widths


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution along time, the first spatial axis; batch norm (folded by the compiler); ReLU."""
    padding = (kernel // 2, 0)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, (kernel, 1), stride=(stride, 1), padding=padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _block(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    """A depthwise convolution and a pointwise one."""
    return nn.Sequential(_unit(inputs, inputs, kernel, stride, groups=inputs), _unit(inputs, outputs, 1))


class Conv1d(DenseHead):
    """The network.

    Args:
        steps: time steps t of a window.
        inputs: channels c of a window.
        channels: output channels of the first convolution and of the blocks, each of which halves the time axis.
        embedding: width E of the embedding.
        kernel: time steps that a convolution sees, odd.
        adaptive: widths of the adaptive layers before the last one; may be empty.
        classes: width of the last adaptive layer.

    Raises:
        NetworkError: a width is below 1, the kernel is even, or there are fewer time steps than the strides need.
    """

    NAME: ClassVar[str] = "conv1d"

    def __init__(  # noqa: PLR0913  # a network has that many sizes
        self,
        *,
        steps: int = 128,
        inputs: int = 9,
        channels: tuple[int, ...] = (16, 32, 48),
        embedding: int = 32,
        kernel: int = 5,
        adaptive: tuple[int, ...] = (24,),
        classes: int = 6,
    ) -> None:
        check_widths({"steps": (steps,), "inputs": (inputs,), "channels": channels, "kernel": (kernel,)})
        if not channels or kernel % 2 == 0 or steps < 2 ** len(channels):
            raise NetworkError(
                "the convolutions do not fit the window",
                expected=f"an odd kernel, one channel width or more, {2 ** len(channels)} time steps or more",
                received=f"kernel {kernel}, channels {channels}, {steps} time steps",
            )
        config = {"steps": steps, "inputs": inputs, "channels": channels, "embedding": embedding, "kernel": kernel}
        super().__init__(config | {"adaptive": adaptive, "classes": classes}, embedding, adaptive, classes)
        self.shared = nn.Sequential(
            _unit(inputs, channels[0], kernel, 2),
            *[_block(before, after, kernel, 2) for before, after in pairwise(channels)],
            _block(channels[-1], embedding, kernel, 1),
        )
        self._shape = (steps, inputs)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Time steps and channels."""
        return self._shape

    def embed(self, x: Tensor) -> Tensor:
        """Float32 [n, t, c] to the embedding float32 [n, E], non-negative."""
        features: Tensor = self.shared(x.unsqueeze(2).permute(0, 3, 1, 2))
        # Averaging over NHWC axes: over NCHW ones the converter would leave a TRANSPOSE in front of MEAN.
        return features.permute(0, 2, 3, 1).mean((1, 2))
