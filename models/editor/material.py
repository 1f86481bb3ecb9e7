"""What an editor is trained on: the embeddings of some devices, as those devices would upload them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.datasets.fleet import DeviceData
from models.errors import FleetError
from models.networks.flat_head import IGNORED
from models.networks.network import Network
from models.quantise import Int8Range

PADDING: Final = IGNORED
"""The label of a window that is none; the `ignore_index` of torch's cross entropy."""


def _none() -> Tensor:
    return torch.empty(0, 0, 0)


@dataclass(frozen=True, eq=False)
class Material:
    """Embeddings float32 [d, w, E] and labels int64 [d, w] of d devices; the first `context` of w are context.

    A device with fewer than w windows has its own first; behind them lie embeddings of 0 with the label `PADDING`.
    `step` is the step of the int8 embedding in real numbers: the embeddings are whole multiples of it. `frozen`
    float32 [d, f, E] and `frozen_labels` int64 [d, f], padded alike, are windows that only a guard may look at; f may
    be 0.

    Raises:
        FleetError: shapes that do not agree, or a device whose context holds no window at all.
    """

    embeddings: Tensor
    labels: Tensor
    context: int
    step: float
    frozen: Tensor = field(default_factory=_none)
    frozen_labels: Tensor = field(default_factory=_none)

    def __post_init__(self) -> None:
        d, w, width = (*self.embeddings.shape, 0, 0, 0)[:3]
        if not self.frozen.numel():
            object.__setattr__(self, "frozen", torch.empty(d, 0, width))
            object.__setattr__(self, "frozen_labels", torch.empty(d, 0, dtype=torch.int64))
        alike = tuple(self.labels.shape) == (d, w) and self.frozen.shape[:2] == self.frozen_labels.shape
        if not alike or len(self.frozen) != d or not 0 < self.context <= w or not bool((self.lengths > 0).all()):
            raise FleetError(
                "the devices' windows do not fit together",
                expected="embeddings [d, w, E] and labels [d, w], at least one window a device, 0 < context <= w",
                received=f"{tuple(self.embeddings.shape)}, {tuple(self.labels.shape)}, context {self.context}",
                remedy="leave out devices without windows, or ask for a shorter context",
            )

    @classmethod
    def of(  # noqa: PLR0913, PLR0917  # a material has that many independent parts
        cls,
        embeddings: Sequence[npt.NDArray[np.float32]],
        labels: Sequence[npt.NDArray[np.int64]],
        context: int,
        step: float,
        frozen: Sequence[npt.NDArray[np.float32]] = (),
        frozen_labels: Sequence[npt.NDArray[np.int64]] = (),
    ) -> Material:
        """Pad the windows float32 [n_i, E] and labels int64 [n_i] of each device, and its frozen ones if there are any.

        Raises:
            FleetError: no devices, or shapes that do not agree.
        """
        if not embeddings:
            raise FleetError("there are no devices", expected="at least one device", received="none")
        own = pad(embeddings, labels)
        return cls(*own, context, step, *(pad(frozen, frozen_labels) if frozen else ()))

    @property
    def devices(self) -> int:
        """Number of devices d."""
        return len(self.embeddings)

    @property
    def lengths(self) -> Tensor:
        """Windows that each device really has, int64 [d]."""
        return (self.labels != PADDING).sum(1)

    @property
    def contexts(self) -> Tensor:
        """Context of every device, float32 [d, context, E]."""
        return self.embeddings[:, : self.context]

    @property
    def context_labels(self) -> Tensor:
        """Labels of the contexts, for rivals that may see them, int64 [d, context]."""
        return self.labels[:, : self.context]

    @property
    def context_lengths(self) -> Tensor:
        """Windows that each context really has, int64 [d]."""
        return self.lengths.clamp(max=self.context)

    @property
    def targets(self) -> tuple[Tensor, Tensor]:
        """The other windows: embeddings float32 [d, n, E] and labels int64 [d, n]."""
        return self.embeddings[:, self.context :], self.labels[:, self.context :]

    @property
    def rows(self) -> tuple[Tensor, Tensor]:
        """All real windows of all devices in a row: embeddings float32 [m, E] and labels int64 [m]."""
        return real(self.embeddings, self.labels)

    @property
    def target_rows(self) -> tuple[Tensor, Tensor]:
        """The real windows among `targets` in a row, device after device: float32 [m, E] and int64 [m]."""
        return real(*self.targets)

    def split_contexts(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """The contexts that the devices' windows make, one after the other.

        Each entry holds embeddings float32 [d, context, E], labels int64 [d, context] and, bool [d], which devices have
        as many windows; of the first entry every device counts.
        """
        width = self.context
        starts = range(0, self.labels.shape[1] - width + 1, width)
        parts = [(self.embeddings[:, at : at + width], self.labels[:, at : at + width]) for at in starts]
        whole = [(e, y, (y != PADDING).all(1)) for e, y in parts]
        first, labels, _ = whole[0]
        return [(first, labels, torch.ones(self.devices, dtype=torch.bool)), *whole[1:]]


def real(embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """What is no padding, in a row: float32 [m, E] and int64 [m] of embeddings [d, n, E] and labels [d, n]."""
    kept = labels != PADDING
    return embeddings[kept], labels[kept]


def pad(embeddings: Sequence[npt.NDArray[Any]], labels: Sequence[npt.NDArray[Any]]) -> tuple[Tensor, Tensor]:
    """Embeddings [d, n, E] and labels [d, n] of windows [n_i, E] and labels [n_i], n the largest n_i.

    Raises:
        FleetError: a device with more labels than windows or the other way round, or embeddings of several widths.
    """
    widths = {e.shape[1:] for e in embeddings}
    if len(widths) != 1 or [len(e) for e in embeddings] != [len(y) for y in labels]:
        raise FleetError(
            "windows and labels do not fit together",
            expected="for each device as many labels as embeddings, all embeddings equally wide",
            received=f"{[e.shape for e in embeddings]} and {[len(y) for y in labels]}",
        )
    longest = max(len(y) for y in labels)
    padded = torch.zeros(len(labels), longest, *widths.pop())
    marks = torch.full((len(labels), longest), PADDING, dtype=torch.int64)
    for row, mark, e, y in zip(padded, marks, embeddings, labels, strict=True):
        row[: len(y)] = torch.from_numpy(np.asarray(e, np.float32))
        mark[: len(y)] = torch.from_numpy(np.asarray(y, np.int64))
    return padded, marks


def embed(network: Network, inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Float embeddings [n, E] of windows float32 [n, *input]."""
    with torch.no_grad():
        return np.asarray(network.embed(torch.from_numpy(inputs)).numpy(), np.float32)


def gather(network: Network, devices: Sequence[DeviceData], seen: Int8Range) -> Material:
    """Embed all windows of `devices` through the frozen shared layers and the int8 range `seen`."""

    def seen_by(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return seen.fake(embed(network, windows)) if len(windows) else np.empty((0, network.embedding_size), np.float32)

    frozen = [device for device in devices if len(device.frozen)]
    return Material.of(
        [seen_by(np.concatenate([d.context, d.inputs])) for d in devices],
        [np.concatenate([d.context_labels, d.labels]) for d in devices],
        len(devices[0].context),
        seen.scale,
        [seen_by(d.frozen) for d in devices] if frozen else (),
        [d.frozen_labels for d in devices] if frozen else (),
    )
