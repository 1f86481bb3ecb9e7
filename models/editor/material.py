"""What an editor is trained on: the embeddings of some devices, as those devices would upload them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.datasets.fleet import DeviceData
from models.networks.network import Network
from models.quantise import Int8Range


@dataclass(frozen=True)
class Material:
    """Embeddings float32 [d, w, E] and labels int64 [d, w] of d devices; the first `context` of w are context.

    `step` is the step of the int8 embedding in real numbers: the embeddings are whole multiples of it.
    """

    embeddings: Tensor
    labels: Tensor
    context: int
    step: float

    @property
    def devices(self) -> int:
        """Number of devices d."""
        return len(self.embeddings)

    @property
    def contexts(self) -> Tensor:
        """Context of every device, float32 [d, context, E]."""
        return self.embeddings[:, : self.context]

    @property
    def context_labels(self) -> Tensor:
        """Labels of the contexts, for rivals that may see them, int64 [d, context]."""
        return self.labels[:, : self.context]

    @property
    def targets(self) -> tuple[Tensor, Tensor]:
        """The other windows: embeddings float32 [d, n, E] and labels int64 [d, n]."""
        return self.embeddings[:, self.context :], self.labels[:, self.context :]


def embed(network: Network, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Float embeddings [n, E] of windows float32 [n, *input]."""
    with torch.no_grad():
        return np.asarray(network.embed(torch.from_numpy(inputs)).numpy(), np.float32)


def gather(network: Network, devices: Sequence[DeviceData], seen: Int8Range) -> Material:
    """Embed all windows of `devices` through the frozen shared layers and the int8 range `seen`."""
    embeddings = [seen.fake(embed(network, np.concatenate([d.context, d.inputs]))) for d in devices]
    labels = [np.concatenate([d.context_labels, d.labels]) for d in devices]
    return Material(
        embeddings=torch.from_numpy(np.stack(embeddings)),
        labels=torch.from_numpy(np.stack(labels)),
        context=len(devices[0].context),
        step=seen.scale,
    )
