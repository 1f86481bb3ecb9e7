"""Every network of the registry shows its seam, and name and configuration make it again."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models.errors import NetworkError, TrainedError
from models.networks.conv1d import Conv1d
from models.networks.mlp import Mlp
from models.networks.mobilenetv3 import MobileNetV3
from models.networks.network import Network, adaptive_values, layout_of
from models.networks.registry import make_network

SMALL: dict[str, dict[str, Any]] = {
    "dscnn": {"size": 16, "channels": (4, 6, 8), "embedding": 8, "hidden": 6, "classes": 3},
    "mlp": {"inputs": 12, "shared": (24, 16), "adaptive": (8,), "classes": 3, "dropout": 0.1},
    "conv1d": {"steps": 20, "inputs": 3, "channels": (8, 12), "embedding": 10, "adaptive": (6,), "classes": 3},
    "mobilenetv3": {"size": 16, "width": 4, "embedding": 12, "adaptive": (8,), "classes": 3},
    "spatialcnn": {"size": 16, "channels": (8, 12, 16), "maps": 4, "adaptive": (8,), "classes": 3},
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


@pytest.mark.parametrize("config", [{"kernel": 4}, {"channels": ()}, {"steps": 7}])
def test_windows_too_short_for_the_strides_are_refused(config: dict[str, Any]) -> None:
    """An even kernel, no channels and too few time steps are one clear error."""
    with pytest.raises(NetworkError, match="8 time steps or more" if config.get("channels") is None else "one channel"):
        Conv1d(**config)


@pytest.mark.parametrize(("size", "left"), [(8, 2), (16, 4), (28, 7), (32, 4)])
def test_images_shrink_to_a_few_pixels(size: int, left: int) -> None:
    """What the global average sees is small whatever the image's size, and not one pixel alone."""
    network = MobileNetV3(size=size, width=4).eval()
    assert (left, left) == tuple(network.shared(torch.rand(1, 1, size, size)).shape[2:])


def test_images_of_a_few_pixels_are_refused() -> None:
    """Below eight pixels the strides leave nothing."""
    with pytest.raises(NetworkError, match="8 pixels or more"):
        MobileNetV3(size=4)
