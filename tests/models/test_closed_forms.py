"""What the closed forms solve is what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from models.editor.material import PADDING
from models.editor.problem import Problem
from models.errors import NetworkError
from models.networks.flat_head import FlatHead
from models.networks.mlp import Mlp
from models.networks.network import layout_of
from models.rivals.alignment import Strength, aligned
from models.rivals.bench import Bench, everywhere
from models.rivals.dense_chain import tangent
from models.rivals.logistic import posterior_mode
from models.rivals.newton import Prior
from models.rivals.ridge import ridge_edits
from tests.models.small_bench import small_bench

VARIANCES = (0.3, 0.2, 0.5)


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Devices with unequal numbers of windows, and nothing trained yet."""
    return small_bench()


@pytest.fixture(scope="module")
def head() -> FlatHead:
    """Three adaptive layers."""
    torch.manual_seed(1)
    network = Mlp(inputs=3, shared=(5,), adaptive=(4, 3), classes=3)
    return FlatHead(network, layout_of(network, 1.0))


@pytest.fixture(scope="module")
def around(head: FlatHead) -> tuple[Tensor, Tensor, Tensor]:
    """Embeddings [2, 4, 5], parameters [2, size] and the derivative of the logits by them, [2, 12, size]."""
    torch.manual_seed(2)
    embeddings, flat = torch.rand(2, 4, 5), torch.randn(2, head.layout.size)
    own = [
        torch.autograd.functional.jacobian(lambda f, x=x: head.logits(x[None], f[None])[0].flatten(), f)
        for x, f in zip(embeddings, flat, strict=True)
    ]
    return embeddings, flat, torch.stack(own)


def test_the_tangent_is_the_derivative(head: FlatHead, around: tuple[Tensor, Tensor, Tensor]) -> None:
    """Logits are those of the head, and move along any direction as automatic differentiation says."""
    embeddings, flat, jacobian = around
    layers = tangent(head, embeddings, flat)
    directions = torch.randn(5, head.layout.size)
    torch.testing.assert_close(layers.logits, head.logits(embeddings, flat))
    torch.testing.assert_close(layers.moves(directions), jacobian @ directions.T, atol=1e-4, rtol=1e-4)


