"""What the rivals of a trained model make of its held-out devices."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.editor.fit import Plan
from models.rivals.bench import Bench, everywhere
from models.rivals.registry import METHODS
from models.trained import Trained
from tests.models.small_bench import small_bench

CLIPPED_AROUND_BASE = ("base", "alignment", "projected-fine-tuning")


@pytest.fixture(scope="module")
def bench(trained: Trained) -> Bench:
    """The small model and its held-out devices."""
    return Bench.of(trained)


def test_base_is_the_network_itself(bench: Bench) -> None:
    """The first row's accuracy is that of the network's own head on the same embeddings."""
    embeddings, labels = bench.devices.targets
    network = bench.problem.network
    with torch.no_grad():
        logits = network.fc2(torch.relu(network.fc1(embeddings)))
    expected = (logits.argmax(-1) == labels).float().mean(1)
    torch.testing.assert_close(bench.accuracy(METHODS["base"].run(bench).heads), expected)


@pytest.mark.parametrize("name", CLIPPED_AROUND_BASE)
def test_edits_of_rivals_obey_the_clip(bench: Bench, name: str) -> None:
    """What a rival changes about the factory head is within T."""
    edit = METHODS[name].run(bench).heads - bench.problem.base
    assert (edit.abs() <= bench.clip + 1e-6).all()


def test_persona_obeys_the_clip_around_a_prototype(bench: Bench) -> None:
    """Each edited head is within T of a row of the table that is not the factory head."""
    heads = METHODS["persona"].run(bench).heads
    distance = (heads[:, None] - torch.from_numpy(bench.persona.table)[1:]).abs() - bench.clip
    assert (distance.amax(-1).amin(1) <= 1e-6).all()


def test_the_code_on_the_wire_makes_nearly_the_same_heads(bench: Bench) -> None:
    """What a device decodes from the int8 code obeys T, and is as near to the edit as 1/127 of a code lets it."""
    edited, decoded = (METHODS[name].run(bench).heads for name in ("persona", "persona-latent"))
    latent, layout = bench.persona.editor.latent, bench.layout
    bound = torch.from_numpy(latent.rounding_bound(layout)) + 1e-5
    assert ((edited - decoded).abs() <= bound).all()
    assert not torch.equal(edited, decoded)


def test_unlabelled_methods_see_no_labels(bench: Bench) -> None:
    """Persona, its prototypes and the alignment give the same heads when the context's labels are wrong."""
    wrong = replace(bench, devices=replace(bench.devices, labels=(bench.devices.labels + 1) % 10))
    for name in ("persona", "persona-latent", "prototype-only", "alignment"):
        torch.testing.assert_close(METHODS[name].run(wrong).heads, METHODS[name].run(bench).heads, atol=0, rtol=0)


def test_field_head_may_learn_as_long_as_a_prototype() -> None:
    """A plan with more steps for a prototype's head is one more candidate, and the validation devices decide."""
    bench = small_bench()
    longer = replace(bench, plan=replace(bench.plan, head=Plan(400, devices=8, targets=16, dropout=0.1)))
    short, long = (b.validate(everywhere(b.field_head, b.problem.validation)) for b in (small_bench(), longer))
    assert long >= short
