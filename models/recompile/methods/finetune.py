"""`finetune`: all adaptive layers by gradient descent on the examples, projected into the clip after every step."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase
from models.recompile.start import best_start
from models.rivals.descent import fitted

_RATE: Final = 1e-2
_STEPS: Final = 30


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """Adam on the mean cross entropy of all examples at once, from the best start."""
    start = best_start(base, embeddings, labels)
    row = torch.from_numpy(base.table[start.prototype].copy())
    clip = torch.from_numpy(base.layout.clip_vector.copy())
    x, y = torch.from_numpy(embeddings)[None], torch.from_numpy(labels)[None]
    delta = torch.from_numpy(start.delta.copy()).requires_grad_()

    def loss() -> Tensor:
        return base.head.losses(x, y, (row + delta)[None]).sum()

    fitted(loss, [delta], _RATE, _STEPS, lambda: delta.clamp_(-clip, clip))
    return Proposal(start.prototype, delta.detach().numpy())


METHOD: Final = Method("finetune", make, "gradient descent on the examples, inside the clip")
