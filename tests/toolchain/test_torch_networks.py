"""Small torch networks of the families that people run on microcontrollers: converted, compiled, equal everywhere.

The float file that litert-torch writes is compiled as it is. C equals the reference to the bit; both are near TFLite
Micro (transcendental functions and the order of sums differ in the last places).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.hosted import Hosted
from toolchain.compile import compile_tflite
from toolchain.frontends.torch_module import convert_module
from toolchain.golden import random_inputs
from toolchain.graph import DType
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.reference import Reference

torch = pytest.importorskip("torch", reason="the compiler's torch front end needs persona-mcu[compile]")
nn, F = torch.nn, torch.nn.functional

TOLERANCE = 1e-6
"""Of outputs around 1; measured: 6e-8 (encoder), 3e-8 (GRU, LSTM), 0 (the others)."""
VOCABULARY = 20


class Recurrent(nn.Module):
    """A GRU or an LSTM over ten steps, and a layer on its last state."""

    def __init__(self, cell: type[nn.Module]) -> None:
        super().__init__()
        self.cell, self.head = cell(4, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 10, 4] to [1, 3]."""
        return self.head(self.cell(x)[0][:, -1])


class Encoder(nn.Module):
    """One transformer encoder layer and the mean over its positions."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 6, 16] to [1, 16]."""
        return self.layer(x).mean(1)


class Masked(nn.Module):
    """Self-attention over item embeddings that sees no later position, as recommenders use it (SASRec)."""

    def __init__(self) -> None:
        super().__init__()
        self.items, self.places = nn.Embedding(VOCABULARY, 8), nn.Embedding(6, 8)
        self.norm, self.attention = nn.LayerNorm(8), nn.MultiheadAttention(8, 2, batch_first=True)
        self.register_buffer("mask", torch.triu(torch.full((6, 6), float("-inf")), 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """int64 [1, 6] to scores of all items, float32 [1, 20]."""
        seen = self.norm(self.items(x) + self.places.weight)
        found, _ = self.attention(seen, seen, seen, attn_mask=self.mask, need_weights=False)
        return (seen + F.relu(found))[:, -1] @ self.items.weight.T


class Bag(nn.Module):
    """The mean of embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.head = nn.Embedding(VOCABULARY, 8), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """int64 [1, 7] to float32 [1, 3]."""
        return self.head(self.table(x).mean(1))


class Signal(nn.Module):
    """One-dimensional convolutions, one of them depthwise."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(3, 8, 3, stride=2, padding=1), nn.Conv1d(8, 8, 3, padding=1, groups=8)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 3, 16] to [1, 3]."""
        return self.head(F.relu(self.second(F.relu(self.first(x)))).mean(-1))


class Mobile(nn.Module):
    """A MobileNetV3 block: hard-swish, squeeze and excite, a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.Hardswish())
        self.expand, self.depthwise = nn.Conv2d(8, 16, 1), nn.Conv2d(16, 16, 3, 1, 1, groups=16)
        self.squeeze, self.excite = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)
        self.project, self.head = nn.Conv2d(16, 8, 1), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 3, 16, 16] to [1, 3]."""
        x = self.stem(x)
        y = F.hardswish(self.depthwise(F.hardswish(self.expand(x))))
        y = y * F.hardsigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(y, 1)))))
        return self.head((x + self.project(y)).mean((2, 3)))


NETWORKS = {
    "gru": (lambda: Recurrent(nn.GRU), (1, 10, 4)),
    "lstm": (lambda: Recurrent(nn.LSTM), (1, 10, 4)),
    "encoder": (Encoder, (1, 6, 16)),
    "masked_attention": (Masked, (1, 6)),
    "embedding": (Bag, (1, 7)),
    "conv1d": (Signal, (1, 3, 16)),
    "mobilenet_v3": (Mobile, (1, 3, 16, 16)),
}


def _windows(model: Model, count: int = 4) -> list[list[np.ndarray]]:
    """Random inputs; integers are words of the vocabulary."""
    arrays = random_inputs(model, count)
    kinds = [model.graph.tensors[i].dtype for i in model.graph.inputs]
    arrays = tuple(a if k is DType.FLOAT32 else np.abs(a % VOCABULARY) for a, k in zip(arrays, kinds, strict=True))
    return [[a[i] for a in arrays] for i in range(count)]


@pytest.mark.parametrize("name", NETWORKS)
def test_network_compiles_and_agrees(name: str, tmp_path: Path) -> None:
    """Generated C and reference give the same bits in every tensor; their output is TFLite Micro's within 1e-6."""
    torch.manual_seed(0)
    make, shape = NETWORKS[name]
    example = torch.randint(0, VOCABULARY, shape) if len(shape) == 2 else torch.randn(shape)
    data = convert_module(make().eval(), example, {})
    model = compile_tflite(data, name).model
    windows, oracle, reference = _windows(model), open_oracle("tflite_micro", data), Reference(model)
    for window, found in zip(windows, Hosted(model, tmp_path).run(windows), strict=True):
        expected = reference.run(window)
        np.testing.assert_allclose(expected.outputs[0], oracle.run(window)[0], rtol=0, atol=TOLERANCE)
        for index, ours in found.items():
            np.testing.assert_array_equal(expected.tensors[index].view(ours.dtype).tobytes(), ours.tobytes())
