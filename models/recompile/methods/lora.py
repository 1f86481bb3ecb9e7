"""`lora`: an edit of low rank for every adaptive matrix, by gradient descent on its two factors."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase
from models.rivals.descent import fitted
from models.rivals.lora import Factors

_RANK: Final = 4
_RATE: Final = 1e-2
_STEPS: Final = 100
_SEED: Final = 0


def factors(base: OpenedBase, embeddings: Floats, labels: Labels) -> Factors:
    """The adapter itself: factors of rank 4 of every matrix's edit, fitted to the examples."""
    factory = torch.from_numpy(base.table[0].copy())
    clip = torch.from_numpy(base.layout.clip_vector.copy())
    x, y = torch.from_numpy(embeddings)[None], torch.from_numpy(labels)[None]
    adapter = Factors(base.layout, 1, _RANK, _SEED)

    def loss() -> Tensor:
        return base.head.losses(x, y, factory + torch.clamp(adapter.edits(), -clip, clip)).sum()

    fitted(loss, adapter.parameters, _RATE, _STEPS)
    return adapter


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """The product of the factors, cut off at T; biases stay."""
    clip = base.layout.clip_vector
    edit = factors(base, embeddings, labels).edits()[0].detach().numpy()
    return Proposal(0, edit.clip(-clip, clip))


METHOD: Final = Method("lora", make, "gradient descent on factors of rank 4 of each matrix's edit, cut off at T")
