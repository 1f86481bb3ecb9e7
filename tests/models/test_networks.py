"""Every network of the registry shows its seam, and name and configuration make it again."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models.errors import NetworkError, TrainedError
from models.networks.mlp import Mlp
from models.networks.network import Network, adaptive_values, layout_of
from models.networks.registry import make_network

SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"inputs": 9, "shared": (8, 6), "adaptive": (5,), "classes": 3, "dropout": 0.5},
}


@pytest.fixture(params=SMALL)
def network(request: pytest.FixtureRequest) -> Any:
    """A small network with batch-norm statistics that are not trivial."""
    torch.manual_seed(0)
    network = make_network(request.param, SMALL[request.param])
    for _ in range(3):
        network(torch.rand(8, *network.input_shape))
    return network.eval()


def test_adaptive_names_are_parameters(network: Any) -> None:
    """The names are those of `named_parameters`, two for each layer, and the layout holds them."""
    assert isinstance(network, Network)
    values = adaptive_values(network)
    assert network.adaptive == tuple(values) == ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")
    assert sum(value.size for value in values.values()) == layout_of(network, 1.0).size


def test_forward_is_embed_then_head(network: Any) -> None:
    """Shared and adaptive part one after the other give the whole network's output."""
    x = torch.rand(5, *network.input_shape)
    own = {name: torch.from_numpy(value) for name, value in adaptive_values(network).items()}
    with torch.no_grad():
        embedding = network.embed(x)
        torch.testing.assert_close(network.head(embedding, own), network(x))
    assert (5, network.embedding_size) == tuple(embedding.shape)


def test_registry_makes_the_same_network(network: Any) -> None:
    """Name and configuration, lists in the place of tuples as JSON has them, are enough to load the weights again."""
    config = {key: list(value) if isinstance(value, tuple) else value for key, value in network.config().items()}
    again = make_network(network.name, config)
    again.load_state_dict(network.state_dict())
    assert again.config() == network.config()


def test_an_adaptive_part_may_be_one_layer() -> None:
    """Without hidden widths the last layer alone is adaptive."""
    assert ("fc1.weight", "fc1.bias") == Mlp(adaptive=()).adaptive


@pytest.mark.parametrize("config", [{"shared": ()}, {"inputs": 0}, {"shared": (4, 0)}, {"adaptive": (0,)}])
def test_impossible_widths_are_refused(config: dict[str, Any]) -> None:
    """A width of nothing is one clear error, from the class and from the registry."""
    with pytest.raises(NetworkError, match="expected"):
        Mlp(**config)
    with pytest.raises(TrainedError, match="mlp"):
        make_network("mlp", config)
