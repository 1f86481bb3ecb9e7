"""`finetune`: all adaptive layers by gradient descent on the examples, projected into the clip after every step."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase
from models.rivals.descent import fitted

_RATE: Final = 1e-2
_STEPS: Final = 30


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """Adam on the mean cross entropy of all examples at once, from the factory head."""
    factory = torch.from_numpy(base.table[0].copy())
    clip = torch.from_numpy(base.layout.clip_vector.copy())
    x, y = torch.from_numpy(embeddings)[None], torch.from_numpy(labels)[None]
    delta = torch.zeros_like(factory, requires_grad=True)

    def loss() -> Tensor:
        return base.head.losses(x, y, (factory + delta)[None]).sum()

    fitted(loss, [delta], _RATE, _STEPS, lambda: delta.clamp_(-clip, clip))
    return Proposal(0, delta.detach().numpy())


METHOD: Final = Method("finetune", make, "gradient descent on the examples, inside the clip")
