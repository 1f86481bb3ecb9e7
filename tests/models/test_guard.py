"""The guard lets through what wins on the frozen windows, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.editor.material import PADDING, Material
from models.rivals.bench import Bench
from models.rivals.edited import Edited
from models.rivals.guard import Hits, chosen_margin, guard, hits
from models.rivals.redrawn import redrawn
from tests.models.small_bench import small_bench


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Five devices with five frozen windows each."""
    return small_bench()


def always(bench: Bench, label: int) -> Edited:
    """Heads that say `label` whatever they see."""
    heads = torch.zeros(bench.devices.devices, len(bench.base))
    bench.problem.head.named(heads)["fc2.bias"][:, label] = 1.0
    return Edited.around(bench.base, heads, torch.full_like(bench.base, torch.inf))


def frozen_all(bench: Bench, label: int) -> Bench:
    """The same bench with frozen windows of one class."""
    material = bench.devices
    labels = torch.full_like(material.frozen_labels, label)
    return replace(bench, devices=replace(material, frozen_labels=labels))


@pytest.mark.parametrize(
    ("won", "lost", "errors", "expected"),
    [(1, 0, 0.0, True), (0, 0, 0.0, False), (2, 2, 0.0, False), (4, 0, 2.0, False), (5, 0, 2.0, True)],
)
def test_an_edit_has_to_win_by_more_than_its_margin(*, won: int, lost: int, errors: float, expected: bool) -> None:
    """Four to nothing is no more than two standard deviations, five to nothing is."""
    assert expected is bool(Hits(torch.tensor([won]), torch.tensor([lost])).accepted(errors)[0])


def test_what_is_wrong_on_the_frozen_windows_is_refused(bench: Bench) -> None:
    """An edit that always says another class than theirs."""
    assert not guard(frozen_all(bench, 1), always(bench, 2)).any()


def test_what_wins_on_the_frozen_windows_is_accepted(bench: Bench) -> None:
    """An edit that is right on all of them, on each device on which the factory head is mostly wrong."""
    own = frozen_all(bench, 1)
    found = hits(own, own.devices, always(own, 1).heads)
    assert torch.equal(found.accepted(chosen_margin(own)), guard(own, always(own, 1)))
    assert not found.lost.any()
    assert torch.equal(guard(own, always(own, 1)), found.won > chosen_margin(own) ** 2)


def test_no_edit_wins_nothing(bench: Bench) -> None:
    """The factory head itself is refused, which changes nothing."""
    unedited = Edited.around(bench.base, bench.base.expand(bench.devices.devices, -1), bench.clips[0])
    assert not guard(bench, unedited).any()


def test_without_frozen_windows_nothing_is_accepted(bench: Bench) -> None:
    """Neither where there are none at all nor where they are padding."""
    material = bench.devices
    padded = replace(material, frozen_labels=torch.full_like(material.frozen_labels, PADDING))
    none = Material(material.embeddings, material.labels, material.context, material.step)
    for devices in (padded, none):
        assert not guard(replace(bench, devices=devices), always(bench, 1)).any()


def test_the_margin_is_chosen_without_the_scored_devices(bench: Bench) -> None:
    """Other devices to be scored, the same margin."""
    assert chosen_margin(bench) == chosen_margin(replace(bench, devices=bench.factory))


def test_contexts_are_redrawn_from_the_windows_of_the_device(bench: Bench) -> None:
    """Each copy has the same windows in context and frozen together, and the same scored ones."""
    material = bench.problem.validation
    copies, d = redrawn(material, 3, 0), material.devices
    assert (3 * d, material.context) == (copies.devices, copies.context)
    torch.testing.assert_close(copies.embeddings[:d], material.embeddings, atol=0, rtol=0)

    def sums(own: Material, at: int) -> torch.Tensor:
        part = slice(at, at + d)
        return own.contexts[part].sum((1, 2)) + own.frozen[part].sum((1, 2))

    for at in (d, 2 * d):
        torch.testing.assert_close(sums(copies, at), sums(copies, 0))
        torch.testing.assert_close(copies.targets[0][at : at + d], material.targets[0], atol=0, rtol=0)
        assert not torch.equal(copies.contexts[at : at + d], material.contexts)


def test_devices_without_frozen_windows_keep_their_context(bench: Bench) -> None:
    """There is nothing to draw from."""
    material = bench.devices
    none = Material(material.embeddings, material.labels, material.context, material.step)
    assert redrawn(none, 3, 0) is none
