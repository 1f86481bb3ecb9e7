"""The whole road through the command line, with a training of seconds: real in every part, too short to be good."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from models.base import BasePlan
from models.editor.fit import Plan
from models.editor.persona import PersonaPlan
from models.recipes.default import FLAT
from models.train import train
from persona.main import persona
from tests.models.conftest import SMALL_PLAN
from toolchain.bundle import Bundle

KEYS = {
    "board",
    "inferences_verified",
    "inferences_total",
    "accuracy_before",
    "accuracy_after",
    "edit_wire_bytes",
    "context_wire_bytes",
    "flash_bytes",
    "ram_bytes",
    "adaptive_bytes",
    "seconds",
}
SMALL_RECIPE = replace(
    FLAT,
    base=BasePlan(60),
    persona=PersonaPlan(clips=(0.05,), prototypes=1, minimum=3, editor=Plan(20), head=Plan(5), group=Plan(10)),
    calibration_windows=32,
)


def run(*arguments: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(persona, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `trained` and `digits.bundle`, made by the commands."""
    folder = tmp_path_factory.mktemp("road")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.train.train", partial(train, plan=SMALL_PLAN))
        trained = run("train", "--seed", 3, "-o", folder / "trained", "--json", folder / "train.json")
    assert trained.exit_code == 0, trained.output
    compiled = run("compile", folder / "trained", "-o", folder / "digits.bundle", "--json", folder / "compile.json")
    assert compiled.exit_code == 0, compiled.output
    return folder


def test_train_and_compile_say_what_they_made(road: Path) -> None:
    """Seed, seconds and accuracies of the training; base, sizes and rounding of the bundle."""
    training = json.loads((road / "train.json").read_text())
    assert training["seed"] == 3
    assert training["path"] == str(road / "trained")
    compiled = json.loads((road / "compile.json").read_text())
    assert compiled["rounding"] == "tflm"
    assert compiled["adaptive_bytes"] > 0
    told = json.loads(run("info", road / "digits.bundle", "--json", "-").stdout)
    assert told["bundle"]["base"] == compiled["base"]


def test_build_reports_the_linked_image(road: Path, tmp_path: Path) -> None:
    """Sizes come from the ELF; text for people has the same figures."""
    result = run("build", road / "digits.bundle", "--board", "posix", "-o", tmp_path / "out", "--json", "-")
    assert result.exit_code == 0, result.output
    built = json.loads(result.stdout)
    assert Path(built["path"]).is_file()
    assert f"{built['flash_bytes']:,} bytes" in result.stderr
    assert built["parts"]["banks"] == 2 * built["adaptive_bytes"]


@pytest.mark.emulator
@pytest.mark.parametrize("board", ["mps2-an386", "mps2-an385"])
def test_the_trained_model_is_equal_on_every_core(road: Path, board: str) -> None:
    """Device, NumPy reference and TFLM agree: integers to the bit, floats within the stated tolerance."""
    bundle = road / "digits.bundle"
    result = run("verify", bundle, "--board", board, "--oracle", "tflite_micro", "--samples", 12, "--json", "-")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["equal"], told["total"], told["board"]) == (12, 12, board)


def test_the_demo_personalises_and_proves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of the issue, every inference equal, nothing left in the machine's temporary folder."""
    monkeypatch.setattr("models.train.train", partial(train, plan=SMALL_PLAN))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "tmp").mkdir()
    result = run("demo", "--board", "posix", "--devices", 2, "--json", tmp_path / "out.json")
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads((tmp_path / "out.json").read_text())
    assert set(figures) >= KEYS
    assert figures["inferences_verified"] == figures["inferences_total"] > 200
    assert figures["embeddings_verified"] == figures["embeddings_total"] > 0
    assert figures["devices"] == 2
    assert set(figures["seconds"]) >= {"train", "compile", "build", "personalise", "total"}
    assert "accuracy on device outputs, after the edit" in result.stdout
    assert not [path for path in (tmp_path / "tmp").iterdir() if path.name.startswith("persona-")]


def test_a_user_of_a_real_data_set_is_personalised_too(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WISDM end to end: a held-out user of the fold, every answer equal, the control beside it, data found again."""
    monkeypatch.setenv("PERSONA_DATA", str(data_folder))
    monkeypatch.setattr("models.train.train", partial(train, plan=SMALL_RECIPE))
    own = ("--dataset", "wisdm", "--fold", 3, "--workdir", tmp_path / "work", "--devices", 1, "--control")
    result = run("demo", "--board", "posix", *own, "--json", "-")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["fleet"]["name"] == "wisdm"
    assert figures["fleet"]["split"]["fold"] == 3
    assert figures["per_device"][0]["name"] == "user-4"
    assert figures["inferences_verified"] == figures["inferences_total"] == 20 + 2 * 31
    assert figures["verified"] == figures["total"] > figures["inferences_total"]
    assert 0 < figures["accuracy_control"] < 1
    made = Bundle.open(tmp_path / "work" / "bundle").manifest.provenance
    assert len(made["scaling"]["median"]) == 43
    trained = tmp_path / "work" / "trained"
    monkeypatch.delenv("PERSONA_DATA")
    lost = run("compile", trained, "-o", tmp_path / "bundle")
    assert lost.exit_code == 4
    assert "set PERSONA_DATA to the folder that holds wisdm_v1.1.npz" in lost.stderr


def test_a_data_set_that_is_not_there_is_one_clear_message(tmp_path: Path) -> None:
    """Nothing is trained, nothing is written."""
    result = run("train", "--dataset", tmp_path / "nothing.npz", "-o", tmp_path / "trained")
    assert result.exit_code == 4
    assert result.stderr.startswith("error: the data set")
    assert "what to do: set PERSONA_DATA" in result.stderr
    assert not (tmp_path / "trained").exists()


def test_a_fold_needs_a_data_set(tmp_path: Path) -> None:
    """Neither a fold of the simulated fleet nor one that a set does not have is taken silently."""
    result = run("train", "--fold", 2, "-o", tmp_path / "trained")
    assert result.exit_code == 4
    assert "has no folds" in result.stderr
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "own.npz", x=rng.normal(size=(240, 4)), y=np.arange(240) % 2, device=np.arange(240) // 30)
    result = run("train", "--dataset", tmp_path / "own.npz", "--fold", 6, "-o", tmp_path / "trained")
    assert result.exit_code == 4
    assert "0 <= fold < folds" in result.stderr
    result = run("train", "--dataset", tmp_path / "own.npz", "-o", tmp_path / "trained")
    assert result.exit_code == 4
    assert "too few windows for a context of 20" in result.stderr
    assert not (tmp_path / "trained").exists()


def test_training_into_something_else_is_refused(road: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that holds other things is not overwritten."""
    monkeypatch.setattr("models.train.train", partial(train, plan=SMALL_PLAN))
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "data").write_text("mine")
    result = run("compile", road / "trained", "-o", tmp_path / "precious")
    assert result.exit_code == 2
    assert "is in the way" in result.stderr
    assert (tmp_path / "precious" / "data").read_text() == "mine"


def test_a_truncated_training_is_one_clear_message(road: Path, tmp_path: Path) -> None:
    """Compiling a damaged folder says so and writes nothing."""
    shutil.copytree(road / "trained", tmp_path / "trained")
    damaged = tmp_path / "trained" / "base.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:100])
    result = run("compile", tmp_path / "trained", "-o", tmp_path / "bundle")
    assert result.exit_code == 4
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.output
    assert not (tmp_path / "bundle").exists()
