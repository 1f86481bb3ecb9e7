"""The report of the whole study: written from figures, resumed from finished pieces."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from models.errors import FleetError
from models.evaluation.cache import Cache
from models.evaluation.piece import Piece
from models.evaluation.plots import Curve, sweep_plot
from models.evaluation.study import Report, Study
from models.reproduce import bars
from models.reproduce.__main__ import compute, main, write
from models.reproduce.chapter import Chapter, Single
from models.reproduce.program import CHAPTERS
from models.reproduce.remarks import remarks

HERE = "tests.models.evaluation.test_reproduce"


def row(method: str, accuracy: float, **changed: Any) -> dict[str, Any]:
    """A method over a base of .7."""
    gain = accuracy - 0.7
    usual = {
        "method": method,
        "labelled": False,
        "backpropagation": False,
        "sendable": True,
        "accuracy_device": accuracy,
        "accuracy_float": accuracy,
        "accuracy_validation": accuracy,
        "gain": gain,
        "low": gain - 0.02,
        "high": gain + 0.02,
        "improved": 0.9,
        "loss": 0.02,
        "guarded": None,
        "bytes_per_edit": {"int8": 100},
    }
    return usual | changed


ROWS = [
    row("base", 0.7, bytes_per_edit={}),
    row("extra-budget", 0.72, sendable=False),
    row("alignment", 0.71),
    row("persona", 0.77, guarded={"improved": 0.7, "loss": 0.01, "gain": 0.05, "low": 0.0, "high": 0.1}),
    row("persona-set", 0.74),
    row("persona-gru", 0.75, accuracy_validation=0.73),
    row("persona-hindsight", 0.9, labelled=True),
    row("newton", 0.79, labelled=True),
    row("fine-tuning", 0.78, labelled=True, backpropagation=True, sendable=False),
]


def count(value: int) -> dict[str, Any]:
    """A piece."""
    return {"value": value}


def piece(value: int) -> Piece:
    """A piece that any process can run."""
    return Piece(f"piece{value}", f"{HERE}:count", {"value": value}, {})


def table(values: dict[str, Any]) -> str:
    """A report of a piece."""
    return f"the value is {values['value']}"


def missing() -> Study:
    """A study whose data is not at hand."""
    raise FleetError("the data set is not at hand", remedy="set PERSONA_DATA")


def test_the_bars_are_compared_not_claimed() -> None:
    """Plain and guarded, Persona with the encoder that validation prefers; bounds in hindsight are no methods."""
    found = {bar.what: bar.met for bar in bars.wisdm({"rows": ROWS})}
    assert found == {
        "WISDM, persona, unlabelled: gain over the base": True,
        "WISDM, persona, guarded, unlabelled: gain over the base": False,
        "WISDM, persona-set, unlabelled: gain over the base": False,
        "WISDM, persona-set: users improved": True,
        "WISDM, persona-set: largest loss": True,
        "WISDM, labelled, no backpropagation (newton) against head fine-tuning": True,
        "WISDM, persona: users improved": True,
        "WISDM, persona: largest loss": True,
        "WISDM, persona, guarded: users improved": False,
        "WISDM, persona, guarded: largest loss": True,
        "WISDM, newton: users improved": True,
        "WISDM, newton: largest loss": True,
    }


def test_the_shown_method_is_chosen_on_validation_devices() -> None:
    """A method with the best held-out mean is not shown for it."""
    rows = [*ROWS, row("lucky", 0.95, accuracy_validation=0.1)]
    assert bars.preferred(rows, labelled=False)["method"] == "persona"


@pytest.mark.parametrize(("accuracy", "met"), [(0.8, True), (0.79, False)])
def test_the_gap_is_measured_from_the_base_to_home(accuracy: float, *, met: bool) -> None:
    """From .7 to .9 half of the gap is .8."""
    values = {"rows": [ROWS[0], row("newton", accuracy, labelled=True)], "accuracy_home": 0.9, "context": 32}
    (bar,) = bars.shifted_digits(values | {"data": {"name": "usps_mnist"}}, labelled=True)
    assert bar.met is met


@pytest.mark.parametrize(("means", "met"), [([0.7, 0.8, 0.75], True), ([0.7, 0.75, 0.8], False)])
def test_an_optimum_at_the_end_of_a_sweep_is_none(means: list[float], *, met: bool) -> None:
    """It has to lie inside the range."""
    curve = {"name": "persona", "values": [0.1, 0.5, 1.0], "means": means}
    (bar,) = bars.optimum({"curves": [curve], "sweep": "T", "data": {"name": "wisdm"}})
    assert bar.met is met


def test_the_editors_speed_is_that_of_the_shipped_encoder() -> None:
    """Batched and alone."""
    rows = [
        {"encoder": name, "edits_per_s": n, "one_edit_ms": ms} for name, n, ms in (("gru", 9, 9), ("summary", 3000, 1))
    ]
    assert all(bar.met for bar in bars.throughput({"rows": rows}))


@pytest.mark.parametrize(("device", "met"), [(0.299, [True, True]), (0.296, [True, False])])
def test_the_base_of_sequences_has_to_be_worth_editing(device: float, met: list[bool]) -> None:
    """NDCG@5 of the float anchor, and how far the device's is from it."""
    anchor = {"float": {"ndcg@5": 0.3}, "device": {"ndcg@5": device}}
    values = {"anchor": anchor, "data": {"name": "beauty"}, "model": {"name": "sasrec"}}
    assert [bar.met for bar in bars.sequences(values)] == met


