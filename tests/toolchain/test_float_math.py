"""Float functions: the C header and the NumPy module compute the same bits, close to the true values."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from toolchain.codegen.folder import RUNTIME
from toolchain.operators import float_math

Floats = np.ndarray

_MAIN = """
#include <stdio.h>
#include "float_math.h"
int main(int count, char **names)
{
    float x;
    (void)count;
    while (fread(&x, sizeof(x), 1, stdin) == 1) {
        const char name = names[1][0];
        const float y = name == 'e' ? persona_exp(x) : name == 't' ? persona_tanh(x) :
            name == 's' ? persona_logistic(x) : name == 'l' ? persona_log(x) : persona_sqrt(x);
        fwrite(&y, sizeof(y), 1, stdout);
    }
    return 0;
}
"""
FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "exp": (float_math.exp, np.exp),
    "tanh": (float_math.tanh, np.tanh),
    "sigmoid": (float_math.logistic, lambda x: 1 / (1 + np.exp(-x))),
    "log": (float_math.log, np.log),
    "root": (np.sqrt, np.sqrt),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The header's functions as a filter of floats."""
    folder = tmp_path_factory.mktemp("float_math")
    (folder / "main.c").write_text(_MAIN)
    flags = ["-std=c99", "-O2", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsanitize=undefined"]
    include = f"-I{RUNTIME / 'kernels'}"
    built = folder / "filter"
    command = ["gcc", *flags, include, str(folder / "main.c"), "-o", str(built)]
    subprocess.run(command, check=True)
    return built


def _samples() -> np.ndarray:
    """Every exponent and sign, the neighbourhood of zero and one, borders, infinities, NaN."""
    chance = np.random.default_rng(0)
    patterns = chance.integers(0, 1 << 32, 200_000, np.uint32).view(np.float32)
    near = chance.normal(scale=4.0, size=200_000).astype(np.float32)
    ends = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 88.7228, 88.7229, -87.3365, -87.3366], np.float32)
    steps = np.arange(-200, 200, dtype=np.int32)
    borders = [(np.abs(e).view(np.int32) + steps).view(np.float32) for e in np.array([0.625, 16.619, 1.0], np.float32)]
    values = np.concatenate([patterns, near, ends, *borders])
    values[np.isnan(values)] = np.float32(np.nan)
    return values


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_c_equals_numpy(name: str, program: Path) -> None:
    """The header's function has NumPy's bits for floats of every kind."""
    samples = _samples()
    found = subprocess.run([program, name], input=samples.tobytes(), capture_output=True, check=True).stdout
    ours = np.frombuffer(found, np.float32)
    expected = FUNCTIONS[name][0](samples)
    both_nan = np.isnan(expected) & np.isnan(ours)
    np.testing.assert_array_equal(expected.view(np.uint32)[~both_nan], ours.view(np.uint32)[~both_nan])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_close_to_the_true_value(name: str) -> None:
    """The functions are within 2.5 units in the last place, wherever the result is a normal number."""
    samples = _samples()
    found, expected = (f(x) for f, x in zip(FUNCTIONS[name], (samples, samples.astype(np.float64)), strict=True))
    normal = np.isfinite(expected) & (np.abs(expected) > 2.0**-126) & (np.abs(expected) < float(np.finfo("f4").max))
    spacing = np.spacing(np.abs(expected[normal]).astype(np.float32)).astype(np.float64)
    error = np.abs(found[normal] - expected[normal]) / spacing
    assert error.max() <= 2.5, f"{samples[normal][error.argmax()]}: {error.max()}"
