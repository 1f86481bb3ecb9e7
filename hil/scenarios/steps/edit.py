"""`edit`: make an edit, send it, let the device run it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import numpy.typing as npt

from firmware_bridge.adapt import Manner, Proposal, make_edit, observe
from hil.scenarios.arguments import CHOICES, LEAST
from hil.scenarios.errors import StepError
from hil.scenarios.record import EditEntry
from hil.scenarios.state import Held
from hil.scenarios.windows import Window
from toolchain.bundle import Bundle
from toolchain.codec_choice import choose_codec
from toolchain.edit import Codec, Edit, apply_edit

if TYPE_CHECKING:
    from hil.scenarios.state import State

AUTO: Final = "auto"
EDITOR: Final = "editor"
SMALL: Final = "small"
_PART: Final = 1 / 64
"""A small edit moves parameters by at most this part of T."""


@dataclass(frozen=True)
class EditStep:
    """Make an edit and bring it to the device: APPLY, or TRY and COMMIT if it is durable.

    Attributes:
        codec: how the delta is written; auto takes the smallest that loses at most `max_loss`.
        durable: whether it is stored; it is on probation until `confirm`.
        source: editor (the bundle's, from the device's context), small (a fixed little delta against a prototype), or
            auto: the editor where the bundle has one.
        max_loss: what codec auto may lose, in nats.
    """

    codec: str = field(default=AUTO, metadata={CHOICES: (AUTO, *(codec.name.lower() for codec in Codec))})
    durable: bool = False
    source: str = field(default=AUTO, metadata={CHOICES: (AUTO, EDITOR, SMALL)})
    max_loss: float = field(default=0.01, metadata={LEAST: 0})

    NAME: ClassVar[str] = "edit"

    def run(self, state: State) -> None:
        """Do it."""
        device, bundle, wire = state.device, state.plan.bundle, state.record.wire_bytes
        source, proposal = self._proposal(state)
        edit = self._written(state, proposal)
        bank = apply_edit(
            edit, layout=bundle.layout, base=bundle.base, prototypes=bundle.prototypes, latent=bundle.latent
        )
        delivered = device.commit_edit(edit, bundle) if self.durable else device.send_edit(edit, bundle)
        wire["edit"] += delivered.cost.wire_bytes
        event = "commit" if self.durable else "apply"
        entry = EditEntry(
            edit.counter, edit.prototype, edit.codec.name.lower(), len(edit.payload), edit.digest.hex(), event, source
        )
        state.other, state.active = state.active, Held(bank, entry, edit)
        state.note(state.active, event)

    def _proposal(self, state: State) -> tuple[str, Proposal]:
        editor = None if self.source == SMALL else state.plan.editor
        if editor is None:
            if self.source == EDITOR:
                raise StepError(f"{state.plan.bundle.name} has no editor", remedy="let source be auto or small")
            return SMALL, _small(state)
        before = state.device.link.cost
        observed = observe(state.device, state.plan.bundle, windows=editor.windows)
        state.record.wire_bytes["context"] += (state.device.link.cost - before).wire_bytes
        return EDITOR, editor(observed)

    def _written(self, state: State, proposal: Proposal) -> Edit:
        bundle, codecs = state.plan.bundle, state.device.hello.codecs
        if self.codec != AUTO:
            return make_edit(state.device, bundle, proposal, Manner(Codec[self.codec.upper()], self.durable))
        choice = choose_codec(
            bundle.model,
            bundle.golden,
            delta=proposal.delta,
            prototype=proposal.prototype,
            max_loss=self.max_loss,
            code=proposal.code,
            codecs=codecs,
        )
        chosen = replace(proposal, delta=choice.delta)
        return make_edit(state.device, bundle, chosen, Manner(choice.codec, self.durable))


def _small(state: State) -> Proposal:
    """A delta that is the same for the same counter, and far within T, against the prototype that TRY likes best."""
    largest = state.plan.bundle.layout.clip_vector
    chance = np.random.default_rng(state.device.counter + 1)
    delta = (_PART * chance.uniform(-largest, largest)).astype(np.float32)
    return Proposal(_fittest(state), delta, np.zeros(0, np.float32))


def _fittest(state: State) -> int:
    """The prototype with the most trial vectors right, the first of equals; the factory head where there are none."""
    bundle = state.plan.bundle
    trials = bundle.model.trials
    if trials is None:
        return 0
    windows = [_window(bundle, row) for row in trials.inputs]
    rights = [
        sum(
            int(np.argmax(state.reference.run(window, bank).outputs[0])) == label
            for window, label in zip(windows, trials.labels, strict=True)
        )
        for bank in bundle.prototypes
    ]
    return int(np.argmax(rights))


def _window(bundle: Bundle, row: npt.NDArray[np.uint8]) -> Window:
    """The inputs that a row of trial vectors holds, one behind the other."""
    parts, raw = [], row.tobytes()
    for signal in bundle.inputs:
        parts.append(signal.parse(raw[: signal.nbytes]).reshape(signal.shape))
        raw = raw[signal.nbytes :]
    return tuple(parts)
