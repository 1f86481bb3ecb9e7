"""The main job on one device: infer, summarise, edit, verify, infer again; every answer held to the reference.

How an edit is learned is not known here: the editor comes in as a callable.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from firmware_bridge.adapt import (
    Manner,
    Observed,
    Propose,
    deliver,
    embedding_of,
    make_edit,
    observed_summary,
    observed_windows,
)
from firmware_bridge.client import Device
from firmware_bridge.cost import Cost
from firmware_bridge.matching import require_bundle
from firmware_bridge.messages import Region
from hil.comparison import Tally, require_equal
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest
from toolchain.edit import Codec, apply_edit
from toolchain.layout import Vector
from toolchain.progress import Progress, silent
from toolchain.reference import Reference
from toolchain.statistics import summarise

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Subject:
    """What one device sees.

    `context` [c, *shape] and `evaluation` [n, *shape] are windows in the elements of the model's input; `labels`
    int64 [n] belong to the evaluation windows.
    """

    name: str
    context: Array
    evaluation: Array
    labels: npt.NDArray[np.int64]

    @property
    def inferences(self) -> int:
        """How many inferences the scenario makes for this subject."""
        return len(self.context) + 2 * len(self.evaluation)


@dataclass
class Outcome:
    """What happened on one device.

    `outputs`, `embeddings` and `summaries` count comparisons with the reference, bit by bit; `before` and `after` hold
    the class that the device gave each evaluation window, int64 [n]; `ticks` are those of every inference.

    `context_cost` and `edit_cost` are what the adaptation itself needed on the line; `verify_cost` is what proving it
    took besides: every embedding, and the bank read back.
    """

    name: str
    outputs: Tally = field(default_factory=Tally)
    embeddings: Tally = field(default_factory=Tally)
    summaries: Tally = field(default_factory=Tally)
    before: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    after: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    ticks: list[int] = field(default_factory=list)
    prototype: int = 0
    edit_cost: Cost = field(default_factory=Cost)
    verify_cost: Cost = field(default_factory=Cost)
    context_cost: Cost = field(default_factory=Cost)

    @property
    def adapt_cost(self) -> Cost:
        """The whole adaptation: the context up, the edit down, verified and applied."""
        return self.context_cost + self.edit_cost


class Personalisation:
    """The scenario for one bundle; `run` plays it on one freshly booted device.

    Args:
        bundle: what the device was built from.
        propose: the editor.
        manner: how the edit is written; latent where the bundle has a table for that, else int8, unless given.
        windows: whether the editor reads every embedding, which costs more than the summary.
    """

    def __init__(
        self, bundle: Bundle, propose: Propose, manner: Manner | None = None, *, windows: bool = False
    ) -> None:
        self._bundle = bundle
        self._propose = propose
        self._manner = manner or Manner(Codec.INT8 if bundle.latent is None else Codec.LATENT)
        self._windows = windows
        self._reference = Reference(bundle.model)

    def run(self, device: Device, subject: Subject, advance: Callable[[], None] = lambda: None) -> Outcome:
        """Personalise `device` for `subject`; `advance` is called after each of its `inferences`.

        Raises:
            BridgeError: the link or the device fails, or the device holds another bundle.
            WrongResultError: the device boots with another bank than the factory head, or takes another than was sent.
        """
        bundle = self._bundle
        require_bundle(device.hello, bundle)
        outcome = Outcome(subject.name)
        run = _Run(bundle, self._reference, device, outcome, advance)
        factory = bundle.prototypes[0]
        run.require_bank(factory)

        embeddings = [run.infer(window, factory, remember=True)[1] for window in subject.context]
        outcome.before = run.classes(subject.evaluation, factory)
        observed = run.observe(embeddings, windows=self._windows)
        edit = make_edit(device, bundle, self._propose(observed), self._manner)
        outcome.prototype = edit.prototype
        bank = apply_edit(
            edit, layout=bundle.layout, base=bundle.base, prototypes=bundle.prototypes, latent=bundle.latent
        )
        delivered, read_back = deliver(device, edit, bundle)
        outcome.verify_cost += read_back
        outcome.edit_cost = delivered.cost
        outcome.after = run.classes(subject.evaluation, bank)
        run.there_and_back(factory, bank)
        return outcome


def play(
    boot: Callable[[], AbstractContextManager[Device]],
    scenario: Personalisation,
    subjects: Sequence[Subject],
    progress: Progress = silent,
) -> list[Outcome]:
    """Personalise one freshly booted device for each of `subjects`; `boot` starts one."""
    total = sum(subject.inferences for subject in subjects)
    done = itertools.count(1)
    outcomes = []
    for subject in subjects:
        with boot() as device:
            outcomes.append(scenario.run(device, subject, lambda: progress("personalise", next(done), total)))
    return outcomes


@dataclass(frozen=True)
class _Run:
    """One device while the scenario plays on it; `advance` is called after each inference."""

    bundle: Bundle
    reference: Reference
    device: Device
    outcome: Outcome
    advance: Callable[[], None]

    def infer(self, window: Array, bank: Vector, *, remember: bool = False) -> tuple[bytes, bytes]:
        """Infer on one window; the device's output, and the embedding that the reference has for it."""
        answer = self.device.infer(window.tobytes(), remember=remember)
        expected = self.reference.run([window], bank)
        tally = self.outcome.outputs
        tally.compare(f"{self.outcome.name}, inference {tally.total}", expected.output_bytes, answer.output)
        self.outcome.ticks.append(answer.ticks)
        self.advance()
        embedding = b"" if expected.embedding is None else np.ascontiguousarray(expected.embedding).tobytes()
        return answer.output, embedding

    def observe(self, expected: Sequence[bytes], *, windows: bool) -> Observed:
        """Read the context both ways and hold both to the reference; the way that the editor does not need is proof."""
        device, outcome, embedding = self.device, self.outcome, embedding_of(self.bundle)
        start = device.link.cost
        remembered = device.context().embeddings
        between = device.link.cost
        reply = device.summary()
        end = device.link.cost
        costs = (between - start, end - between)
        outcome.context_cost, proof = costs if windows else costs[::-1]
        outcome.verify_cost += proof

        newest = expected[-len(remembered) :] if len(remembered) else []
        for index, (mine, theirs) in enumerate(zip(newest, remembered, strict=True)):
            outcome.embeddings.compare(f"{outcome.name}, embedding {index}", mine, theirs.tobytes())
        summary = summarise(np.frombuffer(b"".join(newest), np.int8).reshape(remembered.shape))
        outcome.summaries.compare(f"{outcome.name}, means", summary.mean.tobytes(), reply.means)
        outcome.summaries.compare(f"{outcome.name}, spreads", summary.spread.tobytes(), reply.spreads)
        return observed_windows(remembered, embedding) if windows else observed_summary(reply, embedding)

    def classes(self, windows: Array, bank: Vector) -> npt.NDArray[np.int64]:
        """The class that the device gives each window, int64 [n]."""
        signal = self.bundle.outputs[0]
        outputs = [self.infer(window, bank)[0][: signal.nbytes] for window in windows]
        scores = signal.decode(signal.parse(b"".join(outputs))) if outputs else np.empty((0, 1), np.float32)
        chosen: npt.NDArray[np.int64] = np.argmax(scores.reshape(len(outputs), -1), axis=1)
        return chosen

    def require_bank(self, bank: Vector) -> None:
        """The device runs `bank`, bit for bit."""
        came = self.device.read(Region.ACTIVE_BANK, 4 * bank.size)
        require_equal("the active bank", np.asarray(bank, "<f4").tobytes(), came)

    def there_and_back(self, factory: Vector, bank: Vector) -> None:
        """The factory head is one REVERT away, and so is the edit."""
        for wanted in (factory, bank):
            self.device.revert(bank_digest(wanted))
            self.require_bank(wanted)
