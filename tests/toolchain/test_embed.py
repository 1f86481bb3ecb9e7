"""The example of docs/embed.md, compiled as it stands there, gives the golden outputs; two models share a binary."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.toolchain.graph_builder import GraphBuilder
from toolchain.codegen.folder import write_c
from toolchain.golden import Golden, make_golden, random_inputs
from toolchain.model import Model
from toolchain.tflite.reader import read_model

FLAGS = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic", "-ffp-contract=off"]
ALLOWED = {"memcpy", "memset"}
EMBED = Path(__file__).resolve().parents[2] / "docs" / "embed.md"

_MAIN = """
#include <stdio.h>
{declarations}

int main(void)
{{
    static int8_t window[{window}], scores[{scores}];
    while (fread(window, 1, sizeof window, stdin) == sizeof window) {{
        {calls}
    }}
    return 0;
}}
"""


def keyword_model(seed: int) -> Model:
    """A small int8 network: convolution, pool, fully connected layer."""
    chance = np.random.default_rng(seed)
    g = GraphBuilder()
    x, a = g.input((1, 8, 6, 1), "int8", 0.05, 3), g.tensor((1, 4, 3, 5), "int8", 0.1, -7)
    w = g.constant(chance.integers(-127, 128, (5, 3, 3, 1)).astype(np.int8), np.full(5, 0.01))
    b = g.constant(chance.integers(-999, 999, 5).astype(np.int32))
    g.op("CONV_2D", [x, w, b], [a], strideH=2, strideW=2, fusedActivationFunction=1)
    p, y = g.tensor((1, 2, 1, 5), "int8", 0.1, -7), g.tensor((1, 4), "int8", 0.2, 1)
    g.op("MAX_POOL_2D", [a], [p], filterHeight=2, filterWidth=3, strideH=2, strideW=3, padding=1)
    g.op("FULLY_CONNECTED", [p, g.constant(chance.integers(-127, 128, (4, 10)).astype(np.int8), 0.02), -1], [y])
    return Model.of(read_model(g.build([y]), "kws"))


def example() -> str:
    """The code of docs/embed.md."""
    found = re.search(r"```c\n(.*?)```", EMBED.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def golden_of(model: Model) -> Golden:
    """Eight random vectors with the reference's answers."""
    return make_golden(model, random_inputs(model, 8), {})


def run(command: list[str], **options: object) -> bytes:
    """Run a program that must succeed."""
    done = subprocess.run(command, capture_output=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr.decode()
    return bytes(done.stdout)


def undefined(nm: str, objects: list[Path]) -> set[str]:
    """Symbols that the objects want from elsewhere."""
    lines = run([nm, "-u", *map(str, objects)]).decode().splitlines()
    return {line.split()[-1].lstrip("_") for line in lines if " U " in line}


def test_the_example_is_short() -> None:
    """Fifteen lines, as promised."""
    assert 15 >= len([line for line in example().splitlines() if line.strip()])


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_documented_example_gives_the_golden_outputs(compiler: str, tmp_path: Path) -> None:
    """Compiled with every warning, the example computes the reference's bytes."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    model = keyword_model(0)
    golden = golden_of(model)
    write_c(model, tmp_path / "c", "kws")
    (tmp_path / "example.c").write_text(example())
    calls = "classify(window, scores);\n        fwrite(scores, 1, sizeof scores, stdout);"
    declarations = "#include <stdint.h>\nvoid classify(const int8_t *window, int8_t *scores);"
    (tmp_path / "main.c").write_text(_MAIN.format(declarations=declarations, window=48, scores=4, calls=calls))
    sources = [str(tmp_path / name) for name in ("example.c", "main.c", "c/model.c")]
    program = str(tmp_path / "program")
    run([compiler, *FLAGS, f"-I{tmp_path / 'c'}", *sources, "-o", program])
    answered = run([program], input=b"".join(golden.input_bytes(i) for i in range(len(golden))))
    assert b"".join(golden.output_bytes(i) for i in range(len(golden))) == answered


def test_only_memcpy_and_memset_are_wanted(tmp_path: Path) -> None:
    """The object file of a model needs nothing else from a C library."""
    write_c(keyword_model(0), tmp_path / "c", "kws")
    target = tmp_path / "model.o"
    run(
        ["gcc", *FLAGS, "-fno-builtin", f"-I{tmp_path / 'c'}", "-c", str(tmp_path / "c" / "model.c"), "-o", str(target)]
    )
    assert undefined("nm", [target]) <= ALLOWED


def test_two_models_live_in_one_binary(tmp_path: Path) -> None:
    """Two bundles of different names link into one program, each with its own answers."""
    models = {"first": keyword_model(1), "second": keyword_model(2)}
    goldens = {name: golden_of(model) for name, model in models.items()}
    objects, calls, declarations = [], "", '#include <string.h>\n#include "first/model.h"\n#include "second/model.h"\n'
    for name, model in models.items():
        write_c(model, tmp_path / name, name)
        objects.append(str(tmp_path / f"{name}.o"))
        run(["gcc", *FLAGS, f"-I{tmp_path / name}", "-c", str(tmp_path / name / "model.c"), "-o", objects[-1]])
        declarations += f"static union {{ uint8_t bytes[{name.upper()}_ARENA_BYTES]; uint64_t aligned; }} {name};\n"
        calls += (
            f"memcpy({name}.bytes + {name}_model.inputs[0].offset, window, sizeof window);\n"
            f"        {name}_model.invoke({name}.bytes, NULL, NULL, NULL);\n"
            f"        memcpy(scores, {name}.bytes + {name}_model.outputs[0].offset, sizeof scores);\n"
            "        fwrite(scores, 1, sizeof scores, stdout);\n        "
        )
    (tmp_path / "main.c").write_text(_MAIN.format(declarations=declarations, window=48, scores=4, calls=calls))
    program = str(tmp_path / "program")
    includes = [f"-I{tmp_path}", f"-I{tmp_path / 'first'}"]
    run(["gcc", *FLAGS, *includes, str(tmp_path / "main.c"), *objects, "-o", program])
    first, second = goldens["first"], goldens["second"]
    answered = run([program], input=b"".join(first.input_bytes(i) for i in range(len(first))))
    np.testing.assert_array_equal(first.inputs[0], second.inputs[0])
    expected = b"".join(first.output_bytes(i) + second.output_bytes(i) for i in range(len(first)))
    assert expected == answered
