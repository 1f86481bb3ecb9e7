"""A small personalisable bundle without any training, its firmware as a process of this machine, and a running device.

Eight int8 inputs, an int8 layer to an embedding of four, two adaptive float layers to three scores. On the device are
also a latent table (that of the editor), eight trial vectors, of which the factory head has all right and six must be,
and a drift reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.build import build
from firmware_bridge.client import Device
from firmware_bridge.image import Image
from firmware_bridge.platforms import POSIX
from hil.emulator import Emulator, start
from models.editor.arithmetic import shapes
from models.editor.latent_table import quantise_rows
from models.editor.spec import EditorSpec, layer_sizes
from models.runtime import Editor
from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import Compiled
from toolchain.golden import make_golden, random_inputs
from toolchain.layout import Layout
from toolchain.model import Model
from toolchain.reference import Reference
from toolchain.statistics import reference_of
from toolchain.tflite.reader import read_model
from toolchain.trials import Trials

LAYOUT = Layout.of(
    {"fc1.weight": (6, 4), "fc1.bias": (6,), "fc2.weight": (3, 6), "fc2.bias": (3,)},
    {"fc1.weight": 0.5, "fc1.bias": 0.25, "fc2.weight": 0.5, "fc2.bias": 0.25},
)
CONTEXT_WINDOWS = 5
TRIALS, LEAST_RIGHT = 8, 6


def small_model(seed: int) -> Compiled:
    """The model whose frozen weights and prototypes come from `seed`."""
    pytest.importorskip(
        "ai_edge_litert", reason="the small model is written with LiteRT's schema: persona-mcu[compile]"
    )
    from tests.toolchain.graph_builder import GraphBuilder

    chance = np.random.default_rng(seed)
    prototypes = chance.normal(scale=0.5, size=(3, LAYOUT.size)).astype(np.float32)
    factory = LAYOUT.unflatten(prototypes[0])
    g = GraphBuilder()
    window = g.input((1, 8), "int8", 0.05, -3)
    weight = g.constant(chance.integers(-127, 128, (4, 8)).astype(np.int8), np.full(4, 0.01, np.float32))
    bias = g.constant(chance.integers(-500, 500, 4).astype(np.int32), np.full(4, 0.0005, np.float32))
    embedding = g.tensor((1, 4), "int8", 0.06, -20)
    g.op("FULLY_CONNECTED", [window, weight, bias], [embedding], fusedActivationFunction=1)
    real = g.tensor((1, 4), "float32")
    g.op("DEQUANTIZE", [embedding], [real])
    adaptive: dict[int, str] = {}
    for layer, (units, activation) in {"fc1": (6, 1), "fc2": (3, 0)}.items():
        pair = [g.constant(factory[f"{layer}.{part}"]) for part in ("weight", "bias")]
        adaptive |= {pair[0]: f"{layer}.weight", pair[1]: f"{layer}.bias"}
        result = g.tensor((1, units), "float32")
        g.op("FULLY_CONNECTED", [real, *pair], [result], fusedActivationFunction=activation)
        real = result
    data = g.build([real])
    model = Model.of(read_model(data, "small"), layout=LAYOUT, adaptive=adaptive, prototypes=prototypes)
    return Compiled("small", data, attached(model, seed))


def attached(model: Model, seed: int) -> Model:
    """`model` with all that a device can hold besides it."""
    windows = np.random.default_rng(seed + 100).integers(-128, 128, (32, 1, 8)).astype(np.int8)
    inferences = [Reference(model).run([window]) for window in windows]
    labels = np.array([int(np.argmax(inference.outputs[0])) for inference in inferences])
    embeddings = [inference.embedding for inference in inferences if inference.embedding is not None]
    return model.attach(
        latent=small_editor(seed).latent,
        trials=Trials.of([windows[:TRIALS]], labels[:TRIALS], LEAST_RIGHT),
        reference=reference_of(np.concatenate(embeddings)),
    )


def small_editor(seed: int) -> Editor:
    """An editor with random parameters: what it proposes is senseless, and always the same."""
    chance = np.random.default_rng(seed)
    spec = EditorSpec(embedding=4, hidden=8, code=4)
    parameters = tuple(
        {name: chance.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes(spec, LAYOUT).items()}
        for _ in range(2)
    )
    rows = {
        name: chance.normal(scale=0.1, size=(spec.code + 1, size)).astype(np.float32)
        for name, size in layer_sizes(LAYOUT).items()
    }
    return Editor(spec, LAYOUT, CONTEXT_WINDOWS, parameters, quantise_rows(rows, LAYOUT))


def make_bundle(target: Path, seed: int = 0) -> Bundle:
    """Write and open a bundle."""
    compiled = small_model(seed)
    golden = make_golden(compiled.model, random_inputs(compiled.model, 6, seed), {})
    write_bundle(target, compiled, golden, extra=small_editor(seed).files())
    return Bundle.open(target)


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The bundle that the small device was built from."""
    return make_bundle(tmp_path_factory.mktemp("bundles") / "small")


@pytest.fixture(scope="session")
def other_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of the same shapes and layout with another base."""
    return make_bundle(tmp_path_factory.mktemp("bundles") / "other", seed=1)


@pytest.fixture(scope="session")
def small_image(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The firmware of the small bundle as a program of this machine."""
    return build(small_bundle.path, POSIX, tmp_path_factory.mktemp("images"))


@pytest.fixture
def running(small_image: Image) -> Iterator[Emulator]:
    """A small device that has just booted."""
    with start(small_image) as emulator:
        yield emulator


@pytest.fixture
def device(running: Emulator) -> Iterator[Device]:
    """A client of a small device that has just booted."""
    with running.device() as client:
        yield client
