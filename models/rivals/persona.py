"""Persona as it ships (the NumPy editor and the prototype table), and with one thing changed at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from models.editor.observation import observe_real
from models.editor.runtime_editor import Shipped
from models.rivals.bench import Bench
from models.rivals.edited import Edited
from models.rivals.method import Method
from models.runtime import Proposal
from toolchain.codecs import Codec, coder

_UNCLIPPED: Final = 1e6
"""A T that no edit reaches."""

_ALIGN: Final = 0.5


def persona(bench: Bench) -> Edited:
    """The prototype that Eq. 12 picks and its clipped edit."""
    return propose(bench, bench.persona)


def latent(bench: Bench) -> Edited:
    """The same as a device decodes it from the int8 code of the codec `latent`, fitted where the editor names none."""
    own = bench.persona
    codec = coder(Codec.LATENT, own.editor.layout, own.editor.latent)
    proposals = _proposals(bench, own)
    payloads = [codec.encode(p.delta) if p.code is None else p.code.tobytes() for p in proposals]
    return _made(own, proposals, np.stack([codec.decode(payload) for payload in payloads]))


def prototype_only(bench: Bench) -> Edited:
    """The prototype that Eq. 12 picks, without its edit."""
    proposals = _proposals(bench, bench.persona)
    return _made(bench.persona, proposals, np.stack([0 * p.delta for p in proposals]))


def hindsight(bench: Bench) -> Edited:
    """No method but a bound: of the edits of all prototypes the one that scores best on the evaluation windows."""
    own = bench.persona
    editor, table = own.editor, torch.from_numpy(own.table)
    observed = [observe_real(context, bench.devices.step) for context in bench.devices.contexts.numpy()]
    edits = torch.from_numpy(editor.edits(observed, _labels(bench, own))[0])
    heads = table[1:] + edits
    best = torch.stack([bench.accuracy(heads[:, j]) for j in range(heads.shape[1])], dim=1).argmax(1)
    return Edited(table, best + 1, edits[torch.arange(len(best)), best], bench.clip)


def aligned(bench: Bench) -> Edited:
    """Persona that starts from an alignment as strong as the plan has it, or a middling one if the plan has none."""
    return varied(align=bench.plan.align or _ALIGN)(bench)


def unclipped(bench: Bench) -> Edited:
    """Persona without a clip; the edits could not be sent."""
    edited = propose(bench, bench.variant(replace(bench.plan, clips=(_UNCLIPPED,))))
    return replace(edited, clip=torch.full_like(edited.clip, torch.inf))


def varied(**changes: Any) -> Callable[[Bench], Edited]:
    """Persona trained with some fields of its plan changed; it chooses a T of its own."""

    def run(bench: Bench) -> Edited:
        plan = replace(bench.plan, **changes)
        return propose(bench, bench.persona if plan == bench.plan else bench.variant(plan))

    return run


def propose(bench: Bench, own: Shipped) -> Edited:
    """The edits that an editor makes for the scored devices."""
    proposals = _proposals(bench, own)
    return _made(own, proposals, np.stack([p.delta for p in proposals]))


def _made(own: Shipped, proposals: list[Proposal], deltas: npt.NDArray[np.float32]) -> Edited:
    prototypes = torch.tensor([p.prototype for p in proposals])
    held = [p.code for p in proposals if p.code is not None]
    codes = np.stack(held) if held else None
    clip = torch.from_numpy(own.editor.layout.clip_vector.copy())
    return Edited(torch.from_numpy(own.table), prototypes, torch.from_numpy(deltas), clip, codes)


def _proposals(bench: Bench, own: Shipped) -> list[Proposal]:
    observed = [observe_real(context, bench.devices.step) for context in bench.devices.contexts.numpy()]
    return own.editor.propose_many(observed, labels=_labels(bench, own))


def _labels(bench: Bench, own: Shipped) -> list[npt.NDArray[np.int64]] | None:
    """The labels of the contexts, for an editor that reads them."""
    return list(bench.devices.context_labels.numpy()) if own.editor.spec.labelled else None


METHODS: Final = (
    Method("prototype-only", prototype_only, "the prototype that Eq. 12 picks, without its edit"),
    Method("persona", persona, "a prototype and the editor's edit from the unlabelled context"),
    Method("persona-latent", latent, "the same, as a device decodes it from the edit's int8 code"),
    Method("persona-summary", varied(encoder="summary"), "Persona that reads mean and spread of the context"),
    Method("persona-gru", varied(encoder="gru"), "Persona that reads the embeddings one by one"),
    Method("persona-set", varied(encoder="set"), "Persona that reads the embeddings as a set"),
    Method("persona-labelled", varied(labelled=True), "Persona that reads the context's labels too", labelled=True),
    Method("persona-no-clip", unclipped, "Persona without the clip T", sendable=False),
    Method("persona-no-prototypes", varied(prototypes=0), "one editor over the factory head"),
    Method("persona-no-clkt", varied(clkt=False), "Persona with one code for all layers"),
    Method("persona-aligned", aligned, "Persona that starts from an alignment and learns the rest"),
    Method("persona-hindsight", hindsight, "a bound: the best prototype's edit, chosen by its score", labelled=True),
)
