"""`ridge`: the last layer in closed form, a ridge regression towards the labels around the best start."""

from __future__ import annotations

from typing import Final

import torch

from models.recompile.methods.method import Floats, Labels, Method, Proposal
from models.recompile.opened import OpenedBase
from models.recompile.start import best_start
from models.rivals.ridge import ridge_edits

_PULL: Final = 10.0
_MARGIN: Final = 4.0


def make(base: OpenedBase, embeddings: Floats, labels: Labels) -> Proposal:
    """One system of as many equations as there are examples; no gradient."""
    start, clip = best_start(base, embeddings, labels), base.layout.clip_vector
    head = torch.from_numpy(base.table[start.prototype] + start.delta)
    x, y = torch.from_numpy(embeddings)[None], torch.from_numpy(labels)[None]
    move = ridge_edits(base.head, head, x, y, pull=_PULL, margin=_MARGIN)[0].numpy()
    return Proposal(start.prototype, (start.delta + move).clip(-clip, clip))


METHOD: Final = Method("ridge", make, "ridge regression of the last layer on the examples, closed form")
