"""The description of a compiled model: its numbers are those of the plan and of the generated C."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from tests.toolchain.graph_builder import GraphBuilder
from toolchain.codegen.source import Source
from toolchain.model import Model
from toolchain.passes import Pass
from toolchain.summary.constants import constant_bytes
from toolchain.summary.describe import describe
from toolchain.summary.picture import picture
from toolchain.summary.savings import savings
from toolchain.summary.svg import svg
from toolchain.summary.table import cost_table
from toolchain.summary.text import text
from toolchain.summary.timeline import timeline
from toolchain.tflite.reader import read_model

_SIZES = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "int32_t": 4, "int64_t": 8, "float": 4}


def padded_convolution() -> Model:
    """PAD, CONV_2D, RESHAPE: something for several passes."""
    g = GraphBuilder()
    x = g.input((1, 6, 6, 2), "int8", 0.5, 3)
    p = g.tensor((1, 8, 8, 2), "int8", 0.5, 3)
    g.op("PAD", [x, g.constant(np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32))], [p])
    chance = np.random.default_rng(0)
    w = g.constant(chance.integers(-9, 9, (4, 3, 3, 2)).astype(np.int8), 0.1)
    y, z = g.tensor((1, 6, 6, 4), "int8", 2.0, 0), g.tensor((1, 144), "int8", 2.0, 0)
    g.op("CONV_2D", [p, w, -1], [y], padding=1, strideH=1, strideW=1)
    g.op("RESHAPE", [y], [z])
    return Model.of(read_model(g.build([z]), "padded"))


def test_constants_are_those_of_the_generated_c() -> None:
    """Their bytes are counted as the arrays in model.c have them."""
    model = padded_convolution()
    arrays = re.findall(r"^static const (\w+) \w+\[(\d+)\][ \w]* = \{$", Source(model, "m").code(), re.MULTILINE)
    assert sum(_SIZES[kind] * int(count) for kind, count in arrays) == constant_bytes(model)


def test_peak_is_what_the_plan_says() -> None:
    """The most bytes alive at once are the plan's lower bound, and the step is named."""
    model = padded_convolution()
    memory = timeline(model)
    assert model.plan.lower_bound == max(memory.alive(step) for step in range(-1, len(memory.steps) + 1))
    assert "1 CONV_2D" == memory.peak_name


def test_savings_add_up() -> None:
    """What the passes save, one by one, is the difference between all of them and none."""
    model = padded_convolution()
    none = Model.of(model.source, passes=frozenset())
    rows = savings(model)
    assert [p.value for p in Pass] == [row.name for row in rows]
    assert none.plan.arena_bytes - model.plan.arena_bytes == sum(row.arena_bytes for row in rows) > 0
    assert constant_bytes(none) - constant_bytes(model) == sum(row.constant_bytes for row in rows)
    assert len(none.kernels) - len(model.kernels) == sum(row.operators for row in rows) == 1


def test_every_operator_is_shown() -> None:
    """The text has a line for each operator, the JSON an entry, and JSON can be written."""
    model = padded_convolution()
    summary = describe(model)
    shown = "\n".join(text(summary))
    assert all(f"{kernel.operator}  {model.operator(kernel).kind}" in shown for kernel in model.kernels)
    assert len(model.kernels) == len(json.loads(json.dumps(summary.to_json()))["operators"])


def test_picture_shows_each_block_and_the_peak() -> None:
    """Full columns are as high as the arena; long models share columns."""
    memory = timeline(padded_convolution())
    lines = picture(memory, width=10, height=8)
    assert 9 == len(lines)
    assert any(shade in "".join(lines) for shade in "█▓▒░")
    assert "peak: 1 CONV_2D" in lines[-1]
    long = type(memory)(memory.lanes, memory.steps * 100, memory.arena_bytes, memory.lower_bound)
    assert all(len(line) <= 10 + 1 + len(f"{memory.arena_bytes:,}") for line in picture(long, width=10)[:-1])


def test_svg_is_well_formed(tmp_path: Path) -> None:
    """A rectangle for each block, names escaped."""
    memory = timeline(padded_convolution())
    path = tmp_path / "m.svg"
    path.write_text(svg(memory, "a < b & c"))
    root = ET.parse(path).getroot()  # noqa: S314  # we wrote it
    assert len(memory.lanes) == len(root.findall(".//{*}title"))


def test_cost_table_names_every_pass() -> None:
    """The table of `persona compile` has a row for each pass."""
    lines = "\n".join(cost_table(padded_convolution()))
    assert all(p.value in lines for p in Pass)
