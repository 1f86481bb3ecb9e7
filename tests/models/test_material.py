"""Devices with different numbers of windows side by side: what fills the gaps counts for nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.editor.fit import Lesson, Plan, draw
from models.editor.material import PADDING, Material
from models.errors import FleetError
from models.networks.dscnn import DsCnn
from models.networks.flat_head import FlatHead
from models.networks.network import layout_of

COUNTS = (9, 40, 23)
HEAD = FlatHead(DsCnn(), layout_of(DsCnn(), 1.0))


def _material(counts: tuple[int, ...] = COUNTS, context: int = 8) -> Material:
    rng = np.random.default_rng(0)
    embeddings = [rng.normal(size=(n, 32)).astype(np.float32) for n in counts]
    return Material.of(embeddings, [rng.integers(0, 10, n) for n in counts], context, 0.1)


def test_padding_lies_behind_the_windows() -> None:
    """Every device keeps its windows in their order; lengths say how many they are; no frozen windows is fine."""
    material = _material()
    assert list(COUNTS) == material.lengths.tolist()
    assert (3, 40, 32) == tuple(material.embeddings.shape)
    assert (material.labels[0, 9:] == PADDING).all()
    assert not material.embeddings[0, 9:].any()
    assert (sum(COUNTS), sum(COUNTS) - 24) == (len(material.rows[1]), len(material.target_rows[1]))
    assert (3, 0, 32) == tuple(material.frozen.shape)


def test_frozen_windows_are_padded_too() -> None:
    """A device without any has a row of padding."""
    rng = np.random.default_rng(0)
    windows = [rng.normal(size=(n, 4)).astype(np.float32) for n in (5, 6)]
    labels = [np.zeros(len(w), np.int64) for w in windows]
    material = Material.of(windows, labels, 2, 0.1, [windows[0], windows[0][:0]], [labels[0], labels[0][:0]])
    assert (2, 5, 4) == tuple(material.frozen.shape)
    assert (material.frozen_labels[1] == PADDING).all()


def test_accuracy_and_loss_are_those_of_each_device_alone() -> None:
    """Beside longer devices every device scores what it scores alone."""
    material, flat = _material(), torch.randn(3, HEAD.layout.size)
    together = HEAD.accuracy(*material.targets, flat), HEAD.losses(*material.targets, flat)
    for i, count in enumerate(COUNTS):
        e, y = (part[i : i + 1, : count - 8] for part in material.targets)
        torch.testing.assert_close(together[0][i : i + 1], HEAD.accuracy(e, y, flat[i : i + 1]))
        torch.testing.assert_close(together[1][i : i + 1], HEAD.losses(e, y, flat[i : i + 1]))


def test_batches_hold_real_windows_without_overlap() -> None:
    """Contexts and targets of a batch are different windows of one device; a short one is divided in halves."""
    material = _material()
    marked = Material(
        torch.arange(3 * 40).reshape(3, 40, 1).float() + 1, material.labels, material.context, material.step
    )
    lesson = Lesson(HEAD, torch.zeros(HEAD.layout.size), marked, torch.ones(3))
    torch.manual_seed(0)
    for _ in range(20):
        batch = draw(lesson, Plan(1, targets=16), 8)
        for i in range(3):
            context = batch.context[i, : batch.lengths[i], 0].tolist()
            targets = batch.targets[i, batch.labels[i] != PADDING, 0].tolist()
            device = int(context[0] - 1) // 40
            assert min(8, COUNTS[device] // 2) == len(context)
            assert min(16, COUNTS[device] - len(context)) == len(targets)
            assert len({*context, *targets}) == len(context) + len(targets)
            assert all(40 * device < value <= 40 * device + COUNTS[device] for value in (*context, *targets))
            assert (batch.context_labels[i, batch.lengths[i] :] == PADDING).all()


def test_contexts_of_short_devices_are_left_out() -> None:
    """A device counts in as many contexts as it fills, and always in the first."""
    held = [whole.tolist() for _, _, whole in _material((5, 24, 17)).split_contexts()]
    assert [[True, True, True], [False, True, True], [False, True, False]] == held


@pytest.mark.parametrize(("counts", "context"), [((), 4), ((3, 0), 2), ((3, 5), 6), ((3, 5), 0)])
def test_devices_that_cannot_be_are_refused(counts: tuple[int, ...], context: int) -> None:
    """No device, a device without windows, no context or one longer than every device."""
    with pytest.raises(FleetError, match="device"):
        _material(counts, context)


def test_windows_without_labels_are_refused() -> None:
    """As many labels as windows, whatever the device."""
    with pytest.raises(FleetError, match="labels"):
        Material.of([np.zeros((3, 2), np.float32)], [np.zeros(4, np.int64)], 1, 0.1)
