"""`ridge`: the last layer in closed form, a ridge regression towards the labels around the factory head."""

from __future__ import annotations

from typing import Final

import torch

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase
from models.rivals.ridge import ridge_edits

_PULL: Final = 10.0
_MARGIN: Final = 4.0


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """One system of as many equations as there are examples; no gradient."""
    factory, clip = torch.from_numpy(base.table[0].copy()), base.layout.clip_vector
    x, y = torch.from_numpy(embeddings)[None], torch.from_numpy(labels)[None]
    delta = ridge_edits(base.head, factory, x, y, pull=_PULL, margin=_MARGIN)[0].numpy()
    return Proposal(0, delta.clip(-clip, clip))


METHOD: Final = Method("ridge", make, "ridge regression of the last layer on the examples, closed form")
