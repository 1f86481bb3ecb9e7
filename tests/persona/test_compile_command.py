"""`persona compile` with models of any kind: files as they are, float models with a calibration set, errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from persona.main import persona
from toolchain.bundle import Bundle
from toolchain.reference import Reference


def run(*arguments: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(persona, ["compile", *map(str, arguments)])


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a saved torch program `net.pt2` and its calibration set `samples.npz`."""
    torch = pytest.importorskip("torch", reason="the compiler's torch front end needs persona-mcu[compile]")
    folder = tmp_path_factory.mktemp("program")
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)).eval()
    torch.export.save(torch.export.export(net, (torch.zeros(1, 6),)), folder / "net.pt2")
    np.savez(folder / "samples.npz", x=np.random.default_rng(0).uniform(-1, 1, (40, 6)).astype(np.float32))
    return folder


@pytest.fixture(scope="module")
def bundle(program: Path) -> Bundle:
    """The program as a bundle with its last layer adaptive."""
    target = program / "net.bundle"
    result = run(
        program / "net.pt2", "-o", target, "--calibration", program / "samples.npz", "--adaptive", "2", "--clip", 0.25,
        "--name", "tiny", "--json", program / "out.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    return Bundle.open(target)


def test_a_program_becomes_a_bundle_with_its_layer_adaptive(program: Path, bundle: Bundle) -> None:
    """Name, clip and adaptive layer are those of the options; golden vectors come from the calibration set."""
    told = json.loads((program / "out.json").read_text())
    assert (told["name"], told["adaptive_bytes"]) == ("tiny", 4 * 27) == (bundle.name, 4 * bundle.layout.size)
    assert {"2.weight": (3, 8), "2.bias": (3,)} == {n: a.parameter for n, a in bundle.arrangements.items()}
    assert [("2.weight", 0.25), ("2.bias", 0.25)] == [(t.name, t.clip) for t in bundle.layout.tensors]
    with np.load(program / "samples.npz") as file:
        np.testing.assert_array_equal(bundle.inputs[0].encode(file["x"][:32]), bundle.golden.inputs[0])
    window = bundle.golden.window(5)
    np.testing.assert_array_equal(Reference(bundle.model).run(window).outputs[0], bundle.golden.outputs[0][5])


def test_a_plain_file_compiles_without_anything_adaptive(program: Path, bundle: Bundle, tmp_path: Path) -> None:
    """A .tflite file is taken byte by byte, named after itself, with random golden vectors."""
    (tmp_path / "plain.tflite").write_bytes(bundle.tflite)
    result = run(tmp_path / "plain.tflite", "-o", tmp_path / "plain.bundle")
    assert result.exit_code == 0, result.output
    plain = Bundle.open(tmp_path / "plain.bundle")
    assert (bundle.tflite, "plain", 0, 32) == (plain.tflite, plain.name, plain.layout.size, len(plain.golden))
    assert not (program / "plain.bundle").exists()


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["net.pt2"], "float model", 2),
        (["net.pt2", "--calibration", "samples.npz", "--adaptive", "3"], "3: ", 2),
        (["net.pt2", "--calibration", "none.npy"], "cannot be read as a calibration set", 2),
        (["samples.npz"], "no model that the compiler knows", 2),
        (["missing.tflite"], "there is no ", 2),
        ([".", "--adaptive", "fc1"], "a trained folder knows", 2),
    ],
)
def test_mistakes_are_one_clear_message(
    program: Path, tmp_path: Path, arguments: list[str], message: str, code: int
) -> None:
    """What is missing or misspelt is said in one message, and nothing is written."""
    paths = [str(program / a) if "." in a else a for a in arguments]
    result = run(*paths, "-o", tmp_path / "bundle")
    assert (code, True) == (result.exit_code, message in result.stderr), result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "bundle").exists()
