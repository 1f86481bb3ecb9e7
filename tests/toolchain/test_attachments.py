"""What is attached to a model: latent table, trial vectors, drift reference; in the model, the bundle and the C."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from firmware_bridge.build import FIRMWARE_DIR
from tests.device_fixtures import LAYOUT, small_model
from toolchain.bundle import Bundle, write_bundle
from toolchain.compile import Compiled
from toolchain.errors import AdaptiveError, BundleError
from toolchain.golden import make_golden, random_inputs
from toolchain.latent import Latent, Part
from toolchain.layout import Layout
from toolchain.model import Model
from toolchain.reference import Reference as Runner
from toolchain.statistics import Reference, reference_of
from toolchain.summary.describe import describe
from toolchain.summary.text import text
from toolchain.trials import Trials

_OPTIONS: Final = "-std=c99 -O1 -fPIC -shared -ffp-contract=off -Wall -Wextra -Wconversion -Werror -pedantic"


def some_latent(layout: Layout = LAYOUT, seed: int = 0) -> Latent:
    """A table with three levels a tensor."""
    chance = np.random.default_rng(seed)
    rows = [chance.integers(-127, 128, (4, t.size)).astype(np.int8) for t in layout.tensors]
    return Latent.of([Part(3 * i, t.clip / 2**15, rows[i]) for i, t in enumerate(layout.tensors)], layout)


def some_trials(model: Model, count: int = 5, seed: int = 1) -> Trials:
    """Vectors that the factory head gets right."""
    inputs = random_inputs(model, count, seed)
    runs = [Runner(model).run([array[i] for array in inputs]) for i in range(count)]
    return Trials.of(inputs, np.array([int(run.outputs[0].argmax()) for run in runs]), count - 1)


def some_reference() -> Reference:
    """Embeddings of four dimensions."""
    return reference_of(np.random.default_rng(2).integers(-50, 50, (9, 4)).astype(np.int8))


def bare() -> Compiled:
    """The small model with nothing attached."""
    compiled = small_model(0)
    return replace(compiled, model=compiled.model.attach())


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    """The small model with everything attached."""
    plain = bare()
    model = plain.model.attach(latent=some_latent(), trials=some_trials(plain.model), reference=some_reference())
    return replace(plain, model=model)


def write(compiled: Compiled, target: Path, extra: Mapping[str, bytes] | None = None) -> Bundle:
    """The bundle of a model, opened again."""
    golden = make_golden(compiled.model, random_inputs(compiled.model, 2), {})
    write_bundle(target, compiled, golden, extra=extra)
    return Bundle.open(target)


def test_a_bundle_gives_back_what_is_attached(compiled: Compiled, tmp_path: Path) -> None:
    """Every array, and the same base fingerprint."""
    bundle = write(compiled, tmp_path / "small")
    assert bundle.latent is not None
    assert bundle.trials is not None
    assert bundle.reference is not None
    assert compiled.model.latent is not None
    for ours, theirs in zip(compiled.model.latent.parts, bundle.latent.parts, strict=True):
        assert (ours.first, ours.scale, ours.rows.tobytes()) == (theirs.first, theirs.scale, theirs.rows.tobytes())
    assert bundle.trials.least == len(bundle.trials) - 1
    np.testing.assert_array_equal(some_trials(compiled.model).inputs, bundle.trials.inputs)
    np.testing.assert_array_equal(some_reference().mean, bundle.reference.mean)
    np.testing.assert_array_equal(some_reference().spread, bundle.reference.spread)
    assert bundle.model.base == compiled.model.base


def test_a_plain_bundle_has_nothing_attached(tmp_path: Path) -> None:
    """A latent table that only the editor brings is not the device's."""
    bundle = write(bare(), tmp_path / "small", {"latent.safetensors": some_latent().pack()})
    assert (bundle.latent, bundle.trials, bundle.reference) == (None, None, None)


