"""From units to rows to a table."""

from __future__ import annotations

from typing import Any

import pytest

from models.evaluation.pool import clip_name, device_names, rows
from models.evaluation.table import markdown, render, render_costs, render_guarded
from models.rivals.edited import Edited
from models.rivals.method import Method


def never(_: object) -> Edited:
    """No method is run here."""
    raise NotImplementedError


METHODS = [
    Method("base", never, "nothing"),
    Method("edit", never, "something", labelled=True, backpropagation=True),
]


def unit(seed: int, fold: int, base: list[float], edit: list[float], accepted: list[bool] | None) -> dict[str, Any]:
    """The result of one unit with two devices."""
    costs = {"validation": 0.7, "clip": [0.5, 0.5], "seconds": 0.002, "bytes": {"f32": 136, "int8": 61}}
    return {
        "seed": seed,
        "fold": fold,
        "devices": [f"user-{fold}-0", f"user-{fold}-1"],
        "parameters": 25,
        "methods": {
            "base": {
                "device": base,
                "float": base,
                "accepted": None,
                "validation": 0.6,
                "clip": [1.0],
                "seconds": 0.0,
                "bytes": {},
            },
            "edit": {"device": edit, "float": edit, "accepted": accepted, **costs},
        },
    }


UNITS = [
    unit(0, 0, [0.5, 0.6], [0.7, 0.5], [True, False]),
    unit(0, 1, [0.4, 0.8], [0.6, 0.8], [True, True]),
    unit(1, 0, [0.5, 0.8], [0.5, 0.8], [True, False]),
    unit(1, 1, [0.6, 0.8], [0.8, 0.6], [True, True]),
]


def test_a_device_counts_once_with_its_mean_over_seeds() -> None:
    """Four devices of two seeds: means over seeds first, then over devices."""
    base, edit = rows(UNITS, METHODS)
    assert device_names(UNITS) == ["user-0-0", "user-0-1", "user-1-0", "user-1-1"]
    assert (base.device.devices, edit.device.devices) == (4, 4)
    assert edit.device.mean == pytest.approx((0.6 + 0.65 + 0.7 + 0.7) / 4)
    assert edit.device.gain == pytest.approx((0.1 - 0.05 + 0.2 - 0.1) / 4)
    assert (edit.device.improved, edit.device.worse) == (0.5, 0.5)
    assert edit.smallest_gain == pytest.approx((0.0 + 0.0 + 0.2 - 0.2) / 4, abs=1e-12)


def test_a_device_that_refuses_keeps_the_base() -> None:
    """Guarded figures take the base's score where the edit was refused; the share of accepted edits is told."""
    edit = rows(UNITS, METHODS)[1]
    assert edit.guarded is not None
    assert edit.accepted == pytest.approx(0.75)
    assert edit.guarded.mean == pytest.approx((0.6 + 0.7 + 0.7 + 0.7) / 4)
    assert edit.guarded.loss == pytest.approx(0.1)


def test_without_a_guard_there_are_no_guarded_figures() -> None:
    """Neither in the row nor in a table."""
    found = rows([unit(0, 0, [0.5, 0.6], [0.7, 0.5], None)], METHODS)
    assert found[1].guarded is None
    assert render_guarded(found) == ""
    assert found[1].to_json()["guarded"] is None


def test_a_row_as_json_says_what_the_method_is_and_costs() -> None:
    """Flags, both accuracies, interval, bytes, T and parameters."""
    found = rows(UNITS, METHODS)[1].to_json()
    assert (found["labelled"], found["backpropagation"], found["sendable"]) == (True, True, True)
    assert found["accuracy_device"] == found["accuracy_float"] == pytest.approx(0.6625)
    assert found["low"] <= found["gain"] <= found["high"]
    assert found["bytes_per_edit"] == {"f32": 136, "int8": 61}
    assert (found["parameters"], found["clips"], found["seconds_per_edit"]) == (25, {"0.5": 4}, 0.002)


def test_every_method_has_a_line_and_only_edits_have_a_price() -> None:
    """Two lines of results, one of costs: the base sends nothing."""
    found = rows(UNITS, METHODS)
    assert len(render(found).splitlines()) == 2 + 2
    assert len(render_guarded(found).splitlines()) == 2 + 1
    costs = render_costs(found)
    assert "0.5 (4)" in costs
    assert "| base" not in costs


def test_a_table_is_aligned() -> None:
    """All lines are equally long, and the rule says which columns are numbers."""
    lines = markdown(("a", "value"), [("longer name", "1")]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[1] == "| :---------- | ----: |"


@pytest.mark.parametrize(
    ("clip", "name"), [(None, "none"), ([0.5, 0.5], "0.5"), ([0.05, 0.5], "0.05/0.5")], ids=["free", "one", "two"]
)
def test_clips_have_names(clip: list[float] | None, name: str) -> None:
    """One T, one for each tensor, or none at all."""
    assert clip_name(clip) == name
