"""Every method makes edits of one kind, and those that say so can be sent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.editor.material import PADDING
from models.rivals.bench import Bench
from models.rivals.edited import Edited
from models.rivals.registry import METHODS
from tests.models.small_bench import small_bench
from toolchain.codecs import Codec
from toolchain.edit import Edit, apply_edit
from toolchain.errors import AdaptiveError

BASE = bytes(range(8))
SENDABLE = [name for name, method in METHODS.items() if method.sendable]
OTHERS = [name for name, method in METHODS.items() if not method.sendable]
UNLABELLED = [name for name, method in METHODS.items() if not method.labelled]
LABELLED = ["persona-labelled"]


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Devices with unequal numbers of windows, and nothing trained yet."""
    return small_bench()


@pytest.fixture(scope="module")
def runs(bench: Bench) -> dict[str, Edited]:
    """What every method made of it."""
    return {name: method.run(bench) for name, method in METHODS.items()}


def test_the_small_bench_has_devices_of_unequal_length(bench: Bench) -> None:
    """Otherwise these tests would say nothing about padding."""
    assert (bench.devices.labels == PADDING).any()
    assert len(set(bench.problem.field.lengths.tolist())) > 3


@pytest.mark.parametrize("name", METHODS)
def test_every_method_edits_every_device(bench: Bench, runs: dict[str, Edited], name: str) -> None:
    """One finite head for each device, from a table whose first row is the factory head; its name is its key."""
    edited = runs[name]
    assert name == METHODS[name].name
    assert (bench.devices.devices, len(bench.base)) == tuple(edited.heads.shape)
    assert edited.heads.isfinite().all()
    torch.testing.assert_close(edited.table[0], bench.base, atol=0, rtol=0)
    assert bench.accuracy(edited.heads).shape == (bench.devices.devices,)


@pytest.mark.parametrize("name", SENDABLE)
def test_a_sendable_edit_reaches_the_device_as_it_is(bench: Bench, runs: dict[str, Edited], name: str) -> None:
    """Within T of each tensor; written as f32, read and applied it makes the same head to the bit."""
    edited = runs[name]
    layout = edited.layout(bench.problem.head.layout)
    assert (edited.deltas.abs() <= torch.from_numpy(layout.clip_vector)).all()
    table = edited.table.numpy()
    for edit, head in zip(edited.edits(layout, BASE, Codec.F32), edited.heads.numpy(), strict=True):
        bank = apply_edit(Edit.parse(edit.pack()), layout=layout, base=BASE, prototypes=table)
        assert head.tobytes() == bank.tobytes()


@pytest.mark.parametrize("name", OTHERS)
def test_what_knows_no_clip_cannot_be_sent(bench: Bench, runs: dict[str, Edited], name: str) -> None:
    """It says so instead of being clipped on the way."""
    with pytest.raises(AdaptiveError, match="clip"):
        runs[name].edits(bench.problem.head.layout, BASE)


@pytest.mark.parametrize("name", UNLABELLED)
def test_unlabelled_methods_see_no_labels(bench: Bench, runs: dict[str, Edited], name: str) -> None:
    """They make the same edits when the scored devices' labels are wrong."""
    labels = torch.where(bench.devices.labels == PADDING, PADDING, (bench.devices.labels + 1) % 4)
    wrong = replace(bench, devices=replace(bench.devices, labels=labels))
    wrong.__dict__.update(
        {key: value for key, value in bench.__dict__.items() if key.startswith("_") or key == "one_head"}
    )
    torch.testing.assert_close(METHODS[name].run(wrong).heads, runs[name].heads, atol=0, rtol=0)


@pytest.mark.parametrize("name", METHODS)
def test_no_method_looks_at_what_it_is_scored_on(bench: Bench, runs: dict[str, Edited], name: str) -> None:
    """The same edits when the evaluation windows of the scored devices are gone (but for the bound in hindsight)."""
    if "hindsight" in name:
        pytest.skip("a bound that is chosen by its score")
    embeddings = bench.devices.embeddings.clone()
    embeddings[:, bench.devices.context :] = 0
    blind = replace(bench, devices=replace(bench.devices, embeddings=embeddings))
    blind.__dict__.update(
        {key: value for key, value in bench.__dict__.items() if key.startswith("_") or key == "one_head"}
    )
    torch.testing.assert_close(METHODS[name].run(blind).heads, runs[name].heads, atol=0, rtol=0)


@pytest.mark.parametrize("name", LABELLED)
def test_labelled_editors_hear_the_labels(bench: Bench, runs: dict[str, Edited], name: str) -> None:
    """Other labels of the context, other edits."""
    labels = torch.where(bench.devices.labels == PADDING, PADDING, (bench.devices.labels + 1) % 4)
    other = replace(bench, devices=replace(bench.devices, labels=labels))
    other.__dict__.update({key: value for key, value in bench.__dict__.items() if key.startswith("_")})
    assert not torch.equal(METHODS[name].run(other).deltas, runs[name].deltas)


def test_a_refused_edit_leaves_the_factory_head(bench: Bench, runs: dict[str, Edited]) -> None:
    """`where` keeps the edits of accepted devices and gives the others row 0 without a delta."""
    accepted = torch.tensor([True, False, True, False, True])
    guarded = runs["persona"].where(accepted)
    torch.testing.assert_close(guarded.heads[accepted], runs["persona"].heads[accepted], atol=0, rtol=0)
    torch.testing.assert_close(guarded.heads[~accepted], bench.base.expand(2, -1), atol=0, rtol=0)


def test_each_tensor_has_a_clip_of_its_own(bench: Bench) -> None:
    """A candidate for T may give one for every tensor; the layout of what was chosen says which."""
    first, second = bench.clips
    assert (first == np.float32(0.1)).all()
    expected = {"fc1.weight": 0.5, "fc1.bias": 0.25, "fc2.weight": 0.5, "fc2.bias": 0.25}
    layout = bench.problem.layout(bench.plan.clips[1])
    assert list(expected.values()) == [tensor.clip for tensor in layout.tensors]
    torch.testing.assert_close(second, torch.from_numpy(layout.clip_vector))


def test_without_prototypes_there_is_the_factory_head_alone(runs: dict[str, Edited]) -> None:
    """The only entry beside it is the factory head again."""
    table = runs["persona-no-prototypes"].table
    assert 2 == len(table)
    torch.testing.assert_close(table[0], table[1], atol=0, rtol=0)


def test_a_bench_trains_each_variant_once(bench: Bench) -> None:
    """The same plan gives the same editor object; what was trained before is not trained again."""
    assert bench.variant(bench.plan) is bench.persona
    assert replace(bench, made=bench.persona).persona is bench.persona


def test_more_prototypes_than_devices_are_no_error(bench: Bench) -> None:
    """Tiny and empty groups borrow their neighbours: every prototype is finite and has an editor."""
    few = replace(
        bench.problem.field,
        **{
            part: getattr(bench.problem.field, part)[:2] for part in ("embeddings", "labels", "frozen", "frozen_labels")
        },
    )
    tiny = replace(bench, problem=replace(bench.problem, field=few), plan=replace(bench.plan, prototypes=5))
    edited = METHODS["persona"].run(tiny)
    assert 6 == len(edited.table)
    assert edited.heads.isfinite().all()
