"""The prototype that is learned under an alignment."""

from __future__ import annotations

import pytest
import torch

from models.editor.aligned_head import AlignedHead
from models.rivals.aligned_prototype import aligned_prototype, anchored_prototype
from models.rivals.bench import Bench
from tests.models.small_bench import small_bench


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Devices of unequal length."""
    return small_bench()


def aligned(bench: Bench, strength: float) -> AlignedHead:
    """Not trained."""
    return AlignedHead(bench.problem.head, bench.base, bench.problem.field, strength)


def test_at_full_strength_a_device_mean_meets_the_mean_device(bench: Bench) -> None:
    """What the first layer makes of a context's mean is what the factory's makes of the mean device."""
    one = aligned(bench, 1.0)
    material = bench.devices
    weight, bias = one.head.layout.tensors[:2]
    heads = bench.base + one.shift(material.contexts, material.context_lengths)
    means = material.contexts.sum(1) / material.context_lengths[:, None]
    matrix = bench.base[weight.span].reshape(weight.shape)
    expected = (one.centre @ matrix.T + bench.base[bias.span]).expand(material.devices, -1)
    assert torch.allclose(expected, means @ matrix.T + heads[:, bias.span], atol=1e-5)


def test_an_alignment_edits_the_first_bias_alone(bench: Bench) -> None:
    """All other floats stay those of the prototype."""
    one = aligned(bench, 0.5)
    bias = one.head.layout.tensors[1]
    shift = one.shift(bench.devices.contexts, bench.devices.context_lengths)
    assert shift[:, bias.span].abs().max() > 0
    assert not shift[:, : bias.offset].any()
    assert not shift[:, bias.offset + bias.size :].any()


def test_the_control_gives_every_device_the_same_head(bench: Bench) -> None:
    """Without alignment there is no edit, and one head for all."""
    edited = anchored_prototype(bench)
    assert not edited.deltas.any()
    assert torch.equal(edited.heads[0].expand_as(edited.heads), edited.heads)


def test_devices_differ_only_by_their_alignment(bench: Bench) -> None:
    """All start from row 1 and stay within T of it."""
    edited = aligned_prototype(bench)
    assert (edited.prototypes == 1).all()
    assert (edited.deltas.abs() <= edited.clip).all()
    assert edited.deltas.any()
