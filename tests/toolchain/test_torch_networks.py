"""Small torch networks of the families that people run on microcontrollers: converted, compiled, equal everywhere.

The float file that litert-torch writes is compiled as it is: C equals the reference to the bit, and both are near
TFLite Micro, whose transcendental functions differ in the last places. Quantised to int8, all three are equal.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.hosted import Hosted
from toolchain.compile import compile_tflite
from toolchain.frontends.quiet import converter
from toolchain.frontends.torch_module import convert_module
from toolchain.golden import random_inputs
from toolchain.graph import DType
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.reference import Inference, Reference
from toolchain.tflite.reader import read_model

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
    arrays = tuple(np.abs(a % VOCABULARY) if k is DType.INT32 else a for a, k in zip(arrays, kinds, strict=True))
    return [[a[i] for a in arrays] for i in range(count)]


@lru_cache
def _converted(name: str) -> bytes:
    """The float .tflite file of a network."""
    torch.manual_seed(0)
    make, shape = NETWORKS[name]
    example = torch.randint(0, VOCABULARY, shape) if len(shape) == 2 else torch.randn(shape)
    return convert_module(make().eval(), example, {})


def _quantised(data: bytes, folder: Path) -> bytes:
    """The same in int8, all of it, with ranges of random inputs."""
    from ai_edge_quantizer import quantizer, recipe

    chance, graph = np.random.default_rng(0), read_model(data)
    tensors = [graph.tensors[i] for i in graph.inputs]
    (folder / "float.tflite").write_bytes(data)
    work = quantizer.Quantizer(str(folder / "float.tflite"), recipe.static_wi8_ai8())
    with converter("ai-edge-quantizer"):
        samples = [
            {
                f"args_{i}": chance.normal(size=t.shape).astype(np.float32)
                if t.dtype is DType.FLOAT32
                else chance.integers(0, VOCABULARY, t.shape).astype(t.dtype.numpy)
                for i, t in enumerate(tensors)
            }
            for _ in range(16)
        ]
        work.quantize(work.calibrate({"serving_default": samples})).export_model(str(folder / "int8.tflite"))
    return (folder / "int8.tflite").read_bytes()


def _assert_c_equals(model: Model, windows: list[list[np.ndarray]], expected: list[Inference], folder: Path) -> None:
    """Generated C gives the reference's bits in every tensor."""
    for found, inference in zip(Hosted(model, folder).run(windows), expected, strict=True):
        for index, ours in found.items():
            np.testing.assert_array_equal(inference.tensors[index].view(ours.dtype).tobytes(), ours.tobytes())


@pytest.mark.parametrize("name", NETWORKS)
def test_float_network_agrees(name: str, tmp_path: Path) -> None:
    """Generated C and reference give the same bits in every tensor; their output is TFLite Micro's within 1e-6."""
    data = _converted(name)
    model = compile_tflite(data, name).model
    windows, oracle, reference = _windows(model), open_oracle("tflite_micro", data), Reference(model)
    expected = [reference.run(window) for window in windows]
    for window, inference in zip(windows, expected, strict=True):
        np.testing.assert_allclose(inference.outputs[0], oracle.run(window)[0], rtol=0, atol=TOLERANCE)
    _assert_c_equals(model, windows, expected, tmp_path)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "masked_attention"])  # int8 has no -inf
def test_int8_network_is_equal(name: str, tmp_path: Path) -> None:
    """Quantised to int8, generated C, reference and TFLite Micro give the same bits."""
    data = _quantised(_converted(name), tmp_path)
    model = compile_tflite(data, name).model
    assert {"int8", "int32"} >= {
        model.graph.tensors[i].dtype.value for i in (*model.graph.inputs, *model.graph.outputs)
    }
    windows, oracle, reference = _windows(model), open_oracle("tflite_micro", data), Reference(model)
    expected = [reference.run(window) for window in windows]
    for window, inference in zip(windows, expected, strict=True):
        np.testing.assert_array_equal(inference.outputs[0], oracle.run(window)[0])
    _assert_c_equals(model, windows, expected, tmp_path)
