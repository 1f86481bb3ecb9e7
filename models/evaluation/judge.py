"""The accuracy of heads on devices: in the device's own arithmetic, and in that of the float network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import accuracy_score
from torch import Tensor

from models.datasets.fleet import DeviceData
from models.editor.material import embed
from models.evaluation.device_model import DeviceModel
from models.networks.flat_head import FlatHead
from models.networks.network import Network

Scores = npt.NDArray[np.float64]


class Judge:
    """Scores heads on the evaluation windows of `devices`.

    Args:
        model: the base as a device runs it.
        network: the float network that it was compiled from.
        head: its adaptive layers.
        devices: who is scored; what comes before the head is computed once.
    """

    def __init__(self, model: DeviceModel, network: Network, head: FlatHead, devices: Sequence[DeviceData]) -> None:
        self._model = model
        self._head = head
        self._labels = [device.labels for device in devices]
        self._elements = [model.input.encode(device.inputs) for device in devices]
        self._embeddings = [torch.from_numpy(embed(network, device.inputs)) for device in devices]

    @property
    def devices(self) -> int:
        """How many."""
        return len(self._labels)

    def on_device(self, heads: Tensor) -> Scores:
        """Accuracy float64 [d] of heads float32 [d, size]: int8 shared layers, float32 head, generated C."""
        said = [self._model.predict(x, head.numpy()) for x, head in zip(self._elements, heads, strict=True)]
        return self._scores(said)

    def in_float(self, heads: Tensor) -> Scores:
        """Accuracy float64 [d] of the same heads behind the float network's embeddings."""
        with torch.no_grad():
            logits = [
                self._head.logits(x[None], head[None])[0] for x, head in zip(self._embeddings, heads, strict=True)
            ]
        return self._scores([np.asarray(rows.argmax(-1).numpy(), np.int64) for rows in logits])

    def _scores(self, said: Sequence[npt.NDArray[np.int64]]) -> Scores:
        return np.array([accuracy_score(y, own) for y, own in zip(self._labels, said, strict=True)], np.float64)
