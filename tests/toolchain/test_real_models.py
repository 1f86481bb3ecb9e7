"""MLPerf Tiny's models and TFLite Micro's example: every tensor, in the reference and in generated C."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from tests.toolchain.hosted import Hosted
from toolchain.codegen.folder import write_c
from toolchain.frontends.hybrid import with_float_weights
from toolchain.golden import random_inputs
from toolchain.model import Model
from toolchain.oracles import open_oracle
from toolchain.reference import Reference
from toolchain.tflite.reader import read_model

INTEGER: Final = ("ad_int8", "hello_world_int8", "ic_int8", "kws_int8", "vww_int8")
FLOAT: Final = ("hello_world_float", "kws_float", "vww_float")
"""The keyword model has float activations with int8 weights: it runs with these as floats."""

WINDOWS: Final = 3
_BATCH: Final = """
#include <stdio.h>
#include "model.h"

int main(void)
{
    static uint8_t arena[TEST_ARENA_BYTES] __attribute__((aligned(PERSONA_ARENA_ALIGN)));
    const persona_io in = test_model.inputs[0], out = test_model.outputs[0];
    while (fread(arena + in.offset, 1, in.bytes, stdin) == in.bytes) {
        test_model.invoke(arena, NULL, NULL, NULL);
        fwrite(arena + out.offset, 1, out.bytes, stdout);
    }
    return 0;
}
"""


def _read(folder: Path, name: str) -> bytes:
    data = (folder / "models" / f"{name}.tflite").read_bytes()
    return with_float_weights(data, read_model(data, name))


def _near(expected: np.ndarray, ours: np.ndarray, name: str) -> None:
    """Integers are equal; floats within a millionth, because SOFTMAX has an exponential of its own."""
    if ours.dtype.kind == "f":
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-7, err_msg=name)
    else:
        np.testing.assert_array_equal(expected, ours, err_msg=name)


def test_no_model_is_left_out(data_folder: Path) -> None:
    """Every model of the folder is in one of the lists."""
    assert sorted((*INTEGER, *FLOAT)) == sorted(p.stem for p in (data_folder / "models").glob("*.tflite"))


@pytest.mark.parametrize("name", [*INTEGER, *FLOAT])
def test_every_tensor_equals_tflite_micro(name: str, data_folder: Path) -> None:
    """Without passes, each tensor of the NumPy reference is TFLite Micro's."""
    data = _read(data_folder, name)
    model = Model.of(read_model(data, name), passes=frozenset())
    oracle, reference = open_oracle("tflite_micro", data), Reference(model)
    inputs = random_inputs(model, WINDOWS)
    for i in range(WINDOWS):
        window = [a[i] for a in inputs]
        oracle.run(window)
        for index, ours in reference.run(window).tensors.items():
            _near(oracle.tensor(index).reshape(ours.shape), ours, model.source.tensors[index].name)


@pytest.mark.parametrize("name", [*INTEGER, *FLOAT])
def test_generated_c_equals_reference(name: str, data_folder: Path, tmp_path: Path) -> None:
    """With all passes, the generated C has the bits of the plain reference, in all tensors that kept their shape."""
    graph = read_model(_read(data_folder, name), name)
    plain, model = Model.of(graph, passes=frozenset()), Model.of(graph)
    inputs = random_inputs(model, WINDOWS)
    fed = [[a[i] for a in inputs] for i in range(WINDOWS)]
    for window, found in zip(fed, Hosted(model, tmp_path).run(fed), strict=True):
        expected = Reference(plain).run(window).tensors
        assert set(graph.outputs) <= set(found)
        for index, ours in found.items():
            if ours.shape == graph.tensors[index].shape:
                np.testing.assert_array_equal(
                    expected[index].view(np.uint8), ours.view(np.uint8), err_msg=graph.tensors[index].name
                )


def test_keyword_accuracy_equals_tflite_micro(data_folder: Path, tmp_path: Path) -> None:
    """The generated C answers all 1,000 official keyword inputs with TFLite Micro's scores, so with its accuracy."""
    data = _read(data_folder, "kws_int8")
    with np.load(data_folder / "mlperf_kws01.npz") as file:
        windows, labels = file["x"], file["y"]
    model, oracle = Model.of(read_model(data, "kws")), open_oracle("tflite_micro", data)
    shape = model.graph.tensors[model.graph.inputs[0]].shape
    expected = np.concatenate([oracle.run([window.reshape(shape)])[0] for window in windows])
    ours = np.frombuffer(_run_all(model, windows, tmp_path), np.int8).reshape(expected.shape)
    np.testing.assert_array_equal(expected, ours)
    accuracy = float(np.mean(expected.argmax(axis=1) == labels))
    assert accuracy == float(np.mean(ours.argmax(axis=1) == labels))
    assert accuracy > 0.9


def _run_all(model: Model, windows: np.ndarray, folder: Path) -> bytes:
    """Outputs of the generated C, compiled for speed, for all inputs."""
    write_c(model, folder / "c", "test")
    (folder / "main.c").write_text(_BATCH)
    program = folder / "batch"
    sources = [str(folder / "c" / "model.c"), str(folder / "main.c")]
    command = ["gcc", "-std=c99", "-O2", "-ffp-contract=off", f"-I{folder / 'c'}", *sources, "-o", str(program)]
    subprocess.run(command, check=True)
    return subprocess.run([str(program)], input=windows.tobytes(), capture_output=True, check=True).stdout
