"""What gradient descent may change, and how far."""

from __future__ import annotations

import pytest
import torch

from models.rivals.bench import Bench
from models.rivals.descent import STOPS, context_loss, descend
from models.rivals.lora import Factors, lora
from models.rivals.registry import METHODS
from tests.models.small_bench import small_bench


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Devices with unequal numbers of windows, and nothing trained yet."""
    return small_bench()


def test_descent_lowers_the_loss_of_the_context(bench: Bench) -> None:
    """Heads come after each stop, each nearer to the labels than the one before."""
    flat = bench.base.repeat(5, 1).requires_grad_()
    loss = context_loss(bench.problem.head, bench.devices)
    runs = list(descend(loss, [flat], lambda: flat, 3e-3))
    assert len(STOPS) == len(runs)
    losses = [float(loss(heads)) for heads in (bench.base.expand(5, -1), *runs)]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_factors_have_their_rank(bench: Bench, rank: int) -> None:
    """Every matrix's edit has this rank once both factors are there, and biases have none."""
    head = bench.problem.head
    factors = Factors(head.layout, 3, rank, 0)
    assert not factors.edits().any()
    with torch.no_grad():
        for parameter in factors.parameters:
            parameter.copy_(torch.randn_like(parameter))
    named = head.named(factors.edits().detach())
    for name in ("fc1", "fc2"):
        assert [rank] * 3 == torch.linalg.matrix_rank(named[f"{name}.weight"], tol=1e-4).tolist()
        assert not named[f"{name}.bias"].any()


def test_lora_leaves_the_biases_alone(bench: Bench) -> None:
    """Also behind the choice of rank and T."""
    named = bench.problem.head.named(lora(bench).deltas)
    assert not named["fc1.bias"].any()
    assert not named["fc2.bias"].any()


@pytest.mark.parametrize("name", ["projected-fine-tuning", "projected-field-fine-tuning"])
def test_projected_fine_tuning_stays_within_a_candidate_for_t(bench: Bench, name: str) -> None:
    """Its T is one of the candidates, and no float is farther from the last row of the table."""
    edited = METHODS[name].run(bench)
    assert any(torch.equal(edited.clip, clip) for clip in bench.clips)
    assert ((edited.heads - edited.table[-1]).abs() <= edited.clip + 1e-6).all()
