"""One user on a new base: transport refused, the edit made anew, scored in the device's arithmetic, judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from models.errors import RecompileError
from models.recompile.methods.registry import METHODS
from models.recompile.opened import OpenedBase
from models.recompile.order import OldEdit, Order, Work
from models.recompile.scoring import score
from models.recompile.transport import Target, refusal
from models.recompile.unit import recompile
from models.store.records import EvaluationSet, NewRecompilation, Verdict
from tests.models.recompile.users import examples, windows_and_labels, work_of
from toolchain.bundle import Bundle
from toolchain.edit import Codec, Edit, apply_edit, encode_edit
from toolchain.keys import device_key
from toolchain.layout import Layout
from toolchain.reference import Reference


@pytest.fixture(scope="module")
def base(small_bundle: Bundle) -> Iterator[OpenedBase]:
    """The new base."""
    with OpenedBase(small_bundle) as opened:
        yield opened


def run(base: OpenedBase, work: Work, order: Order | None = None) -> NewRecompilation:
    """The unit, with a clock that stands still."""
    return recompile(base, 7, work, order or Order(), lambda: 0.0)


def old_edit(bundle: Bundle, after: float | None = 0.4) -> OldEdit:
    """An edit that the user has on `bundle`."""
    edit = encode_edit(
        np.zeros(bundle.layout.size, np.float32),
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=0,
        counter=1,
    )
    return OldEdit(3, edit.pack(), 0.3, after)


@pytest.mark.parametrize("method", METHODS)
def test_an_edit_is_made_and_a_device_takes_it(base: OpenedBase, method: str) -> None:
    """Every method gives an edit within T that the device's own rules accept."""
    done = run(base, work_of(base.bundle), Order(method))
    assert done.edit is not None
    edit = Edit.parse(done.edit.packed)
    bank = apply_edit(edit, layout=base.layout, base=base.bundle.base, prototypes=base.table)
    assert (np.abs(bank - base.table[edit.prototype]) <= base.layout.clip_vector + 1e-6).all()
    assert (done.device, done.base, done.method, done.examples) == (1, 7, method, 40)


@pytest.mark.parametrize("method", ["ridge", "finetune", "lora"])
def test_labels_are_worth_something(base: OpenedBase, method: str) -> None:
    """Over several users the labelled methods are well above the unedited base."""
    made = [run(base, work_of(base.bundle, seed), Order(method)).edit for seed in range(4)]
    gains = [edit.after - edit.before for edit in made if edit is not None]
    assert len(gains) == 4
    assert np.mean(gains) > 0.05


def test_the_score_is_the_devices(base: OpenedBase) -> None:
    """What is recorded is what the reference arithmetic gives for the bank that the edit makes."""
    work = work_of(base.bundle)
    done = run(base, work)
    assert done.edit is not None
    assert work.evaluation is not None
    bank = apply_edit(Edit.parse(done.edit.packed), layout=base.layout, base=base.bundle.base, prototypes=base.table)
    reference, shown = Reference(base.bundle.model), work.evaluation.examples
    said = [np.argmax(reference.run([w], bank).outputs[0]) for w in base.elements(shown.windows)]
    assert done.edit.after == np.mean(np.array(said) == shown.labels)
    assert (done.edit.before, done.edit.after) == score(base, Edit.parse(done.edit.packed), work.evaluation)


def test_the_same_work_gives_the_same_bits(base: OpenedBase) -> None:
    """Again, and whatever is beside it: the same edit under the same digest."""
    for method in METHODS:
        first, again = (run(base, work_of(base.bundle, 2), Order(method)) for _ in range(2))
        assert first == again


def test_transport_is_refused_also_where_shapes_agree(base: OpenedBase, other_bundle: Bundle) -> None:
    """The other base has the same layout; its edit is refused by its fingerprint, and the text says so."""
    done = run(base, work_of(base.bundle, old=old_edit(other_bundle)))
    assert done.old_edit == 3
    assert done.transport is not None
    assert "another base" in done.transport
    assert other_bundle.base.hex() in done.transport
    assert "its shape would fit" in done.transport


def test_every_reason_against_transport_is_told(small_bundle: Bundle) -> None:
    """Another layout of another size is named beside the base."""
    edit = Edit.parse(old_edit(small_bundle).packed)
    layout = Layout.of({"fc.weight": (3, 4), "fc.bias": (3,)}, {"fc.weight": 1.0, "fc.bias": 1.0})
    told = refusal(edit, Target(b"another!", layout, np.zeros((1, 15), np.float32)))
    assert told is not None
    for part in ("fingerprint of the base", "fingerprint of the layout", "shape:"):
        assert part in told
    own = Target(small_bundle.base, small_bundle.layout, small_bundle.prototypes, small_bundle.latent)
    assert refusal(edit, own) is None


@pytest.mark.parametrize(("reference", "verdict"), [(0.0, Verdict.ACCEPTED), (1.0, Verdict.WORSE)])
def test_an_edit_is_held_against_the_old_one(
    base: OpenedBase, other_bundle: Bundle, reference: float, verdict: Verdict
) -> None:
    """Accepted only if it is not worse than the old base with its old edit; the reason names both scores."""
    done = run(base, work_of(base.bundle, old=old_edit(other_bundle, reference)))
    assert done.edit is not None
    assert done.edit.after < 1
    assert (done.verdict, done.reference) == (verdict, reference)
    assert f"{done.edit.after:.3f}" in done.reason
    assert ("the old base with its old edit has 1.000" in done.reason) is (verdict is Verdict.WORSE)


