"""Persona as it ships: the NumPy editor and the prototype table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.editor.groups import assign
from models.rivals.bench import Bench


def persona(bench: Bench) -> Tensor:
    """The prototype that Eq. 12 picks and its clipped edit."""
    chosen, deltas = _proposals(bench)
    return bench.prototypes[chosen + 1] + deltas


def prototype_only(bench: Bench) -> Tensor:
    """The prototype that Eq. 12 picks, without its edit."""
    chosen, _ = _proposals(bench)
    return bench.prototypes[chosen + 1]


def hindsight(bench: Bench) -> Tensor:
    """No method but a bound: of the edits of all prototypes the one that scores best on the evaluation windows."""
    edits = torch.from_numpy(bench.trained.editor.deltas(_contexts(bench)))
    heads = bench.prototypes[1:] + edits
    scores = torch.stack([bench.accuracy(heads[:, j]) for j in range(heads.shape[1])], dim=1)
    return heads[torch.arange(len(heads)), scores.argmax(1)]


def _contexts(bench: Bench) -> npt.NDArray[np.float32]:
    return np.asarray(bench.devices.contexts.numpy(), np.float32)


def _proposals(bench: Bench) -> tuple[Tensor, Tensor]:
    """Chosen prototype int64 [d], from 0, and its delta float32 [d, size]."""
    edits = bench.trained.editor.deltas(_contexts(bench))
    chosen = assign(edits)
    return torch.from_numpy(chosen), torch.from_numpy(edits[np.arange(len(chosen)), chosen])
