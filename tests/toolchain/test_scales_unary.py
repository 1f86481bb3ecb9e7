"""Scales at which a multiplier that was rounded to float32 on the way gives another int8."""

from __future__ import annotations

import numpy as np
import pytest

from tests.toolchain.graph_builder import GraphBuilder
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model

EVERY = np.arange(-128, 128).astype(np.int8)


@pytest.mark.parametrize(
    ("kind", "in_scale", "out_scale", "options"),
    [
        ("LEAKY_RELU", 0.005910713225603104, 0.03611401841044426, {"alpha": 0.6491795778274536}),
        ("LEAKY_RELU", 0.2551044225692749, 0.014706314541399479, {"alpha": 0.05238468199968338}),
        ("HARD_SWISH", 0.004185632802546024, 0.0004902728833258152, {}),
        ("HARD_SWISH", 0.016766022890806198, 0.009393674321472645, {}),
    ],
)
def test_multipliers_are_taken_in_double(kind: str, in_scale: float, out_scale: float, options: dict) -> None:
    """The reference has TFLite Micro's bits for every element, whatever the zero point."""
    for zero in (-128, -5, 0, 102, 127):
        g = GraphBuilder()
        x, y = g.input((256,), "int8", in_scale, zero), g.tensor((256,), "int8", out_scale, 3)
        g.op(kind, [x], [y], **options)
        data = g.build([y])
        ours = Reference(Model.of(read_model(data, "test"))).run([EVERY]).outputs[0]
        np.testing.assert_array_equal(open_oracle("tflite_micro", data).run([EVERY])[0], ours)