def test_the_tolerance_counts(base: OpenedBase, other_bundle: Bundle) -> None:
    """What lies below the bar by less than the tolerance is not worse."""
    bar = run(base, work_of(base.bundle)).edit
    assert bar is not None
    work = work_of(base.bundle, old=old_edit(other_bundle, bar.after + 0.05))
    assert run(base, work, Order(tolerance=0.04)).verdict is Verdict.WORSE
    assert run(base, work, Order(tolerance=0.06)).verdict is Verdict.ACCEPTED


def test_an_old_edit_without_a_score_accepts_nothing(base: OpenedBase, other_bundle: Bundle) -> None:
    """Nobody knows what is to be reached: the reason says how to find out."""
    done = run(base, work_of(base.bundle, old=old_edit(other_bundle, None)))
    assert done.verdict is Verdict.IMPOSSIBLE
    assert "nobody knows what the old edit scores" in done.reason


def one_class(work: Work) -> Work:
    """All examples of one class."""
    training = work.training
    return replace(work, training=examples(training.windows, np.zeros(len(training), np.int64)))


def leaked(work: Work) -> Work:
    """An evaluation example among the training examples."""
    assert work.evaluation is not None
    shown, training = work.evaluation.examples, work.training
    windows = np.concatenate([training.windows, shown.windows[:1]])
    return replace(work, training=examples(windows, np.concatenate([training.labels, shown.labels[:1]])))


def unknown_class(work: Work) -> Work:
    """A label that the base has no score for."""
    return replace(work, training=examples(work.training.windows, work.training.labels + 2))


def other_windows(work: Work) -> Work:
    """Windows of another shape."""
    return replace(work, training=examples(np.zeros((4, 7), np.float32), np.array([0, 1, 0, 1])))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda work: replace(work, training=examples(work.training.windows[:1], work.training.labels[:1])), "too few"),
        (lambda work: replace(work, evaluation=None), "no frozen evaluation set"),
        (one_class, "of one class"),
        (leaked, "(leak)"),
        (unknown_class, "does not know"),
        (other_windows, "no input of the new base"),
    ],
)
def test_what_cannot_be_done_is_said(base: OpenedBase, spoil: object, said: str) -> None:
    """One clear reason, no edit, and nothing raised: other users go on."""
    assert callable(spoil)
    done = run(base, spoil(work_of(base.bundle)))
    assert (done.verdict, done.edit) == (Verdict.IMPOSSIBLE, None)
    assert said in done.reason


def test_the_editor_needs_no_labels(base: OpenedBase) -> None:
    """One class among the examples is nothing to it."""
    assert run(base, one_class(work_of(base.bundle)), Order("editor")).edit is not None


def test_edits_are_signed_with_the_devices_own_key(base: OpenedBase) -> None:
    """The MAC is that of the key that follows from the fleet key and the device's id; no id, no MAC."""
    key, work = bytes(range(32)), work_of(base.bundle)
    done = run(base, work, Order(fleet_key=key))
    assert done.edit is not None
    assert work.device.hardware is not None
    assert done.edit.signed
    assert Edit.parse(done.edit.packed).authentic(device_key(key, work.device.hardware))
    anonymous = run(base, replace(work, device=replace(work.device, hardware=None)), Order(fleet_key=key))
    assert anonymous.edit is not None
    assert not anonymous.edit.signed


CHANGES = {
    "examples": lambda work, order: (replace(work, training=examples(*halved(work))), order),
    "method": lambda work, order: (work, replace(order, method="lora")),
    "tolerance": lambda work, order: (work, replace(order, tolerance=0.5)),
    "codec": lambda work, order: (work, replace(order, codec=Codec.F32)),
    "durable": lambda work, order: (work, replace(order, durable=True)),
    "key": lambda work, order: (work, replace(order, fleet_key=bytes(32))),
    "old": lambda work, order: (replace(work, old=OldEdit(1, b"x", 0, 0)), order),
    "evaluation": lambda work, order: (replace(work, evaluation=other_set(work)), order),
}


def halved(work: Work) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Half of the examples."""
    return work.training.windows[:20], work.training.labels[:20]


def other_set(work: Work) -> EvaluationSet:
    """Another frozen set."""
    assert work.evaluation is not None
    return replace(work.evaluation, digest=bytes(32))


@pytest.mark.parametrize("changed", CHANGES)
def test_a_unit_is_named_by_all_that_it_depends_on(small_bundle: Bundle, changed: str) -> None:
    """Whatever changes its result makes it another unit; the same work is the same unit."""
    work, order = work_of(small_bundle), Order()
    assert work.digest(order, b"base") == work_of(small_bundle).digest(Order(), b"base")
    other, ordered = CHANGES[changed](work, order)
    assert work.digest(order, b"base") != other.digest(ordered, b"base")
    assert work.digest(order, b"base") != work.digest(order, b"esab")


@pytest.mark.parametrize("wrong", [{"method": "magic"}, {"examples": 0}, {"tolerance": 1.0}, {"tolerance": -0.1}])
def test_an_order_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    """Before anything is opened."""
    with pytest.raises(RecompileError, match="cannot be made like this"):
        Order(**wrong)  # type: ignore[arg-type]


def test_labels_of_the_users_are_of_several_classes(small_bundle: Bundle) -> None:
    """The users of these tests are no trivial ones."""
    _, labels = windows_and_labels(small_bundle, 0, 80)
    assert len(np.unique(labels)) > 1
