"""A multi-layer perceptron for windows that are a vector of features, as WISDM's are.

Shared: fully connected layers with ReLU behind each, the last of which gives the embedding. Adaptive: `fc1`, `fc2`, ...
"""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from models.errors import NetworkError
from models.networks.dense_head import DenseHead, check_widths


class Mlp(DenseHead):
    """The network.

    Args:
        inputs: features of a window.
        shared: widths of the shared layers, at least one; the last one is the width E of the embedding.
        adaptive: widths of the adaptive layers before the last one; may be empty.
        classes: width of the last adaptive layer.
        dropout: share of each shared layer's outputs that training drops; nothing of it is left in a device.

    Raises:
        NetworkError: there is no shared layer, or a width is below 1.
    """

    NAME: ClassVar[str] = "mlp"

    def __init__(
        self,
        inputs: int = 43,
        shared: tuple[int, ...] = (64,),
        adaptive: tuple[int, ...] = (32,),
        classes: int = 6,
        dropout: float = 0.0,
    ) -> None:
        if not shared:
            raise NetworkError(
                "an MLP without shared layers has no embedding", expected="at least one width", received="shared=()"
            )
        check_widths({"inputs": (inputs,), "shared": shared})
        config = {"inputs": inputs, "shared": shared, "adaptive": adaptive, "classes": classes, "dropout": dropout}
        super().__init__(config, shared[-1], adaptive, classes)
        self.shared = nn.Sequential()
        for width, outputs in pairwise((inputs, *shared)):
            self.shared.extend([nn.Linear(width, outputs), nn.ReLU(), nn.Dropout(dropout)])
        self.inputs = inputs

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The features."""
        return (self.inputs,)

    def embed(self, x: Tensor) -> Tensor:
        """Float32 [n, inputs] to the embedding float32 [n, E], non-negative."""
        embedding: Tensor = self.shared(x)
        return embedding
