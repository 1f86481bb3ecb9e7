"""Multipliers are products and quotients in double: one float32 rounding on the way shows once in a million outputs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.graph_builder import GraphBuilder
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model

CHANCE = np.random.default_rng(7)


def _scale() -> np.float32:
    return np.float32(CHANCE.uniform(2.0**-9, 2.0**-6))


def matrix(kind: str) -> bytes:
    """FULLY_CONNECTED or BATCH_MATMUL with sums that fill the output's range."""
    g = GraphBuilder()
    a, b = _scale(), _scale()
    x = g.input((1, 100, 40), "int8", a)
    weights = CHANCE.integers(-127, 128, (400, 40) if kind == "FULLY_CONNECTED" else (1, 40, 400)).astype(np.int8)
    y = g.tensor((1, 100, 400), "int8", np.float32(a * b * 400))
    operands = [x, g.constant(weights, b), *([-1] if kind == "FULLY_CONNECTED" else [])]
    g.op(kind, operands, [y], **({"keepNumDims": True} if kind == "FULLY_CONNECTED" else {}))
    return g.build([y])


def binary(kind: str, width: str) -> bytes:
    """ADD, SUB or MUL of two long inputs."""
    g = GraphBuilder()
    a, b = _scale(), _scale()
    x, w = (g.input((1, 20000), width, scale) for scale in (a, b))
    product = a * b * (3000 if width == "int16" else 100)
    y = g.tensor((1, 20000), width, np.float32(product if kind == "MUL" else 2 * max(a, b)))
    g.op(kind, [x, w], [y], fusedActivationFunction=0)
    return g.build([y])


def svdf() -> bytes:
    """SVDF whose int16 state shows the feature's multiplier."""
    g = GraphBuilder()
    a, b = _scale(), _scale()
    state_scale = np.float32(a * b * 8)
    x, weights = g.input((1, 40), "int8", a, 3), CHANCE.integers(-127, 128, (3000, 40)).astype(np.int8)
    in_time, bias = g.constant(np.ones((3000, 1), np.int16), a), g.constant(np.zeros(3000, np.int32), state_scale * a)
    state = g.tensor((1, 3000), "int16", state_scale, variable=True)
    y = g.tensor((1, 3000), "int8", a)
    g.op("SVDF", [x, g.constant(weights, b), in_time, bias, state], [y], rank=1)
    return g.build([y])


CASES = {
    "fully connected": lambda: matrix("FULLY_CONNECTED"),
    "batch matmul": lambda: matrix("BATCH_MATMUL"),
    **{f"{kind} {width}": lambda k=kind, w=width: binary(k, w)
       for kind in ("ADD", "SUB", "MUL") for width in ("int8", "int16")},
    "svdf": svdf,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_many_outputs_are_those_of_tflite_micro(case: str) -> None:
    """No output among very many is off by one."""
    for _ in range(10):
        data = CASES[case]()
        model = Model.of(read_model(data, "test"))
        window = [
            CHANCE.integers(-120, 120, model.graph.tensors[i].shape).astype(model.graph.tensors[i].dtype.numpy)
            * (250 if model.graph.tensors[i].dtype.itemsize > 1 else 1)
            for i in model.graph.inputs
        ]
        oracle = open_oracle("tflite_micro", data)
        oracle.run(window)
        for index, ours in Reference(model).run(window).tensors.items():
            np.testing.assert_array_equal(oracle.tensor(index).reshape(ours.shape), ours)
