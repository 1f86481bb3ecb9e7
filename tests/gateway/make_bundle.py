"""Make the bundle that the gateway is tested with, in the main environment: `python -m tests.gateway.make_bundle PATH`.

int8 convolution and float32 head, so that both kinds of arithmetic and their border are in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from tests.toolchain.graph_builder import GraphBuilder
from toolchain.bundle import write_bundle
from toolchain.compile import Compiled
from toolchain.golden import make_golden, random_inputs
from toolchain.model import Model
from toolchain.requant import Rounding
from toolchain.tflite.reader import read_model


def mixed_model() -> bytes:
    """CONV_2D and MAX_POOL_2D on int8, DEQUANTIZE, FULLY_CONNECTED on float32."""
    chance = np.random.default_rng(7)
    g = GraphBuilder()
    x, a = g.input((1, 6, 6, 2), "int8", 0.05, 3), g.tensor((1, 6, 6, 4), "int8", 0.1, -7)
    w = g.constant(chance.integers(-127, 128, (4, 3, 3, 2)).astype(np.int8), np.full(4, 0.01))
    b = g.constant(chance.integers(-999, 999, 4).astype(np.int32))
    g.op("CONV_2D", [x, w, b], [a], strideH=1, strideW=1, fusedActivationFunction=1)
    p, q = g.tensor((1, 2, 2, 4), "int8", 0.1, -7), g.tensor((1, 2, 2, 4), "float32")
    g.op("MAX_POOL_2D", [a], [p], filterHeight=3, filterWidth=3, strideH=3, strideW=3, padding=1)
    g.op("DEQUANTIZE", [p], [q])
    y = g.tensor((1, 3), "float32")
    head = g.constant(chance.normal(size=(3, 16)).astype(np.float32))
    g.op("FULLY_CONNECTED", [q, head, g.constant(chance.normal(size=3).astype(np.float32))], [y])
    return g.build([p, y])


def main(target: Path) -> None:
    """Write the bundle, with the contract of LiteRT, whose older release tflite_runtime is."""
    data = mixed_model()
    model = Model.of(read_model(data, "gateway"), rounding=Rounding.LITERT)
    write_bundle(target, Compiled("gateway", data, model), make_golden(model, random_inputs(model, 16), {}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
