"""Persona as it ships: the NumPy editor and the prototype table."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.editor.observation import observe
from models.rivals.bench import Bench
from models.runtime import Proposal


def persona(bench: Bench) -> Tensor:
    """The prototype that Eq. 12 picks and its clipped edit."""
    return _heads(bench, [(p.prototype, p.delta) for p in _proposals(bench)])


def latent(bench: Bench) -> Tensor:
    """The same as a device decodes it from the int8 code of the codec `latent`."""
    editor = bench.trained.editor
    decoded = [(p, p.code) for p in _proposals(bench) if p.code is not None]
    return _heads(bench, [(p.prototype, editor.latent.decode(code, editor.layout)) for p, code in decoded])


def prototype_only(bench: Bench) -> Tensor:
    """The prototype that Eq. 12 picks, without its edit."""
    return bench.prototypes[[p.prototype for p in _proposals(bench)]]


def hindsight(bench: Bench) -> Tensor:
    """No method but a bound: of the edits of all prototypes the one that scores best on the evaluation windows."""
    editor = bench.trained.editor
    edits = np.stack([editor.deltas(editor.codes(observe(c, bench.seen))) for c in bench.devices.contexts.numpy()])
    heads = bench.prototypes[1:] + torch.from_numpy(edits)
    scores = torch.stack([bench.accuracy(heads[:, j]) for j in range(heads.shape[1])], dim=1)
    return heads[torch.arange(len(heads)), scores.argmax(1)]


def _heads(bench: Bench, edits: list[tuple[int, npt.NDArray[np.float32]]]) -> Tensor:
    """Heads [d, size] from the prototype and the delta of each device."""
    prototypes, deltas = zip(*edits, strict=True)
    return bench.prototypes[list(prototypes)] + torch.from_numpy(np.stack(deltas))


def _proposals(bench: Bench) -> list[Proposal]:
    return [bench.trained.editor.propose(observe(c, bench.seen)) for c in bench.devices.contexts.numpy()]