@pytest.mark.property("P8")
def test_each_attachment_is_part_of_the_base(compiled: Compiled) -> None:
    """Another table, another vector, another bound or another reference is another base."""
    model = compiled.model
    assert model.latent is not None
    first = model.latent.parts[0]
    other_scale = Latent((replace(first, scale=2 * first.scale), *model.latent.parts[1:]))
    changes: list[dict[str, Any]] = [
        {},
        {"latent": None},
        {"latent": some_latent(seed=9)},
        {"latent": other_scale},
        {"trials": None},
        {"trials": replace(some_trials(model), least=1)},
        {"trials": some_trials(model, seed=8)},
        {"reference": None},
        {"reference": replace(some_reference(), spread=np.full(4, 9, np.uint8))},
        {"latent": None, "trials": None, "reference": None},
    ]
    attached = [replace(model.attachments, **change) for change in changes]
    bases = {model.attach(latent=a.latent, trials=a.trials, reference=a.reference).base for a in attached}
    assert len(bases) == len(changes)
    assert model.attach().base == bare().model.base


@pytest.mark.parametrize("missing", ["latent.safetensors", "trials.safetensors", "reference.safetensors"])
def test_a_file_that_the_manifest_names_must_be_there(compiled: Compiled, tmp_path: Path, missing: str) -> None:
    """The manifest's word without the file is an incomplete bundle."""
    bundle = write(compiled, tmp_path / "small")
    broken = Bundle(bundle.path, bundle.manifest, {n: c for n, c in bundle.files.items() if n != missing})
    with pytest.raises(BundleError, match=missing):
        _ = broken.latent


@pytest.mark.parametrize("name", ["latent.safetensors", "trials.safetensors", "reference.safetensors"])
def test_a_damaged_file_is_a_bundle_error(compiled: Compiled, tmp_path: Path, name: str) -> None:
    """Bytes that are no safetensors file, by name."""
    bundle = write(compiled, tmp_path / "small")
    with pytest.raises(BundleError, match=name):
        _ = Bundle(bundle.path, bundle.manifest, {**bundle.files, name: b"no tensors"}).latent


def test_attachments_of_another_model_are_refused() -> None:
    """The wrong width of inputs, labels beyond the outputs, a reference of another width, parts of another layout."""
    model = bare().model
    narrow = Trials.of((np.zeros((2, 7), np.int8),), np.zeros(2), 0)
    beyond = Trials.of((np.zeros((2, 8), np.int8),), np.array([0, 3]), 0)
    wide = reference_of(np.zeros((3, 5), np.int8))
    other = some_latent(Layout.of({"x": (3,)}, {"x": 0.5}))
    kinds: list[dict[str, Any]] = [{"trials": narrow}, {"trials": beyond}, {"reference": wide}, {"latent": other}]
    for attached in kinds:
        with pytest.raises(AdaptiveError, match=r"another model|fit the layout"):
            model.attach(**attached)


@pytest.mark.parametrize(("count", "least", "label"), [(0, 0, 0), (2, 3, 0), (2, -1, 0), (2, 1, 256), (2, 1, -1)])
def test_trials_that_cannot_be_are_refused(count: int, least: int, label: int) -> None:
    """No vectors, more right ones than there are, labels that no byte holds."""
    with pytest.raises(AdaptiveError, match="trial vectors"):
        Trials.of((np.zeros((count, 8), np.int8),), np.full(count, label), least)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [Part(0, 1.0, np.zeros((2, 4), np.int8))],
        [Part(0, 1.0, np.zeros((2, 3), np.int16))],
        [Part(0, 0.0, np.zeros((2, 3), np.int8))],
        [Part(0, float("nan"), np.zeros((2, 3), np.int8))],
        [Part(-1, 1.0, np.zeros((2, 3), np.int8))],
        [Part(0, 1.0, np.zeros((0, 3), np.int8))],
        [Part(0, 1.0, np.zeros((1, 3), np.int8))],
        [Part(12, 1.0, np.zeros((2, 3), np.int8))],
    ],
)
def test_latent_tables_that_cannot_be_are_refused(parts: list[Part]) -> None:
    """Wrong counts, shapes, types and scales, an empty code, and one that would not fit a bank of three floats."""
    with pytest.raises(AdaptiveError, match="latent table"):
        Latent.of(parts, Layout.of({"x": (3,)}, {"x": 0.5}))


