"""Training end to end on a small budget, and what becomes of its result on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.datasets.fleet import Role
from models.editor.observation import observe
from models.errors import TrainedError
from models.quantise import Int8Range
from models.train import train
from models.trained import Trained
from tests.models.conftest import SMALL_PLAN


def test_the_parts_fit_together(trained: Trained) -> None:
    """Table, layout, editor and network agree on sizes; row 0 of the table is the network's own head."""
    compiler = trained.model()
    assert trained.prototypes.shape == (1 + trained.editor.prototypes, trained.layout.size)
    assert tuple(compiler.adaptive) == tuple(t.name for t in trained.layout.tensors) == trained.network.adaptive
    np.testing.assert_array_equal(trained.layout.flatten(compiler.adaptive), trained.prototypes[0])
    assert not compiler.module.training
    assert tuple(compiler.example.shape) == (1, 16, 16, 1)
    assert compiler.calibration.shape == (32, 16, 16, 1)
    assert len({row.tobytes() for row in trained.prototypes}) == len(trained.prototypes)


def test_the_report_says_where_the_figures_come_from(trained: Trained) -> None:
    """Seed, versions, T, and accuracies on the validation devices are all there."""
    report, validation = trained.report, trained.report["validation"]
    assert report["seed"] == 0
    assert set(report["versions"]) == {"python", "torch", "numpy"}
    assert validation["clip"] == pytest.approx(trained.layout.tensors[0].clip)
    assert f"{validation['clip']:g}" in validation["sweep"]
    assert all(0 <= validation[name] <= 1 for name in ("accuracy_home", "accuracy_before", "accuracy_after"))
    assert sum(validation["assigned"]) == validation["devices"] == 4


def test_a_small_budget_already_helps(trained: Trained) -> None:
    """Even this training personalises: validation devices gain from their unlabelled contexts."""
    validation = trained.report["validation"]
    assert validation["accuracy_after"] > validation["accuracy_before"]


def test_save_and_load(trained: Trained, tmp_path: Path) -> None:
    """A loaded model has the same outputs, table, editor, fleet and report."""
    trained.save(tmp_path / "t")
    again = Trained.load(tmp_path / "t")
    x = torch.from_numpy(trained.calibration)
    with torch.no_grad():
        torch.testing.assert_close(again.network(x), trained.network(x), atol=0, rtol=0)
    np.testing.assert_array_equal(again.prototypes, trained.prototypes)
    np.testing.assert_array_equal(again.calibration, trained.calibration)
    seen = Int8Range.from_json(trained.report["embedding"])
    observed = observe(np.random.default_rng(0).random((32, 32)).astype(np.float32), seen)
    np.testing.assert_array_equal(again.editor.propose(observed).delta, trained.editor.propose(observed).delta)
    np.testing.assert_array_equal(again.editor.propose(observed).code, trained.editor.propose(observed).code)
    assert (again.layout, again.report) == (trained.layout, trained.report)
    assert again.fleet.to_json() == trained.fleet.to_json()
    one, two = (t.fleet.devices(Role.HELD_OUT)[0] for t in (again, trained))
    np.testing.assert_array_equal(one.inputs, two.inputs)


@pytest.mark.parametrize(
    "name", ["base.safetensors", "prototypes.safetensors", "editor.json", "latent.safetensors", "trained.json"]
)
def test_a_truncated_directory_is_one_clear_error(trained: Trained, tmp_path: Path, name: str) -> None:
    """Half of any file is refused with its path."""
    trained.save(tmp_path / "t")
    path = tmp_path / "t" / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TrainedError, match=name):
        Trained.load(tmp_path / "t")


def test_a_directory_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    """The message names the path and the command that makes one."""
    with pytest.raises(TrainedError, match=r"nowhere[\s\S]*persona train"):
        Trained.load(tmp_path / "nowhere")


def test_training_is_deterministic_and_leaves_torch_alone(trained: Trained) -> None:
    """The same seed gives the same bits, reports every stage to its end, and the global generator is untouched."""
    ends: dict[str, bool] = {}

    def progress(stage: str, done: int, total: int) -> None:
        ends[stage] = done == total

    threads = torch.get_num_threads()
    torch.manual_seed(123)
    expected = torch.rand(1)
    torch.manual_seed(123)
    again = train(0, progress, SMALL_PLAN)
    assert torch.rand(1) == expected
    assert torch.get_num_threads() == threads
    np.testing.assert_array_equal(again.prototypes, trained.prototypes)
    for mine, theirs in zip(again.editor.parameters, trained.editor.parameters, strict=True):
        assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)
    assert {"fleet", "base", "editors"} <= set(ends)
    assert all(ends.values())
