"""Persona as it ships: the NumPy editor and the prototype table."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from models.editor.observation import observe_real
from models.editor.runtime_editor import Shipped
from models.rivals.bench import Bench
from models.rivals.edited import Edited
from models.rivals.method import Method
from models.runtime import Proposal


def persona(bench: Bench) -> Edited:
    """The prototype that Eq. 12 picks and its clipped edit."""
    return _edited(bench, bench.persona)


def latent(bench: Bench) -> Edited:
    """The same as a device decodes it from the int8 code of the codec `latent`."""
    editor = bench.persona.editor
    proposals = _proposals(bench, bench.persona)
    decoded = [editor.latent.decode(p.code, editor.layout) for p in proposals if p.code is not None]
    return _made(bench.persona, proposals, np.stack(decoded))


def prototype_only(bench: Bench) -> Edited:
    """The prototype that Eq. 12 picks, without its edit."""
    proposals = _proposals(bench, bench.persona)
    return _made(bench.persona, proposals, np.stack([0 * p.delta for p in proposals]))


def hindsight(bench: Bench) -> Edited:
    """No method but a bound: of the edits of all prototypes the one that scores best on the evaluation windows."""
    editor, table, step = bench.persona.editor, torch.from_numpy(bench.persona.table), bench.devices.step
    edits = torch.from_numpy(
        np.stack([editor.deltas(editor.codes(observe_real(c, step))) for c in bench.devices.contexts.numpy()])
    )
    heads = table[1:] + edits
    best = torch.stack([bench.accuracy(heads[:, j]) for j in range(heads.shape[1])], dim=1).argmax(1)
    return Edited(table, best + 1, edits[torch.arange(len(best)), best], bench.clip)


def _edited(bench: Bench, own: Shipped) -> Edited:
    proposals = _proposals(bench, own)
    return _made(own, proposals, np.stack([p.delta for p in proposals]))


def _made(own: Shipped, proposals: list[Proposal], deltas: npt.NDArray[np.float32]) -> Edited:
    prototypes = torch.tensor([p.prototype for p in proposals])
    codes = np.stack([p.code for p in proposals if p.code is not None])
    clip = torch.from_numpy(own.editor.layout.clip_vector.copy())
    return Edited(torch.from_numpy(own.table), prototypes, torch.from_numpy(deltas), clip, codes)


def _proposals(bench: Bench, own: Shipped) -> list[Proposal]:
    return [own.editor.propose(observe_real(c, bench.devices.step)) for c in bench.devices.contexts.numpy()]


METHODS: Final = (
    Method("prototype-only", prototype_only, "the prototype that Eq. 12 picks, without its edit"),
    Method("persona", persona, "a prototype and the editor's edit from the unlabelled context"),
    Method("persona-latent", latent, "the same, as a device decodes it from the edit's int8 code"),
    Method("persona-hindsight", hindsight, "a bound: the best prototype's edit, chosen by its score", labelled=True),
)