def test_inspect_shows_what_is_attached(compiled: Compiled) -> None:
    """Bytes of a code and of the table, the bound of TRY, and all of it among the constants."""
    summary, plain = describe(compiled.model), describe(bare().model)
    lines = "\n".join(text(summary))
    assert "codec latent: 12 bytes a code, a table of 204 bytes" in lines
    assert "trials: 4 of 5 vectors must be right, 45 bytes" in lines
    assert "drift: held against" in lines
    document = json.loads(json.dumps(summary.to_json()))
    assert (document["code_bytes"], document["trial_vectors"], document["drift_reference"]) == (12, 5, True)
    assert summary.constant_bytes - plain.constant_bytes == 204 + 45 + 12


class _Refusal(ctypes.Structure):
    """`persona_refusal`."""

    _fields_ = (("code", ctypes.c_uint8), ("expected", ctypes.c_uint32), ("received", ctypes.c_uint32))


def test_the_generated_c_holds_the_latent_table(compiled: Compiled, tmp_path: Path) -> None:
    """The core decodes a code with the generated model to the bits of `Latent.decode`."""
    bundle = write(compiled, tmp_path / "small")
    core = FIRMWARE_DIR / "core"
    sources = [str(path) for path in [bundle.c_folder / "model.c", *sorted(core.glob("codec*.c"))]]
    library = tmp_path / "codec.so"
    command = [os.environ.get("CC", "cc"), *_OPTIONS.split(), f"-I{core}", f"-I{bundle.c_folder}", *sources]
    subprocess.run([*command, "-o", str(library)], check=True, timeout=120)
    c = ctypes.CDLL(str(library))
    c.persona_codec_decode.restype = _Refusal
    code = np.random.default_rng(5).integers(-127, 128, 12).astype(np.int8)
    bank = np.zeros(LAYOUT.size, np.float32)
    ctypes.memmove(bank.ctypes.data, code.tobytes(), code.nbytes)
    prototype = np.ascontiguousarray(compiled.model.prototypes[1])
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (bank, prototype)]
    model = ctypes.byref(ctypes.c_char.in_dll(c, "small_model"))
    verdict = c.persona_codec_decode(5, pointers[0], code.nbytes, pointers[1], model)
    assert verdict.code == 0
    assert compiled.model.latent is not None
    np.testing.assert_array_equal(prototype + compiled.model.latent.decode(code, LAYOUT), bank)


def test_the_generated_c_tells_what_is_attached(compiled: Compiled, tmp_path: Path) -> None:
    """Every byte of the tables, the fields of `persona_model`, and NULL where there is nothing."""
    code = (write(compiled, tmp_path / "full").c_folder / "model.c").read_text()
    plain = (write(bare(), tmp_path / "plain").c_folder / "model.c").read_text()
    for field, name in (
        ("code_bytes", "12"),
        ("latent", "latent"),
        ("trials", "&trials"),
        ("embedding_mean", "embedding_mean"),
        ("embedding_spread", "embedding_spread"),
    ):
        assert f".{field} = {name}," in code
        assert f".{field} = {'0' if name == '12' else 'NULL'}," in plain
    flat = " ".join(code.split())
    trials, reference = some_trials(compiled.model), some_reference()
    tables: dict[str, list[int]] = {
        "trial_inputs": trials.inputs.reshape(-1).tolist(),
        "trial_labels": trials.labels.tolist(),
        "embedding_mean": reference.mean.tolist(),
        "embedding_spread": reference.spread.tolist(),
    }
    for name, values in tables.items():
        assert f"{name}[{len(values)}] = {{ {', '.join(map(str, values))}, }};" in flat
    assert "trials = { 5u, 4u, trial_inputs, trial_labels };" in flat