def test_remarks_follow_from_the_figures() -> None:
    """Who is best, what is left over the control, and which rivals are above Persona."""
    said = "\n".join(remarks(ROWS))
    assert "Without labels, `persona` has the highest mean" in said
    assert "With labels, `newton` has the highest mean" in said
    assert "`persona` stands 0.050 above the control `extra-budget`" in said
    assert "Rivals with a higher mean than `persona` (0.770): `newton` (0.790, labelled), `fine-tuning`" in said
    assert "hindsight" not in said


def test_a_losing_persona_is_said_to_lose() -> None:
    """The same sentences turn around with the figures."""
    said = "\n".join(remarks([*ROWS[:2], row("persona", 0.69), row("alignment", 0.71)]))
    assert "`persona` stands 0.030 below the control `extra-budget`" in said
    assert "Rivals with a higher mean than `persona` (0.690): `extra-budget` (0.720), `alignment` (0.710)." in said
    assert "holds 0 for `persona`, `alignment`" in said


def test_the_report_holds_chapters_plots_and_what_is_missing(tmp_path: Path) -> None:
    """A chapter without data is left out and named; finished pieces are not run again."""
    curve = Curve("persona", (1, 2), (0.5, 0.6), (0.1, 0.1))

    class Drawn(Single):
        def report(self, results: Any) -> Report:
            own = super().report(results)
            return Report(own.text, own.values, lambda: sweep_plot("t", "T", [curve], 0.5, logarithmic=False))

    chapters = [
        Chapter("one", "The first", "About it.", lambda: Single(piece(1), table)),
        Chapter(
            "two",
            "The second",
            "About it.",
            lambda: Drawn(piece(2), table),
            lambda _: [bars.Bar("f", "1", "2", met=True)],
        ),
        Chapter("gone", "The third", "About it.", missing),
    ]
    stream, cache = io.StringIO(), Cache(tmp_path / "cache")
    written, left_out = compute(chapters, cache, 1, stream)
    write(tmp_path, written, left_out)
    text = (tmp_path / "results.md").read_text()
    assert "## The first" in text
    assert "the value is 2" in text
    assert "![The second](plots/two.svg)" in text
    assert (tmp_path / "plots" / "two.svg").read_text().startswith("<?xml")
    assert "- The third: the data set is not at hand" in text
    assert "All are reached." in text
    again = io.StringIO()
    compute(chapters, cache, 1, again)
    assert again.getvalue().count("kept") == 2


def test_every_chapter_has_a_name_of_its_own() -> None:
    """They name plots and are asked for with --only."""
    names = [chapter.name for chapter in CHAPTERS]
    assert len(set(names)) == len(names)


def test_an_unknown_chapter_is_one_clear_error(tmp_path: Path) -> None:
    """The nearest ones are offered, and nothing is computed."""
    stream = io.StringIO()
    assert main(["--only", "wisdmm", "--cache", str(tmp_path)], stream) == 4
    assert "did you mean wisdm" in stream.getvalue()
