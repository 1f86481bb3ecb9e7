"""What a network must offer to be personalised: named adaptive parameters behind an embedding.

The adaptive layers come last: everything before them is shared, frozen and quantised, and what flows from the one part
to the other is the embedding, the only thing a device ever uploads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from toolchain.layout import Layout

Clip = float | Sequence[float] | Mapping[str, float]
"""The clip T of the adaptive tensors: one for all, one for each in layout order, or by name."""


@runtime_checkable
class Network(Protocol):
    """A torch module (`forward`: input to output) that also shows its seam."""

    @property
    def name(self) -> str:
        """The name under which `models.networks.registry` makes it again."""
        ...

    @property
    def adaptive(self) -> tuple[str, ...]:
        """Names of the adaptive parameters, in the order of the layout."""
        ...

    @property
    def embedding_size(self) -> int:
        """Width E of the embedding."""
        ...

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one window, without the batch."""
        ...

    def embed(self, x: Tensor) -> Tensor:
        """Shared part: float32 [n, *input_shape] to float32 [n, E]."""
        ...

    def head(self, embedding: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        """Adaptive part with explicit parameters: float32 [n, E] to logits float32 [n, classes]."""
        ...

    def config(self) -> dict[str, Any]:
        """Arguments that make the same network again."""
        ...


def adaptive_values(network: Network) -> dict[str, npt.NDArray[np.float32]]:
    """The network's own adaptive parameters by name, in layout order."""
    if not isinstance(network, torch.nn.Module):
        raise TypeError(f"a network is a torch module, not {type(network).__name__}")
    own = dict(network.named_parameters())
    return {name: own[name].detach().cpu().numpy().astype(np.float32).copy() for name in network.adaptive}


def layout_of(network: Network, clip: Clip) -> Layout:
    """The layout of the network's adaptive buffer; `clip` is one T for every tensor or one for each.

    Raises:
        AdaptiveError: a T is missing, or not above 0.
    """
    values = adaptive_values(network)
    if isinstance(clip, Mapping):
        clips = dict(clip)
    elif isinstance(clip, Sequence):
        clips = dict(zip(values, clip, strict=False))
    else:
        clips = dict.fromkeys(values, clip)
    return Layout.of({name: value.shape for name, value in values.items()}, clips)
