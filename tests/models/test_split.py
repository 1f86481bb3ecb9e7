"""Any module whose adaptive layers are named is a network; names and layers that cannot be are one clear error each."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.errors import NetworkError, TrainedError
from models.networks.flat_head import FlatHead
from models.networks.network import Network, adaptive_values, layout_of
from models.networks.registry import NETWORKS, make_network, register
from models.networks.split import SplitNetwork
from toolchain.compile import compile_torch
from toolchain.native import NativeModel
from toolchain.signal import Signal

EXAMPLE = torch.zeros(2, 3, 20)


class Body(nn.Module):
    """Shared layers with a condition that cannot be recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv1d(3, 8, 5, stride=2), nn.BatchNorm1d(8)

    def forward(self, x: Tensor) -> Tensor:
        """float32 [n, 3, 20] to [n, 8, 8]."""
        if x.abs().max() > 1e6:
            x = x / 2
        return torch.relu(self.norm(self.conv(x)))


class Own(nn.Module):
    """Somebody's module: `head.0` and `head.3` are to be adaptive."""

    def __init__(self, between: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.dense = Body(), nn.Linear(8, 8)
        self.head = nn.Sequential(nn.Linear(8, 6), between or nn.ReLU(), nn.Dropout(0.2), nn.Linear(6, 4))

    def forward(self, x: Tensor) -> Tensor:
        """float32 [n, 3, 20] to logits [n, 4]."""
        features: Tensor = self.head(torch.relu(self.dense(self.body(x).mean(-1))))
        return features


class Traceable(Own):
    """The same with nothing in front that a converter cannot follow."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(3, 8, 5, stride=2), nn.ReLU())


@pytest.fixture
def network() -> SplitNetwork:
    """The module, wrapped, in eval mode."""
    torch.manual_seed(0)
    return SplitNetwork(Own(), ["head.0", "head.3"], EXAMPLE).eval()


def test_named_layers_make_a_network(network: SplitNetwork) -> None:
    """The wrapper shows names, shapes and widths as any network does."""
    assert isinstance(network, Network)
    own = ("head.0.weight", "head.0.bias", "head.3.weight", "head.3.bias")
    assert tuple(f"module.{name}" for name in own) == network.adaptive == tuple(adaptive_values(network))
    assert ((3, 20), 8, "own", {}) == (network.input_shape, network.embedding_size, network.name, network.config())


def test_forward_is_embed_then_head(network: SplitNetwork) -> None:
    """The two parts one after the other give the module's own output, for any batch."""
    x = torch.randn(7, 3, 20)
    own = {name: torch.from_numpy(value) for name, value in adaptive_values(network).items()}
    with torch.no_grad():
        torch.testing.assert_close(network.module(x), network.head(network.embed(x), own))


def test_head_takes_other_parameters_for_many_devices(network: SplitNetwork) -> None:
    """Two devices side by side give what the heads give one by one, with gradients, and the module keeps its own."""
    before = adaptive_values(network)
    head = FlatHead(network, layout_of(network, 1.0))
    flat = torch.randn(2, head.layout.size, requires_grad=True)
    embeddings = torch.randn(2, 5, 8)
    alone = [network.head(embeddings[i], head.named(flat[i])) for i in range(2)]
    logits = head.logits(embeddings, flat)
    torch.testing.assert_close(logits, torch.stack(alone))
    (slope,) = torch.autograd.grad(logits.square().sum(), flat)
    assert slope.abs().min(1).values.shape == (2,)
    assert (slope != 0).float().mean() > 0.5
    for name, value in adaptive_values(network).items():
        np.testing.assert_array_equal(before[name], value)


def test_shared_layers_learn_through_the_wrapper(network: SplitNetwork) -> None:
    """What training changes in the module changes the embedding, because nothing was copied."""
    x = torch.randn(4, 3, 20)
    before = network.embed(x)
    with torch.no_grad():
        network.module.dense.bias += 1.0
    assert (network.embed(x) - before).abs().max() > 0.5


def test_copies_are_independent(network: SplitNetwork) -> None:
    """A deep copy has a seam of its own."""
    twin, x = copy.deepcopy(network), torch.randn(4, 3, 20)
    with torch.no_grad():
        twin.module.dense.bias += 1.0
        torch.testing.assert_close(twin(x), twin.head(twin.embed(x), dict(twin.named_parameters())))
    assert (network.embed(x) - twin.embed(x)).abs().max() > 0.5


def test_each_parameter_is_stored_once(network: SplitNetwork) -> None:
    """The state has the module's names behind the prefix, no second copy of the seam's parts."""
    assert {f"module.{name}" for name in network.module.state_dict()} == set(network.state_dict())


def test_a_container_may_be_named(network: SplitNetwork) -> None:
    """One name for a whole container stands for all parameters in it."""
    assert network.adaptive == SplitNetwork(Own(), ["head"], EXAMPLE).adaptive


def test_a_registered_network_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under its name a trained model finds it; a name can be taken once, an unknown one is told how to register."""
    monkeypatch.setattr("models.networks.registry.NETWORKS", dict(NETWORKS))

    def make(width: int) -> SplitNetwork:
        assert width == 8
        return SplitNetwork(Own(), ["head.0", "head.3"], EXAMPLE, name="mine", config={"width": width})

    with pytest.raises(TrainedError, match=r"'mine'(.|\n)*register"):
        make_network("mine", {"width": 8})
    register("mine", make)
    network = make_network("mine", {"width": 8})
    assert ("mine", {"width": 8}) == (network.name, network.config())
    with pytest.raises(NetworkError, match="mine"):
        register("mine", make)


def test_own_module_becomes_a_device() -> None:
    """The wrapper compiles like any network; the host's head gives the device's logits."""
    torch.manual_seed(0)
    network = SplitNetwork(Traceable(), ["head.0", "head.3"], EXAMPLE).eval()
    layout = layout_of(network, 0.1)
    x = torch.randn(64, 3, 20)
    compiled = compile_torch(
        network,
        x[:1],
        name="own",
        layout=layout,
        prototypes=layout.flatten(adaptive_values(network))[None],
        calibration=x.numpy(),
    )
    graph, bank = compiled.model.graph, np.random.default_rng(0).normal(size=layout.size).astype(np.float32)
    with NativeModel.build(compiled.model) as native:
        batch = native.run((Signal.of(graph.tensors[graph.inputs[0]]).encode(x.numpy()),), bank)
    assert compiled.model.embedding is not None
    embeddings = Signal.of(graph.tensors[compiled.model.embedding]).decode(batch.embeddings)
    named = {name: torch.from_numpy(value) for name, value in layout.unflatten(bank).items()}
    logits = network.head(torch.from_numpy(embeddings), named).numpy()
    np.testing.assert_allclose(logits, batch.outputs[0].reshape(64, 4), atol=1e-4)


class Looping(Own):
    """A condition beside the adaptive layers."""

    def forward(self, x: Tensor) -> Tensor:
        """float32 [n, 3, 20] to logits [n, 4]."""
        features = self.body(x).mean(-1)
        return super().forward(x) if features.sum() > 0 else features


class Twice(Own):
    """The first adaptive layer runs twice."""

    def forward(self, x: Tensor) -> Tensor:
        """float32 [n, 3, 20] to logits [n, 4]."""
        features = self.body(x).mean(-1)
        return self.head[3](self.head[0](features) + self.head[0](features))


class Around(Own):
    """Shared features go around the adaptive layers."""

    def forward(self, x: Tensor) -> Tensor:
        """float32 [n, 3, 20] to logits [n, 4]."""
        features = self.body(x).mean(-1)
        return self.head(torch.relu(self.dense(features))) + features[:, :4]


class Deep(Own):
    """The first adaptive layer sees [n, 8, 8]."""

    def forward(self, x: Tensor) -> Tensor:
        """float32 [n, 3, 20] to logits [n, 4]."""
        return self.head(self.body(x)).mean(1)


def _tied() -> Own:
    module = Own()
    module.head[0] = nn.Linear(8, 8)
    module.head[3] = nn.Linear(8, 4)
    module.head[0].weight = module.dense.weight
    return module


@pytest.mark.parametrize(
    ("make", "layers", "message"),
    [
        (Own, ["haed.0", "head.3"], r"'haed\.0': no such layer; did you mean head\.0"),
        (Own, ["classifier"], r"'classifier': no such layer; did you mean"),
        (Own, ["head.1"], r"'head\.1': a ReLU without parameters; did you mean head"),
        (Own, [""], "no such layer"),
        (Own, [], "no names"),
        (Own, ["head.0", "head.0"], "named twice"),
        (Own, ["head", "head.3"], r"head\.3: named twice"),
        (Own, ["dense"], r"not the last ones(.|\n)*received: head\n"),
        (Own, ["dense", "head.3"], r"not the last ones(.|\n)*head\.0"),
        (lambda: Own(nn.LayerNorm(6)), ["head.0", "head.3"], r"not the last ones(.|\n)*head\.1"),
        (Around, ["head.0", "head.3"], r"not the last ones(.|\n)*reads mean"),
        (Deep, ["head.0", "head.3"], r"no flat vector(.|\n)*\[2, E\](.|\n)*\[2, 8, 8\](.|\n)*flatten"),
        (_tied, ["head.0", "head.3"], r"head\.0\.weight is dense\.weight"),
        (Twice, ["head.0", "head.3"], r"head\.0 runs 2 times"),
        (Looping, ["head.0", "head.3"], r"cannot be recorded(.|\n)*move such code into a submodule"),
        (lambda: nn.Sequential(nn.Linear(20, 4)), ["0"], "nothing is shared"),
    ],
)
def test_layers_that_cannot_be_adaptive_are_refused(
    make: Callable[[], nn.Module], layers: list[str], message: str
) -> None:
    """Unknown names get the nearest ones; layers that are not last, not alone or not behind a vector get the reason."""
    with pytest.raises(NetworkError, match=message):
        SplitNetwork(make(), layers, EXAMPLE)


def test_an_example_of_another_shape_is_refused() -> None:
    """What the module says about a wrong example is part of the error."""
    with pytest.raises(NetworkError, match=r"does not take the example(.|\n)*RuntimeError"):
        SplitNetwork(Own(), ["head.0", "head.3"], torch.zeros(1, 5, 20))
