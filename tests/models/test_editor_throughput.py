"""The measurement of the editor's speed says what it measured."""

from __future__ import annotations

import json

import pytest

from benchmarks.editor_throughput import main
from models.editor.spec import ENCODERS


def test_the_benchmark_prints_a_row_for_each_encoder(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON with versions, sizes, edits a second and milliseconds of one edit."""
    main(["--devices", "3", "--repeats", "1"])
    printed = json.loads(capsys.readouterr().out)
    assert list(ENCODERS) == [row["encoder"] for row in printed["rows"]]
    assert all(row["edits_per_s"] > 0 and row["one_edit_ms"] > 0 for row in printed["rows"])
    assert {"python", "numpy"} == set(printed["versions"])
    assert (3, 1042) == (printed["devices"], printed["parameters"])
