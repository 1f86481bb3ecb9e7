"""Networks of the registry become int8 devices: C with the reference's bits and nearly the float model's answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.networks.network import adaptive_values, layout_of
from models.networks.registry import make_network
from tests.models.test_networks import SMALL
from toolchain.compile import Compiled, compile_torch
from toolchain.native import NativeModel
from toolchain.reference import Reference
from toolchain.signal import Signal

CLASSES = 3
STEPS = 60
MOST_LOST = 0.02
"""Accuracy that int8 may lose on 300 windows; measured: nothing."""
MOST_MOVED = 0.06
"""Standard deviations of all logits that the median one may move; measured: 0.02 to 0.04."""


@dataclass(frozen=True)
class Case:
    """A trained network, what it became, and windows that it has not seen."""

    network: Any
    compiled: Compiled
    x: torch.Tensor
    y: torch.Tensor

    def elements(self) -> np.ndarray:
        """The windows as the device takes them."""
        graph = self.compiled.model.graph
        return Signal.of(graph.tensors[graph.inputs[0]]).encode(self.x.numpy())


def _windows(shape: tuple[int, ...], count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise over one smooth pattern for each class."""
    chance = torch.Generator().manual_seed(seed)
    places = torch.linspace(0, 1, int(np.prod(shape))).reshape(shape)
    patterns = torch.stack([torch.sin(20 * (k + 1) * places) for k in range(CLASSES)])
    y = torch.randint(CLASSES, (count,), generator=chance)
    return patterns[y] + 1.0 * torch.randn((count, *shape), generator=chance), y


def _trained(name: str) -> Any:
    torch.manual_seed(0)
    network = make_network(name, SMALL[name])
    x, y = _windows(network.input_shape, 64 * STEPS, 1)
    optimiser = torch.optim.Adam(network.parameters(), 5e-3)
    for batch in range(0, len(x), 64):
        optimiser.zero_grad()
        loss = F.cross_entropy(network(x[batch : batch + 64]), y[batch : batch + 64])
        torch.autograd.backward(loss)
        optimiser.step()
    return network.eval()


@pytest.fixture(scope="module", params=SMALL)
def case(request: pytest.FixtureRequest) -> Case:
    """A network, trained for a second, compiled with two prototypes."""
    network = _trained(request.param)
    layout = layout_of(network, 0.1)
    factory = layout.flatten(adaptive_values(network))
    calibration = _windows(network.input_shape, 64, 2)[0]
    compiled = compile_torch(
        network,
        calibration[:1],
        name=request.param,
        layout=layout,
        prototypes=np.stack([factory, factory + np.float32(0.05)]),
        calibration=calibration.numpy(),
    )
    return Case(network, compiled, *_windows(network.input_shape, 300, 3))


@pytest.fixture(scope="module")
def native(case: Case) -> Iterator[NativeModel]:
    """The network's generated C, compiled for this machine."""
    with NativeModel.build(case.compiled.model) as native:
        yield native


def test_device_has_the_reference_s_bits(case: Case, native: NativeModel) -> None:
    """Outputs and int8 embeddings are equal to the bit, with parameters of its own for each window."""
    model, x = native.model, case.elements()[:4]
    banks = np.random.default_rng(0).uniform(-1, 1, (4, model.layout.size)).astype(np.float32)
    batch = native.run((x,), banks)
    expected = [Reference(model).run([window], bank) for window, bank in zip(x, banks, strict=True)]
    assert b"".join(e.output_bytes for e in expected) == batch.outputs[0].tobytes()
    assert batch.embeddings is not None
    assert b"".join(e.embedding.tobytes() for e in expected if e.embedding is not None) == batch.embeddings.tobytes()


def test_device_is_as_good_as_the_float_network(case: Case, native: NativeModel) -> None:
    """Int8 shared layers cost next to no accuracy, and the network has learned something to lose."""
    with torch.no_grad():
        expected = case.network(case.x)
    ours = torch.from_numpy(native.run((case.elements(),)).outputs[0]).reshape(expected.shape)
    float_accuracy = (expected.argmax(1) == case.y).float().mean()
    assert float_accuracy > 0.6
    assert (ours.argmax(1) == case.y).float().mean() >= float_accuracy - MOST_LOST
    # The median, because the quantiser's ranges cut off the few largest activations.
    assert (ours - expected).abs().median() < MOST_MOVED * expected.std()


def test_head_on_the_device_is_float(case: Case, native: NativeModel) -> None:
    """Behind the embedding nothing is rounded: the host's head on decoded embeddings gives the device's logits."""
    model = native.model
    batch = native.run((case.elements(),), model.prototypes[1])
    assert model.embedding is not None
    embeddings = Signal.of(model.graph.tensors[model.embedding]).decode(batch.embeddings)
    named = {name: torch.from_numpy(v) for name, v in model.layout.unflatten(model.prototypes[1]).items()}
    logits = case.network.head(torch.from_numpy(embeddings), named).numpy()
    np.testing.assert_allclose(logits, batch.outputs[0].reshape(logits.shape), atol=1e-4)
