"""Where a labelled method begins: at whatever the base already offers that the user's own examples like best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from models.recompile.opened import OpenedBase
from models.runtime import JSON

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Start:
    """Row `prototype` of the base's table plus `delta` float32 [size], which lies within T."""

    prototype: int
    delta: Floats


def best_start(base: OpenedBase, embeddings: Floats, labels: Labels) -> Start:
    """Of the factory head, every prototype and the editor's proposal the one with the least loss on the examples.

    Embeddings are float32 [n, E] with labels int64 [n].
    """
    rows = [Start(row, np.zeros(base.layout.size, np.float32)) for row in range(len(base.table))]
    if JSON in base.bundle.files and not base.editor.spec.labelled:
        rows.append(proposed(base, embeddings))
    heads = torch.from_numpy(np.stack([base.table[row.prototype] + row.delta for row in rows]))
    x = torch.from_numpy(embeddings).expand(len(rows), -1, -1)
    y = torch.from_numpy(labels).expand(len(rows), -1)
    with torch.no_grad():
        return rows[int(base.head.losses(x, y, heads).argmin())]


def proposed(base: OpenedBase, embeddings: Floats, labels: Labels | None = None) -> Start:
    """What the base's editor says of embeddings float32 [n, E]; fewer than it was trained on are told again.

    Raises:
        TrainedError: the base has no editor.
        ContextError: the editor cannot read them.
    """
    editor = base.editor
    times = -(-editor.context_windows // len(embeddings))
    told = embeddings if times <= 1 else np.concatenate([embeddings] * times)
    own = None if labels is None or times <= 1 else np.concatenate([labels] * times)
    made = editor.propose(base.observe(told), labels=labels if times <= 1 else own)
    return Start(made.prototype, made.delta)
