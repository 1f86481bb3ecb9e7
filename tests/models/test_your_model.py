"""docs/your-model.md does what it says: its code, run as it stands, ends with a verified device."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from models.networks.registry import NETWORKS
from models.trained import Trained
from persona.main import persona

PAGE: Final = (Path(__file__).parents[2] / "docs" / "your-model.md").read_text()
DEVICES, WINDOWS, CLASSES = 12, 72, 4


def _gestures() -> dict[str, np.ndarray]:
    """Noisy sines, a frequency for each class; every device mixes the three channels in its own way."""
    chance = np.random.default_rng(0)
    device, y = np.repeat(np.arange(DEVICES), WINDOWS), np.tile(np.arange(WINDOWS) % CLASSES, DEVICES)
    phases = chance.uniform(0, 2 * np.pi, (len(y), 3, 1)) + np.linspace(0, 2 * np.pi, 64) * (y[:, None, None] + 1)
    mixing = np.eye(3) + 0.8 * chance.normal(size=(DEVICES, 3, 3))
    x = np.einsum("nij,njt->nit", mixing[device], np.sin(phases)) + 0.8 * chance.normal(size=(len(y), 3, 64))
    return {"x": x.astype(np.float32), "y": y, "device": device}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    """The folder in which the page's code ran, the names that it defined, and what it printed."""
    folder, names, printed = tmp_path_factory.mktemp("page"), {"__name__": "page"}, io.StringIO()
    np.savez(folder / "gestures.npz", **_gestures())
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.chdir(folder)
        for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(compile(code, "your-model.md", "exec"), names)  # noqa: S102  # the page is ours
    return folder, names, printed.getvalue()


def test_the_code_personalises_an_own_module(page: tuple[Path, dict[str, Any], str]) -> None:
    """The trained model has the module's named layers; int8 gives the float model's answers nearly everywhere."""
    _, names, printed = page
    layers = ("module.head.0.weight", "module.head.0.bias", "module.head.2.weight", "module.head.2.bias")
    assert layers == tuple(tensor.name for tensor in names["trained"].layout.tensors)
    assert "accuracy_after" in printed.splitlines()[0]
    assert float(printed.splitlines()[-1]) > 0.9


def test_the_bundle_is_verified_on_the_posix_board(page: tuple[Path, dict[str, Any], str]) -> None:
    """The page's command line finds all vectors equal."""
    (command,) = re.findall(r"^persona (verify .*)$", PAGE, re.MULTILINE)
    arguments = [str(page[0] / word) if word.endswith(".bundle") else word for word in command.split()]
    result = CliRunner().invoke(persona, [*arguments, "--json", "-"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert 0 < report["total"] == report["equal"]


def test_a_registered_module_is_read_back(
    page: tuple[Path, dict[str, Any], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved under its name and loaded again, the network gives the same answers."""
    folder, names, _ = page
    trained: Trained = names["trained"]
    trained.save(tmp_path / "trained")
    monkeypatch.setenv("PERSONA_DATA", str(folder))
    monkeypatch.setitem(NETWORKS, "own", lambda: names["network"]((3, 64), CLASSES))
    again = Trained.load(tmp_path / "trained")
    x = torch.from_numpy(trained.calibration[:8])
    torch.testing.assert_close(trained.network(x), again.network(x))
