"""The DS-CNN names its adaptive layers and shows the seam in front of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.errors import TrainedError
from models.networks.dscnn import DsCnn
from models.networks.flat_head import FlatHead
from models.networks.network import Network, adaptive_values, layout_of
from models.networks.registry import make_network
from toolchain.frontends.torch_module import convert_module
from toolchain.tflite.reader import read_model


@pytest.fixture
def network() -> DsCnn:
    """A network with weights and batch-norm statistics that are not trivial."""
    torch.manual_seed(0)
    network = DsCnn()
    for _ in range(3):
        network(torch.rand(8, 16, 16, 1))
    return network.eval()


def test_adaptive_names_are_parameters(network: DsCnn) -> None:
    """The names are those of `named_parameters`, in layout order, and at most 1,400 floats."""
    assert isinstance(network, Network)
    assert network.adaptive == ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")
    assert tuple(adaptive_values(network)) == network.adaptive
    assert 1000 <= layout_of(network, 1.0).size <= 1400
    assert network.embedding_size <= 48


def test_forward_is_embed_then_head(network: DsCnn) -> None:
    """Shared and adaptive part one after the other give the whole network's output."""
    x = torch.rand(5, 16, 16, 1)
    own = {name: torch.from_numpy(value) for name, value in adaptive_values(network).items()}
    with torch.no_grad():
        torch.testing.assert_close(network.head(network.embed(x), own), network(x))


def test_flat_head_gives_each_device_its_own_parameters(network: DsCnn) -> None:
    """Two devices side by side give what the heads give one by one."""
    head = FlatHead(network, layout_of(network, 1.0))
    flat = torch.randn(2, head.layout.size)
    embeddings = torch.randn(2, 7, network.embedding_size)
    alone = [network.head(embeddings[i], head.named(flat[i])) for i in range(2)]
    torch.testing.assert_close(head.logits(embeddings, flat), torch.stack(alone))


def test_adaptive_values_are_copies(network: DsCnn) -> None:
    """Changing what was handed out does not change the network."""
    adaptive_values(network)["fc2.bias"][:] = 99
    assert not (adaptive_values(network)["fc2.bias"] == 99).any()


def test_registry_makes_the_same_network(network: DsCnn) -> None:
    """Name and configuration are enough to load the weights again."""
    make_network(network.name, network.config()).load_state_dict(network.state_dict())


@pytest.mark.parametrize(("name", "config"), [("resnet", {}), ("dscnn", {"depth": 3})])
def test_unknown_networks_are_refused(name: str, config: dict[str, int]) -> None:
    """A name or an argument of another version is one clear error."""
    with pytest.raises(TrainedError, match=name):
        make_network(name, config)


def test_the_converter_leaves_only_the_expected_operators(network: DsCnn) -> None:
    """No transpose in front of the mean, and all four adaptive tensors still there with their values."""
    graph = read_model(convert_module(network, torch.rand(1, 16, 16, 1), {}), "dscnn")
    kinds = {str(operator.kind) for operator in graph.operators}
    assert kinds <= {"PAD", "CONV_2D", "DEPTHWISE_CONV_2D", "MEAN", "FULLY_CONNECTED"}
    constants = [tensor.data for tensor in graph.tensors if tensor.data is not None]
    for value in adaptive_values(network).values():
        assert any(c.shape == value.shape and np.array_equal(c, value) for c in constants)
