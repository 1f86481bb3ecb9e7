"""The unit of work: one user on one new base. Pure but for the clock that comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.errors import LearningError, RecompileError
from models.recompile.opened import OpenedBase
from models.recompile.order import Order, Work
from models.recompile.transport import Target, refusal
from models.store.records import EvaluationSet, Examples, NewEdit, NewRecompilation, Verdict
from toolchain.edit import Edit, apply_edit, encode_edit
from toolchain.errors import PersonaError
from toolchain.keys import device_key

_TWO = 2


@dataclass(frozen=True)
class _Made:
    """An edit and its scores on the frozen set."""

    edit: Edit
    before: float
    after: float


def recompile(base: OpenedBase, number: int, work: Work, order: Order, clock: Callable[[], float]) -> NewRecompilation:
    """Try to carry the old edit over, make a new one, score it, judge it.

    Args:
        base: the new base.
        number: its id in the store.
        work: the user.
        order: how.
        clock: seconds.

    Returns:
        What became of it; where no edit can be made, its reason is in it, and nothing is raised.
    """
    start = clock()
    transport = None if work.old is None else refusal(Edit.parse(work.old.packed), _target(base))
    reference = None if work.old is None else work.old.after
    try:
        made = _make(base, work, order)
        verdict, reason = _judge(made, work, order)
    except (LearningError, PersonaError) as error:
        made, verdict, reason = None, Verdict.IMPOSSIBLE, error.message()
    return NewRecompilation(
        device=work.device.id,
        base=number,
        method=order.method,
        data=work.digest(order, base.bundle.base),
        examples=len(work.training),
        verdict=verdict,
        reason=reason,
        edit=None if made is None else NewEdit(made.edit.pack(), made.edit.signed, made.before, made.after),
        old_edit=None if work.old is None else work.old.id,
        transport=transport,
        reference=reference,
        seconds=clock() - start,
    )


def _target(base: OpenedBase) -> Target:
    return Target(base.bundle.base, base.layout, base.table, base.bundle.latent)


def _make(base: OpenedBase, work: Work, order: Order) -> _Made:
    evaluation = _evaluation(work)
    training = _training(base, work, order)
    proposal = order.how.make(base, base.embed(training.windows), training.labels)
    edit = encode_edit(
        proposal.delta,
        layout=base.layout,
        base=base.bundle.base,
        prototypes=base.table,
        prototype=proposal.prototype,
        counter=1,
        codec=order.codec,
        durable=order.durable,
    )
    if order.fleet_key is not None and work.device.hardware is not None:
        edit = edit.sign(device_key(order.fleet_key, work.device.hardware))
    bank = apply_edit(edit, layout=base.layout, base=base.bundle.base, prototypes=base.table)
    windows, labels = evaluation.examples.windows, evaluation.examples.labels
    return _Made(edit, base.accuracy(windows, labels, base.table[0]), base.accuracy(windows, labels, bank))


def _judge(made: _Made, work: Work, order: Order) -> tuple[Verdict, str]:
    """Not worse than the old base with its old edit, and not worse than the new base without any."""
    told = f"{made.after:.3f} on the frozen set"
    bars = {"the new base without an edit": made.before}
    if work.old is not None:
        if work.old.after is None:
            raise RecompileError(
                "nobody knows what the old edit scores, so the new one cannot be accepted",
                expected="the old edit with its score on the frozen set",
                received="an imported edit that was never scored",
                remedy="add it with the bundle of its base: persona store add EDIT --device NAME --bundle BUNDLE",
            )
        bars["the old base with its old edit"] = work.old.after
    missed = [f"{name} has {bar:.3f}" for name, bar in bars.items() if made.after < bar - order.tolerance]
    if missed:
        return Verdict.WORSE, f"{told}: {' and '.join(missed)} (tolerance {order.tolerance:g})"
    return Verdict.ACCEPTED, told


def _evaluation(work: Work) -> EvaluationSet:
    if work.evaluation is None or not len(work.evaluation.examples):
        raise RecompileError(
            f"{work.device.name} has no frozen evaluation set",
            expected="at least one frozen example",
            received="none",
            remedy="store more examples: persona store add freezes a set once there are enough",
        )
    return work.evaluation


def _training(base: OpenedBase, work: Work, order: Order) -> Examples:
    """The examples, checked for what a method needs."""
    training, name = work.training, work.device.name
    both = set(training.digests) & set(work.evaluation.examples.digests if work.evaluation else ())
    if both:
        raise RecompileError(
            f"{len(both)} evaluation examples of {name} are among its training examples (leak)",
            expected="an evaluation set that no edit was made from",
            received=f"example {min(both).hex()[:16]} and {len(both) - 1} others",
            remedy="check the store: persona store verify",
        )
    least = _TWO if order.how.labelled else 1
    if len(training) < least:
        raise RecompileError(
            f"{name} has too few examples",
            expected=f"at least {least} beside the frozen set",
            received=str(len(training)),
            remedy="store more examples of this user: persona store add",
        )
    if order.how.labelled and len(np.unique(training.labels)) < _TWO:
        raise RecompileError(
            f"all {len(training)} examples of {name} are of one class",
            expected="examples of at least two classes",
            received=f"class {int(training.labels[0])} only",
            remedy="store examples of other classes, raise --examples, or use --method editor",
        )
    if training.labels.min() < 0 or training.labels.max() >= base.classes:
        raise RecompileError(
            f"an example of {name} has a class that the new base does not know",
            expected=f"0 to {base.classes - 1}",
            received=f"{training.labels.min()} to {training.labels.max()}",
            remedy="use a base with these classes",
        )
    return training