def test_the_kernel_is_the_covariance_of_the_logits(head: FlatHead, around: tuple[Tensor, Tensor, Tensor]) -> None:
    """Kernel and edits are J V J^T and V J^T for one variance V a layer."""
    embeddings, flat, jacobian = around
    layers = tangent(head, embeddings, flat)
    variance = torch.cat(
        [torch.full((t.span.stop - t.span.start,), VARIANCES[i // 2]) for i, t in enumerate(head.layout.tensors)]
    )
    weights = torch.randn(2, 4, 3)
    torch.testing.assert_close(layers.kernel(VARIANCES), (jacobian * variance) @ jacobian.mT, atol=1e-4, rtol=1e-4)
    expected = variance * (weights.flatten(1)[:, None] @ jacobian)[:, 0]
    torch.testing.assert_close(layers.edits(weights, VARIANCES), expected, atol=1e-4, rtol=1e-4)


def test_layers_that_are_not_fully_connected_are_refused(head: FlatHead) -> None:
    """A head that computes something else than its parameters' shapes suggest has no closed form here."""

    class Doubled(FlatHead):
        def logits(self, embeddings: Tensor, flat: Tensor) -> Tensor:
            return 2 * super().logits(embeddings, flat)

    network = Mlp(inputs=3, shared=(5,), adaptive=(4, 3), classes=3)
    odd = Doubled(network, head.layout)
    with pytest.raises(NetworkError, match="closed form"):
        tangent(odd, torch.rand(1, 2, 5), torch.randn(1, head.layout.size))


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_the_mode_is_a_fixed_point(scale: float) -> None:
    """At the most probable logits each real window weighs what is missing to its label, and padding nothing."""
    torch.manual_seed(3)
    features = torch.randn(6, 18, 30) * scale**0.5
    prior, labels = torch.randn(6, 6, 3), torch.randint(0, 3, (6, 6))
    labels[0, 4:] = PADDING
    kernel = features @ features.mT / 30
    weights = posterior_mode(kernel, prior, labels)
    logits = prior + (kernel @ weights.flatten(1)[..., None]).reshape_as(prior)
    missing = F.one_hot(labels.clamp(min=0), 3) - torch.softmax(logits, -1)
    assert not weights[0, 4:].any()
    real = labels != PADDING
    torch.testing.assert_close(weights[real], missing[real], atol=0.02, rtol=0)


def test_a_certain_prior_leaves_no_edit(bench: Bench) -> None:
    """The narrower the prior, the smaller the edit."""
    prior, devices = Prior(bench.problem, bench.base), bench.devices
    norms = [prior.edits(devices.contexts, devices.context_labels, width).norm() for width in (1e-6, 1e-2, 1.0)]
    assert norms == sorted(norms)
    assert norms[0] < 1e-2


def test_the_last_layer_solves_the_logistic_regression(bench: Bench) -> None:
    """In the last layer nothing is approximated: the penalised loss has no slope at the edit, and fc1 stays."""
    prior, devices, width = Prior(bench.problem, bench.base, last_only=True), bench.devices, 0.1
    edits = prior.edits(devices.contexts, devices.context_labels, width).requires_grad_()
    first = next(tensor for tensor in bench.problem.head.layout.tensors if tensor.name == "fc2.weight").offset
    assert not edits[:, :first].any()
    losses = bench.problem.head.losses(devices.contexts, devices.context_labels, bench.base + edits)
    total = (losses * devices.context_lengths).sum() + edits.square().sum() / (2 * width)
    (slope,) = torch.autograd.grad(total, edits)
    assert slope[:, first:].abs().max() < 0.05


def test_padding_is_no_evidence(bench: Bench) -> None:
    """Windows that only fill up change no closed form's edit."""
    devices = bench.devices
    short = devices.labels.clone()
    short[:, 6:] = PADDING
    masked = replace(devices, labels=short, embeddings=devices.embeddings * (short != PADDING)[..., None])
    cut = replace(devices, labels=devices.labels[:, :6], embeddings=devices.embeddings[:, :6], context=6)
    prior, strength = Prior(bench.problem, bench.base), Strength(0.5, 0.5, balanced=True)
    for make in (
        lambda m: prior.edits(m.contexts, m.context_labels, 0.1, 1.0),
        lambda m: ridge_edits(bench.problem.head, bench.base, m.contexts, m.context_labels, pull=1.0, margin=4.0),
        lambda m: aligned(bench, m, bench.base, strength),
    ):
        torch.testing.assert_close(make(masked), make(cut), atol=1e-4, rtol=1e-3)


def test_the_fields_directions_widen_the_prior(bench: Bench) -> None:
    """A device whose labels ask for what field devices asked for comes nearer to its labels with them."""
    prior, in_field = Prior(bench.problem, bench.base), bench.problem.field
    loss = bench.problem.head.losses
    plain, shared = (
        loss(
            in_field.contexts,
            in_field.context_labels,
            bench.base + prior.edits(in_field.contexts, in_field.context_labels, 0.01, weight),
        ).mean()
        for weight in (0.0, 3.0)
    )
    assert shared < plain


def test_ridge_solves_its_normal_equations(bench: Bench) -> None:
    """The edit of the last layer is that of the primal problem, solved window by window of one device."""
    device, pull, margin = bench.devices, 2.0, 4.0
    head = bench.problem.head
    edit = ridge_edits(head, bench.base, device.contexts, device.context_labels, pull=pull, margin=margin)[0]
    layers = tangent(bench.problem.head, device.contexts, everywhere(bench.base, device))
    x, labels = layers.inputs[-1][0], device.context_labels[0]
    missing = margin * (F.one_hot(labels, 4) - 0.25) - layers.logits[0]
    expected = torch.linalg.solve(x.T @ x + pull * torch.eye(x.shape[1]), x.T @ missing).T
    found = bench.problem.head.named(edit)
    torch.testing.assert_close(found["fc2.weight"], expected[:, :-1], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(found["fc2.bias"], expected[:, -1], atol=1e-4, rtol=1e-3)
    assert not found["fc1.weight"].any()


def test_alignment_moves_the_mean_all_the_way(bench: Bench) -> None:
    """With shift 1 the first layer sees the context's mean as the factory's; with strength 0 nothing moves."""
    devices, head = bench.devices, bench.problem.head
    still = aligned(bench, devices, bench.base, Strength(0.0, 0.0, balanced=False))
    torch.testing.assert_close(still, everywhere(bench.base, devices))
    moved = aligned(bench, devices, bench.base, Strength(1.0, 0.0, balanced=False))
    mean = devices.contexts.mean(1, keepdim=True)
    factory = bench.factory.rows[0].mean(0).expand_as(mean)
    torch.testing.assert_close(
        head.logits(mean, moved), head.logits(factory, everywhere(bench.base, devices)), atol=1e-4, rtol=1e-4
    )


def test_a_balanced_reference_has_the_contexts_classes(bench: Bench) -> None:
    """Where the factory knows one class only, both references are the same."""
    rows = replace(bench.factory, labels=torch.where(bench.factory.labels == PADDING, PADDING, 2))
    one = replace(bench, factory=rows, problem=Problem(*_parts(bench)))
    plain, balanced = (aligned(one, bench.devices, bench.base, Strength(0.5, 0.5, balanced=b)) for b in (False, True))
    torch.testing.assert_close(plain, balanced)


def _parts(bench: Bench) -> tuple[object, ...]:
    return bench.problem.network, bench.problem.field, bench.problem.validation
