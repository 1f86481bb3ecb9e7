"""What the networks here have in common: adaptive fully connected layers `fc1`, `fc2`, ... behind an embedding.

There is a ReLU between two of them and none behind the last one, whose outputs are logits. The compiler fuses a ReLU
into the float layer in front of it; any other activation there becomes an int8 operator between two float ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn

from models.errors import NetworkError


class DenseHead(nn.Module, ABC):
    """Base of a network; the subclass has the shared layers, `embed` and `input_shape`.

    Args:
        config: arguments that make the same network again.
        embedding: width E of the embedding.
        adaptive: widths of the adaptive layers before the last one; may be empty.
        classes: width of the last one.

    Raises:
        NetworkError: a width is below 1.
    """

    NAME: ClassVar[str]

    def __init__(self, config: Mapping[str, Any], embedding: int, adaptive: Sequence[int], classes: int) -> None:
        super().__init__()
        check_widths({"embedding": (embedding,), "adaptive": adaptive, "classes": (classes,)})
        self._config = {key: list(value) if isinstance(value, tuple) else value for key, value in config.items()}
        widths = (embedding, *adaptive, classes)
        for number, (inputs, outputs) in enumerate(pairwise(widths), 1):
            self.add_module(f"fc{number}", nn.Linear(inputs, outputs))
        self._layers = tuple(f"fc{number}" for number in range(1, len(widths)))
        self._embedding = embedding

    @property
    def name(self) -> str:
        """The name under which the registry makes it again."""
        return self.NAME

    @property
    def adaptive(self) -> tuple[str, ...]:
        """Weights and biases of the fully connected layers, in their order."""
        return tuple(f"{layer}.{part}" for layer in self._layers for part in ("weight", "bias"))

    @property
    def embedding_size(self) -> int:
        """Inputs of `fc1`."""
        return self._embedding

    def config(self) -> dict[str, Any]:
        """Arguments that make the same network again."""
        return dict(self._config)

    @abstractmethod
    def embed(self, x: Tensor) -> Tensor:
        """Shared part: float32 [n, *input_shape] to float32 [n, E]."""

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """Logits float32 [n, classes] of embeddings float32 [n, E] with the given adaptive parameters."""
        for layer in self._layers[:-1]:
            embedding = F.relu(F.linear(embedding, parameters[f"{layer}.weight"], parameters[f"{layer}.bias"]))
        last = self._layers[-1]
        return F.linear(embedding, parameters[f"{last}.weight"], parameters[f"{last}.bias"])

    def forward(self, x: Tensor) -> Tensor:
        """Logits float32 [n, classes] of inputs float32 [n, *input_shape] with the network's own parameters."""
        return self.head(self.embed(x), dict(self.named_parameters()))


def check_widths(widths: Mapping[str, Sequence[int]]) -> None:
    """Widths by the name of their argument.

    Raises:
        NetworkError: one of them is below 1.
    """
    for argument, values in widths.items():
        if any(value < 1 for value in values):
            raise NetworkError(f"a layer cannot be that wide: {argument}", expected="1 or more", received=str(values))


def check_count(argument: str, values: Sequence[int], count: int) -> None:
    """A network whose blocks are numbered wants a width for each.

    Raises:
        NetworkError: `values` are not `count` many.
    """
    if len(values) != count:
        raise NetworkError(
            f"a width is wanted for each block: {argument}", expected=f"{count} widths", received=str(tuple(values))
        )
