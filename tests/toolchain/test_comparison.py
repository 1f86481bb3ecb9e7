"""Comparing models: the first difference is the one that was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.toolchain.graph_builder import GraphBuilder
from toolchain.comparison import Observed, compare_device, compare_models
from toolchain.golden import Golden, make_golden, random_inputs
from toolchain.layout import Layout
from toolchain.model import Model
from toolchain.tflite.reader import read_model

LAYOUT = Layout.of({"fc.weight": (3, 4)}, {"fc.weight": 0.5})


def two_layers(*, flipped: bool = False, scale: float = 0.06, moved: float = 0.0) -> Model:
    """FULLY_CONNECTED on int8, DEQUANTIZE, an adaptive FULLY_CONNECTED; with one thing changed."""
    chance = np.random.default_rng(3)
    g = GraphBuilder()
    x, e = g.input((1, 8), "int8", 0.05, -3), g.tensor((1, 4), "int8", scale, -20)
    weights = chance.integers(-127, 128, (4, 8)).astype(np.int8)
    if flipped:
        weights[2, 5] ^= 1
    g.op("FULLY_CONNECTED", [x, g.constant(weights, 0.01), -1], [e])
    real, y = g.tensor((1, 4), "float32"), g.tensor((1, 3), "float32")
    g.op("DEQUANTIZE", [e], [real])
    head = g.constant(chance.normal(size=(3, 4)).astype(np.float32) + np.float32(moved))
    g.op("FULLY_CONNECTED", [real, head, -1], [y])
    return Model.of(read_model(g.build([y]), "two"), layout=LAYOUT, adaptive={head: "fc.weight"})


@pytest.fixture(scope="module")
def golden() -> Golden:
    """Vectors of the unchanged model."""
    model = two_layers()
    return make_golden(model, random_inputs(model, 4), {})


def test_a_model_equals_itself(golden: Golden) -> None:
    """Nothing differs."""
    assert [] == compare_models(two_layers(), two_layers(), golden)


def test_a_flipped_weight_is_pointed_at(golden: Golden) -> None:
    """The layer, the element, and then its outputs."""
    found = compare_models(two_layers(), two_layers(flipped=True), golden)
    assert "weights, input 1 of operator 0 (FULLY_CONNECTED): 1 of 32 elements, first at 21" in str(found[0])
    assert {"weights"} < {difference.kind for difference in found} <= {"weights", "layer", "output"}


def test_another_scale_is_pointed_at(golden: Golden) -> None:
    """Quantisation of the output that was changed, and the operator that reads it."""
    found = compare_models(two_layers(), two_layers(scale=0.07), golden)
    assert ("quantisation", "output 0 of operator 0 (FULLY_CONNECTED)") == (found[0].kind, found[0].where)


def test_another_factory_head_is_pointed_at(golden: Golden) -> None:
    """The adaptive weight and the prototype that holds it."""
    found = compare_models(two_layers(), two_layers(moved=1.0), golden)
    assert "input 1 of operator 2" in found[0].where
    assert "prototype" in {difference.kind for difference in found}


def seen(model: Model, golden: Golden) -> Observed:
    """A device that does everything right."""
    outputs = [golden.output_bytes(i) for i in range(len(golden))]
    return Observed(model.base, model.layout.fingerprint, model.prototypes[0], outputs)


def test_a_device_is_compared(golden: Golden) -> None:
    """A good device has no difference; a wrong answer, layer, bank or base is named."""
    model = two_layers()
    good = seen(model, golden)
    assert [] == compare_device(model, golden, good)
    wrong = [*good.outputs[:2], bytes([good.outputs[2][0] ^ 1]) + good.outputs[2][1:], *good.outputs[3:]]
    (found,) = compare_device(model, golden, replace(good, outputs=wrong))
    assert "golden vector 2" in found.where
    (found,) = compare_device(model, golden, replace(good, layers={0: b"\0\0\0\0"}))
    assert ("layer", True) == (found.kind, "operator 0 (FULLY_CONNECTED)" in found.where)
    (found,) = compare_device(model, golden, replace(good, base=bytes(8)))
    assert "base" == found.kind
    moved = replace(good, bank=good.bank + np.float32(0.5))
    assert "bank against the factory head" == compare_device(model, golden, moved)[0].kind
