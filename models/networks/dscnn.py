"""A small depthwise-separable CNN (MobileNet's building block, arXiv 1704.04861) with two adaptive layers behind it.

Shared: a strided 3x3 convolution, then depthwise-separable blocks, then a global average; about 150 k multiply-
accumulates for a 16x16 window. Adaptive: `fc1` and `fc2`, fully connected with biases, ReLU between them, logits out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch.nn.functional as F
from torch import Tensor, nn

from models.networks.dense_head import check_count, check_widths

NAME: Final = "dscnn"


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch norm (folded by the compiler) and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def _block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """A depthwise convolution and a pointwise one."""
    return nn.Sequential(_unit(inputs, inputs, 3, stride, groups=inputs), _unit(inputs, outputs, 1))


class DsCnn(nn.Module):
    """The network.

    Args:
        size: height and width of a window in pixels, a multiple of 4.
        channels: output channels of the stem and of the two inner blocks.
        embedding: width E of the embedding, the output channels of the last block.
        hidden: width of `fc1`.
        classes: width of `fc2`.

    Raises:
        NetworkError: a width is missing, too many, or below 1.
    """

    def __init__(
        self,
        size: int = 16,
        channels: tuple[int, int, int] = (16, 32, 48),
        embedding: int = 32,
        hidden: int = 24,
        classes: int = 10,
    ) -> None:
        super().__init__()
        check_count("channels", channels, 3)
        check_widths({"channels": channels, "embedding": (embedding,), "hidden": (hidden,), "classes": (classes,)})
        self._config = {
            "size": size,
            "channels": list(channels),
            "embedding": embedding,
            "hidden": hidden,
            "classes": classes,
        }
        self.size = size
        self.shared = nn.Sequential(
            _unit(1, channels[0], 3, 2),
            _block(channels[0], channels[1], 1),
            _block(channels[1], channels[2], 2),
            _block(channels[2], embedding, 1),
        )
        self.fc1 = nn.Linear(embedding, hidden)
        self.fc2 = nn.Linear(hidden, classes)

    @property
    def name(self) -> str:
        """`dscnn`."""
        return NAME

    @property
    def adaptive(self) -> tuple[str, ...]:
        """Weights and biases of the two fully connected layers."""
        return ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")

    @property
    def embedding_size(self) -> int:
        """Inputs of `fc1`."""
        return self.fc1.in_features

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Height, width and one channel."""
        return (self.size, self.size, 1)

    def config(self) -> dict[str, Any]:
        """Arguments that make the same network again."""
        return dict(self._config)

    def embed(self, x: Tensor) -> Tensor:
        """Float32 [n, size, size, 1] to the embedding float32 [n, E], non-negative."""
        features: Tensor = self.shared(x.permute(0, 3, 1, 2))
        # Averaging over NHWC axes: over NCHW ones the converter would leave a TRANSPOSE in front of MEAN.
        return features.permute(0, 2, 3, 1).mean((1, 2))

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """Logits float32 [n, classes] of embeddings float32 [n, E] with the given adaptive parameters."""
        hidden = F.relu(F.linear(embedding, parameters["fc1.weight"], parameters["fc1.bias"]))
        return F.linear(hidden, parameters["fc2.weight"], parameters["fc2.bias"])

    def forward(self, x: Tensor) -> Tensor:
        """Logits float32 [n, classes] of windows float32 [n, size, size, 1] with the network's own parameters."""
        logits: Tensor = self.fc2(F.relu(self.fc1(self.embed(x))))
        return logits
