"""`persona evaluate`: a small set from nothing to its table, and one clear error for each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from persona.main import persona

DEVICES, WINDOWS, FEATURES = 8, 48, 6
QUICK = ("--budget", 0.02, "--seeds", 1, "--jobs", 1)
ROW = {
    "accuracy_device",
    "accuracy_float",
    "gain",
    "low",
    "high",
    "spread",
    "error",
    "worst",
    "improved",
    "worse",
    "loss",
}
COSTS = {"labelled", "backpropagation", "sendable", "seconds_per_edit", "bytes_per_edit", "parameters", "clips"}


def run(*arguments: object) -> Result:
    """Call the command line in this process."""
    return CliRunner().invoke(persona, ["evaluate", *(str(argument) for argument in arguments)])


def write_set(path: Path, **changed: Any) -> Path:
    """Devices whose features are shifted, each in its own way."""
    rng = np.random.default_rng(5)
    device = np.repeat(np.arange(DEVICES), WINDOWS)
    y = np.tile(np.arange(3), DEVICES * WINDOWS // 3)
    centres, shifts = rng.normal(0, 1.5, (3, FEATURES)), rng.normal(0, 1, (DEVICES, FEATURES))
    x = (centres[y] + shifts[device] + rng.normal(0, 0.7, (len(y), FEATURES))).astype(np.float32)
    np.savez(path, **({"x": x, "y": y, "device": device} | changed))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set that a second is enough for."""
    return write_set(tmp_path_factory.mktemp("set") / "small.npz")


@pytest.fixture(scope="module")
def evaluated(small: Path) -> tuple[Path, dict[str, Any], Result]:
    """Two folds, compiled and scored as on a device; the folder of finished units, the JSON, and the rest."""
    cache = small.parent / "cache"
    result = run(small, "--folds", 2, "--editors", "alignment,persona", *QUICK, "--cache", cache, "--json", "-")
    assert result.exit_code == 0, result.output
    return cache, json.loads(result.stdout), result


def test_the_json_has_all_that_a_reader_needs(evaluated: tuple[Path, dict[str, Any], Result]) -> None:
    """Date, versions, digest, seeds and folds; for each method accuracies, gains, spread, costs and flags."""
    _, told, _ = evaluated
    assert {"date", "versions", "data", "model", "seeds", "folds", "context", "devices", "rows"} <= set(told)
    assert (told["seeds"], told["folds"], told["devices"]) == ([0], 2, DEVICES)
    assert len(told["data"]["sha256"]) == 64
    assert [row["method"] for row in told["rows"]] == ["base", "alignment", "persona"]
    assert all(set(row) >= ROW | COSTS for row in told["rows"])
    assert told["rows"][0]["gain"] == 0
    assert all(abs(row["accuracy_device"] - row["accuracy_float"]) < 0.2 for row in told["rows"])


def test_an_edit_has_a_price_in_each_codec(evaluated: tuple[Path, dict[str, Any], Result]) -> None:
    """The latent code is the smallest, int8 a quarter of float32 and its header; the base sends nothing."""
    base, alignment, edited = evaluated[1]["rows"]
    assert base["bytes_per_edit"] == {}
    assert set(alignment["bytes_per_edit"]) == {"f32", "int8"}
    sizes = edited["bytes_per_edit"]
    assert sizes["latent"] < sizes["int8"] < sizes["f32"] == 36 + 4 * edited["parameters"]


def test_people_get_a_table(evaluated: tuple[Path, dict[str, Any], Result]) -> None:
    """Beside the JSON on standard output, the text goes to standard error."""
    _, _, result = evaluated
    assert "| persona " in result.stderr
    assert "8 held-out devices, 2 fold(s)" in result.stderr


def test_finished_units_are_not_computed_again(
    small: Path, evaluated: tuple[Path, dict[str, Any], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the cache nothing is trained, and the rows are the same."""
    cache, told, _ = evaluated
    monkeypatch.setattr("models.evaluation.unit.prepared", None)
    again = run(small, "--folds", 2, "--editors", "alignment,persona", *QUICK, "--cache", cache, "--json", "-")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["rows"] == told["rows"]


def test_a_sweep_has_a_point_for_each_value(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accuracies of held-out and of validation devices at every T, a plot, and the best on validation marked."""
    monkeypatch.setattr("models.evaluation.sweep.VALUES", {"T": (0.1, 1.0)})
    plot = tmp_path / "t.svg"
    result = run(small, "--folds", 2, *QUICK, "--sweep", "T", "--plot", plot, "--json", tmp_path / "t.json")
    assert result.exit_code == 0, result.output
    (curve,) = json.loads((tmp_path / "t.json").read_text())["curves"]
    assert curve["values"] == [0.1, 1.0]
    assert len(curve["means"]) == len(curve["errors"]) == len(curve["validation"]) == 2
    assert curve["chosen"] == [curve["values"][int(np.argmax(curve["validation"]))]]
    assert "<svg" in plot.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--editors", "persone"], "did you mean persona"),
        (["--model", "mlpp"], "did you mean mlp"),
        (["--model", "conv1d"], "conv1d does not read the windows"),
        (["--folds", "9"], "2 to 8 folds"),
        (["--folds", "1"], "2 to 8 folds"),
        (["--context", "40"], "too few windows for a context of 40"),
    ],
    ids=["editor", "model", "shape", "many-folds", "one-fold", "context"],
)
def test_a_mistake_is_one_clear_error(small: Path, arguments: list[str], said: str) -> None:
    """Said at once, with what to do; no traceback."""
    result = run(small, *QUICK, *arguments)
    assert result.exit_code == 4
    assert said in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"device": np.zeros(DEVICES * WINDOWS, int)}, "1 device"),
        ({"x": np.full((DEVICES * WINDOWS, FEATURES), np.nan, np.float32)}, "not finite"),
    ],
    ids=["one-device", "nan"],
)
def test_a_bad_set_is_one_clear_error(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    """One device cannot be held out, and NaN cannot be learned from."""
    result = run(write_set(tmp_path / "bad.npz", **changed), *QUICK)
    assert result.exit_code == 4
    assert said in result.stderr


def test_an_unknown_set_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable that says where sets are."""
    monkeypatch.delenv("PERSONA_DATA", raising=False)
    result = run("wisdm", *QUICK)
    assert result.exit_code == 4
    assert "PERSONA_DATA" in result.stderr


def test_simulated_devices_have_no_folds() -> None:
    """More seeds are the way to more devices."""
    result = run("digits_fleet", "--folds", 3)
    assert result.exit_code == 4
    assert "more --seeds" in result.stderr
