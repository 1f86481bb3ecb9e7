"""`lora`: an edit of low rank for every adaptive matrix, by gradient descent on its two factors."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase
from models.recompile.start import Start, best_start
from models.rivals.descent import fitted
from models.rivals.lora import Factors

_RANK: Final = 4
_RATE: Final = 1e-2
_STEPS: Final = 100
_SEED: Final = 0


def factors(base: OpenedBase, start: Start, embeddings: Floats, labels: Labels) -> Factors:
    """The adapter itself: factors of rank 4 of every matrix's move from `start`, fitted to the examples."""
    row, first = torch.from_numpy(base.table[start.prototype].copy()), torch.from_numpy(start.delta)
    clip = torch.from_numpy(base.layout.clip_vector.copy())
    x, y = torch.from_numpy(embeddings)[None], torch.from_numpy(labels)[None]
    adapter = Factors(base.layout, 1, _RANK, _SEED)

    def loss() -> Tensor:
        return base.head.losses(x, y, row + torch.clamp(first + adapter.edits(), -clip, clip)).sum()

    fitted(loss, adapter.parameters, _RATE, _STEPS)
    return adapter


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """The product of the factors beside the best start, cut off at T; biases stay where they start."""
    start, clip = best_start(base, embeddings, labels), base.layout.clip_vector
    move = factors(base, start, embeddings, labels).edits()[0].detach().numpy()
    return Proposal(start.prototype, (start.delta + move).clip(-clip, clip))


METHOD: Final = Method("lora", make, "gradient descent on factors of rank 4 of each matrix's edit, cut off at T")
