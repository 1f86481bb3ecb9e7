"""SASRec, GRU4Rec and DIN: their adaptive layers, and what becomes of them on a device."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.networks.din import Din, cut
from models.networks.gru4rec import Gru4Rec
from models.networks.network import Network, adaptive_values
from models.networks.ranker import Ranker, sampled_loss
from models.networks.registry import make_network
from models.networks.sasrec import SasRec
from models.sequences.device import compile_ranker, decoded_table, embedding_table
from models.sequences.training import as_module
from toolchain.native import NativeModel
from toolchain.oracles import open_oracle
from toolchain.reference import Reference

ITEMS = 50
MAKERS = {"sasrec": SasRec, "gru4rec": Gru4Rec, "din": Din}


def make(name: str) -> Ranker:
    """A small network with embeddings large enough to matter."""
    torch.manual_seed(0)
    network: Ranker = MAKERS[name](ITEMS, length=5, width=32)
    module = as_module(network).eval()
    with torch.no_grad():
        network.table.mul_(0.3 / network.table.std())
    for parameter in module.parameters():
        parameter.requires_grad = False
    return network


def inputs(network: Ranker, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Random inputs, some of them padded in front."""
    chance = np.random.default_rng(0)
    found = chance.integers(1, ITEMS + 1, (count, *network.input_shape)).astype(np.int32)
    found[: count // 2, :2] = 0
    return found


@pytest.mark.parametrize(("name", "size"), [("sasrec", 2112), ("gru4rec", 2112), ("din", 16641)])
def test_the_adaptive_layers_are_those_of_the_paper(name: str, size: int) -> None:
    """At width 32 the tower has 2,112 parameters and DIN's MLP 16,641; `make_network` makes the same network again."""
    network = make(name)
    assert sum(value.size for value in adaptive_values(network).values()) == size
    again = make_network(name, network.config())
    assert isinstance(again, Network)
    assert again.config() == network.config()


@pytest.mark.parametrize("name", MAKERS)
def test_head_and_forward_agree(name: str) -> None:
    """`head` behind `embed` with the network's own parameters is `forward`."""
    network = make(name)
    x = torch.from_numpy(inputs(network, 6)).long()
    own = {key: torch.from_numpy(value) for key, value in adaptive_values(network).items()}
    assert torch.allclose(network.head(network.embed(x), own), as_module(network)(x), atol=1e-6)


@pytest.mark.parametrize("make_one", [SasRec, Gru4Rec])
def test_a_state_knows_nothing_of_later_items(make_one: type[SasRec | Gru4Rec]) -> None:
    """Changing the last item changes the last state alone; `embed` is that state."""
    torch.manual_seed(0)
    network = make_one(ITEMS, length=5, width=8).eval()
    windows = torch.tensor([[0, 3, 4, 5, 6]])
    changed = torch.tensor([[0, 3, 4, 5, 7]])
    before, after = network.states(windows), network.states(changed)
    assert torch.allclose(before[:, :-1], after[:, :-1], atol=1e-6)
    assert not torch.allclose(before[:, -1], after[:, -1], atol=1e-6)
    assert torch.allclose(network.embed(windows), before[:, -1], atol=1e-5)


def test_din_adds_nothing_for_padding() -> None:
    """Zeros in front of a window leave the interest as it is."""
    network = make("din")
    candidate = torch.tensor([[4]])
    short = network.features(torch.tensor([[0, 0, 1, 2, 3]]), candidate)
    assert not torch.allclose(short, network.features(torch.tensor([[0, 7, 1, 2, 3]]), candidate))
    assert torch.equal(network.table[0], torch.zeros(32))


def test_a_window_is_cut_behind_an_item() -> None:
    """What came after the item goes, zeros come in front."""
    windows = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])
    assert cut(windows, torch.tensor([[1], [3]])).tolist() == [[0, 0, 1, 2], [5, 6, 7, 8]]


def test_a_target_is_no_negative_of_its_own() -> None:
    """A negative that is the target itself does not count against it."""
    table = torch.randn(10, 4)
    users, targets = torch.randn(3, 4), torch.tensor([1, 2, 3])
    alone = sampled_loss(users, targets, torch.tensor([7]), table)
    assert torch.allclose(sampled_loss(users[:1], targets[:1], torch.tensor([1]), table), torch.tensor(0.0))
    assert float(alone) > 0


@pytest.mark.parametrize("name", MAKERS)
def test_a_device_computes_the_network(name: str) -> None:
    """The compiled network has an int8 table and a float island; its bits are the reference's and TFLite Micro's."""
    network = make(name)
    x = inputs(network, 64)
    compiled = compile_ranker(network, x)
    kinds = [op.kind for op in compiled.model.graph.operators]
    assert embedding_table(compiled).nbytes == (ITEMS + 1) * 32
    assert kinds[-3:] == ["FULLY_CONNECTED", "TANH", "FULLY_CONNECTED"]
    heads = np.random.default_rng(1).normal(size=(8, compiled.model.layout.size)).astype(np.float32) * 0.1
    reference = Reference(compiled.model)
    with NativeModel.build(compiled.model) as native:
        batch = native.run((x[:8, None],), heads)
        plain = native.run((x[:, None],)).outputs[0]
    oracle = open_oracle("tflite_micro", compiled.tflite)
    assert batch.embeddings is not None
    for row, embedding in zip(x, batch.embeddings, strict=False):
        oracle.run([row[None]])
        assert oracle.tensor(compiled.model.embedding or 0).tobytes() == embedding.tobytes()
    for row, head, output in zip(x, heads, batch.outputs[0], strict=False):
        assert reference.run([row[None]], head).output_bytes == output.tobytes()
    with torch.no_grad():
        wanted = as_module(network)(torch.from_numpy(x).long()).numpy()
    assert np.corrcoef(plain.ravel(), wanted.ravel())[0, 1] > 0.98
    assert np.corrcoef(decoded_table(compiled).ravel(), network.table.numpy().ravel())[0, 1] > 0.99
