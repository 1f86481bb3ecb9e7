"""Torch modules that give a frozen layer a small adaptive part; plain modules, to be wrapped around what is there.

Both survive conversion because of how they are written. A multiplication and an addition with constants behind a
convolution are folded into it; a depthwise 1x1 convolution is not, and computes the same. Two linear layers in series
are not merged.

    network.conv2 = nn.Sequential(network.conv2, ScaleShift(16))   # adaptive: "conv2.1"
    network.fc1 = LowRank(network.fc1, rank=2)                      # adaptive: "fc1.down", "fc1.up"
"""

from __future__ import annotations

from typing import Any, Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from toolchain.errors import AdaptiveError

_PAIRED: Final = (nn.Linear, nn.Conv2d)


class ScaleShift(nn.Module):
    """`x * scale + shift` for each channel, as a float depthwise 1x1 convolution; the identity at first.

    Args:
        channels: channels of the convolution in front.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Float32 [n, channels, ...] with none, one or two axes of space; the result has the same shape."""
        channels = len(self.scale)
        spatial = x.reshape(*x.shape[:2], -1, x.shape[3] if x.ndim == 4 else 1)  # noqa: PLR2004  # [n, c, h, w]
        scaled = F.conv2d(spatial, self.scale.reshape(channels, 1, 1, 1), self.shift, groups=channels)
        return scaled.reshape(x.shape)


class LowRank(nn.Module):
    """`layer(x) + up(down(x))`: a frozen layer and a float pair of low rank; `up` is zero at first.

    Args:
        layer: a linear layer or a two-dimensional convolution, ungrouped.
        rank: features between `down` and `up`.

    Raises:
        AdaptiveError: the layer is of another kind.
    """

    def __init__(self, layer: nn.Module, rank: int) -> None:
        super().__init__()
        self.frozen = layer
        self.down: nn.Module
        self.up: nn.Linear | nn.Conv2d
        if isinstance(layer, nn.Linear):
            self.down = nn.Linear(layer.in_features, rank, bias=False)
            self.up = nn.Linear(rank, layer.out_features, bias=False)
        elif isinstance(layer, nn.Conv2d) and layer.groups == 1 and layer.padding_mode == "zeros":
            window: Any = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
            self.down = nn.Conv2d(layer.in_channels, rank, layer.kernel_size, bias=False, **window)  # type: ignore[arg-type]
            self.up = nn.Conv2d(rank, layer.out_channels, 1, bias=False)
        else:
            raise AdaptiveError(
                "a low-rank pair cannot be added to this layer",
                expected=", ".join(kind.__name__ for kind in _PAIRED) + " without groups",
                received=str(layer),
            )
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """What `layer` takes and returns."""
        result: Tensor = self.frozen(x) + self.up(self.down(x))
        return result
