"""Every kind of adaptive parameter, anywhere in a network: under an edit, C, reference and TFLite Micro agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.hosted import Hosted
from toolchain.compile import Compiled, compile_model
from toolchain.edit import apply_edit, encode_edit
from toolchain.errors import AdaptiveError
from toolchain.golden import random_inputs
from toolchain.model import Model
from toolchain.oracles import adaptive_values, open_oracle
from toolchain.reference import Reference

torch = pytest.importorskip("torch", reason="the compiler's torch front end needs persona-mcu[compile]")
nn = torch.nn

from toolchain.frontends.adaptive_modules import LowRank, ScaleShift  # noqa: E402  # it needs torch


class DsCnn(nn.Module):
    """A small DS-CNN: stem, depthwise, pointwise, one more convolution, mean over NCHW, two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 6, 3, stride=2, padding=1)
        self.after = nn.Identity()
        self.depthwise = nn.Conv2d(6, 12, 3, padding=1, groups=6)
        self.pointwise = nn.Conv2d(12, 8, 1)
        self.conv = nn.Conv2d(8, 10, (3, 2))
        self.fc1, self.fc2 = nn.Linear(10, 7), nn.Linear(7, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 2, 9, 8] to [1, 4]."""
        x = torch.relu(self.after(self.stem(x)))
        x = torch.relu(self.pointwise(torch.relu(self.depthwise(x))))
        x = torch.relu(self.conv(x)).mean((2, 3))
        return self.fc2(torch.relu(self.fc1(x)))


class Series(nn.Module):
    """A one-dimensional network over windows of a sensor."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(2, 4, 5, padding=2), nn.Conv1d(4, 6, 3)
        self.after = ScaleShift(6)
        self.head = nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 2, 20] to [1, 3]."""
        x = torch.relu(self.after(self.second(torch.relu(self.first(x)))))
        return self.head(x.mean(2))


class Mlp(nn.Module):
    """Three linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three = nn.Linear(12, 10), nn.Linear(10, 9), nn.Linear(9, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [1, 12] to [1, 5]."""
        return self.three(torch.relu(self.two(torch.relu(self.one(x)))))


def _scaled() -> nn.Module:
    net = DsCnn()
    net.after = ScaleShift(6)
    return net


def _low_rank(layer: str, net: nn.Module) -> nn.Module:
    setattr(net, layer, LowRank(getattr(net, layer), 2))
    return net


IMAGE, WINDOW, ROW = (2, 9, 8), (2, 20), (12,)
KINDS = {
    "linear-last": (DsCnn, IMAGE, ["fc1", "fc2.bias"]),
    "linear-first": (Mlp, ROW, ["one"]),
    "conv-first": (DsCnn, IMAGE, ["stem"]),
    "conv-middle": (DsCnn, IMAGE, ["conv"]),
    "depthwise": (DsCnn, IMAGE, ["depthwise"]),
    "several": (DsCnn, IMAGE, ["depthwise.weight", "pointwise.bias", "fc2"]),
    "scale-shift": (_scaled, IMAGE, ["after"]),
    "conv1d": (Series, WINDOW, ["first.weight", "after", "head"]),
    "low-rank-middle": (lambda: _low_rank("two", Mlp()), ROW, ["two.down", "two.up"]),
    "low-rank-last": (lambda: _low_rank("fc2", DsCnn()), IMAGE, ["fc2.down", "fc2.up"]),
    "low-rank-conv": (lambda: _low_rank("conv", DsCnn()), IMAGE, ["conv.down", "conv.up"]),
}


def _build(kind: str) -> tuple[nn.Module, Compiled, np.ndarray]:
    factory, shape, names = KINDS[kind]
    torch.manual_seed(3)
    module = factory().eval()
    calibration = np.random.default_rng(0).uniform(-1, 1, (32, *shape)).astype(np.float32)
    return module, compile_model(module, name="net", calibration=calibration, adaptive=names), calibration


def _edited(model: Model) -> np.ndarray:
    delta = np.random.default_rng(1).normal(scale=0.1, size=model.layout.size).astype(np.float32)
    edit = encode_edit(delta, layout=model.layout, base=model.base, prototypes=model.prototypes, prototype=0, counter=1)
    return apply_edit(edit, layout=model.layout, base=model.base, prototypes=model.prototypes)


def _bits(array: np.ndarray) -> np.ndarray:
    return array.view(np.uint32) if array.dtype == np.float32 else array


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_gives_the_same_bits_everywhere(kind: str, tmp_path: Path) -> None:
    """Under an edit, generated C, reference and TFLite Micro agree on every tensor; the float model is near.

    The rest of the network is int8, the embedding is the int8 tensor in front of the first adaptive operator, and the
    parameters go to their tensors and back unchanged.
    """
    module, compiled, calibration = _build(kind)
    model = compiled.model
    bank = _edited(model)
    windows = [[w] for w in random_inputs(model, 4)[0]]
    oracle = open_oracle("tflite_micro", compiled.tflite, adaptive_values(model, bank))
    changed = False
    for window, ours in zip(windows, Hosted(model, tmp_path).run(windows, bank), strict=True):
        expected, plain = Reference(model).run(window, bank), Reference(model).run(window)
        for theirs, output in zip(oracle.run(window), expected.outputs, strict=True):
            np.testing.assert_array_equal(_bits(output), _bits(theirs))
        for index, value in ours.items():
            np.testing.assert_array_equal(_bits(expected.tensors[index]), _bits(value))
        changed |= not np.array_equal(plain.outputs[0], expected.outputs[0])
        assert expected.embedding is not None
        np.testing.assert_array_equal(plain.embedding, expected.embedding)
    assert changed
    _check_types(model)
    _check_mapping(module, compiled)
    _check_float_model(module, compiled, bank, calibration)


def _check_types(model: Model) -> None:
    """Operators without adaptive parameters are int8, apart from the sum of a low-rank pair."""
    for op in model.source.operators:
        kind = model.source.tensors[op.outputs[0]].dtype.value
        if op.kind in {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}:
            assert ("float32" if any(i in model.adaptive for i in op.inputs) else "int8") == kind
    assert "int8" == model.source.tensors[model.embedding].dtype.value


def _check_mapping(module: nn.Module, compiled: Compiled) -> None:
    """The factory head is the module's own parameters in the tensors' order, and comes back from it."""
    own = {name: value.detach().numpy() for name, value in module.named_parameters()}
    for name, value in compiled.model.layout.unflatten(compiled.model.prototypes[0]).items():
        arrangement = compiled.arrangements[name]
        np.testing.assert_array_equal(arrangement.to_tensor(own[name]), value)
        np.testing.assert_array_equal(arrangement.to_parameter(value), own[name])


def _check_float_model(module: nn.Module, compiled: Compiled, bank: np.ndarray, calibration: np.ndarray) -> None:
    """The edited model computes what torch computes with the edited parameters, to within quantisation."""
    from toolchain.signal import Signal

    model = compiled.model
    values = model.layout.unflatten(bank)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name in values:
                parameter.copy_(torch.from_numpy(compiled.arrangements[name].to_parameter(values[name])))
        wanted = module(torch.from_numpy(calibration)).numpy()
    graph = model.graph
    first, last = Signal.of(graph.tensors[graph.inputs[0]]), Signal.of(graph.tensors[graph.outputs[0]])
    found = np.concatenate([last.decode(Reference(model).run([w], bank).outputs[0]) for w in first.encode(calibration)])
    spread = float(wanted.max() - wanted.min())
    assert float(np.abs(found - wanted).mean()) < 0.05 * spread


def test_a_multiplication_behind_a_convolution_is_reported() -> None:
    """Scale and shift written as a product and a sum are folded into the convolution; the compiler says so."""

    class Folded(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.fc = nn.Conv2d(2, 3, 3), nn.Linear(3, 2)
            self.scale = nn.Parameter(torch.rand(1, 3, 1, 1) + 0.5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(torch.relu(self.conv(x) * self.scale).mean((2, 3)))

    calibration = np.random.default_rng(0).normal(size=(4, 2, 8, 8)).astype(np.float32)
    with pytest.raises(AdaptiveError, match="scale: was folded"):
        compile_model(Folded().eval(), name="net", calibration=calibration, adaptive=["scale"])


def test_low_rank_pairs_refuse_layers_they_cannot_follow() -> None:
    """A grouped convolution is no layer for a pair."""
    with pytest.raises(AdaptiveError, match="low-rank"):
        LowRank(nn.Conv2d(4, 4, 3, groups=4), 2)
