"""No kernel becomes slower or larger unnoticed: counts against benchmarks/expected.json, which `make bench` writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.bars import Panel, svg
from benchmarks.cases import CASES, M3, M4, M55, MODELS, Case, MissingModelError, Workshop, model_file
from benchmarks.expected import Change, changes, compiler_of, entry_of, load, save
from benchmarks.kernels import versions
from benchmarks.page import page, panels

CHECKED = [
    *(Case(model, board) for model in MODELS for board in (M4, M55)),
    *(Case(model, M3) for model in ("kws", "ad")),
    Case("float_head", M4),
]
STACK_BYTES = {M3: 1024, M4: 1024, M55: 2048}
"""What an inference may take of the stack; Helium's depthwise kernels keep a strip of rows there."""

ENTRY = {"instructions": 1000, "flash_bytes": 500, "ram_bytes": 300, "per_op": {"0 CONV_2D": 900, "1 SOFTMAX": 20}}


@pytest.fixture(scope="module")
def workshop(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Where each model is compiled once."""
    del data_folder
    return Workshop(tmp_path_factory.mktemp("benchmarks"))


@pytest.mark.emulator
@pytest.mark.parametrize("case", CHECKED, ids=str)
def test_no_figure_has_grown(workshop: Workshop, case: Case) -> None:
    """Instructions, each operator's, flash and RAM are at most 1 % above what is committed; the stack is bounded."""
    if compiler_of() != (used := versions()["GCC"]):
        pytest.skip(f"expected.json was made with GCC {compiler_of()}, here is {used}")
    figures = workshop.measure(case)
    found = list(changes(load()[case], entry_of(figures)))
    smaller = [change for change in found if change.is_shrinkage]
    if smaller:
        print(f"\n{case}: run `make bench`, these have shrunk: {', '.join(map(str, smaller))}")  # noqa: T201  # for -s
    assert [] == [str(change) for change in found if change.is_growth]
    assert (figures.total, figures.total) == (figures.equal, 2)
    assert figures.stack_bytes <= STACK_BYTES[case.board]


def test_every_case_is_committed() -> None:
    """The file holds what `make bench` measures, nothing more and nothing less."""
    assert set(CASES) == set(load())
    assert set(CHECKED) <= set(CASES)


@pytest.mark.parametrize(
    ("change", "grown", "shrunk"),
    [
        (Change("instructions", 1000, 1010), False, False),
        (Change("instructions", 1000, 1011), True, False),
        (Change("ram_bytes", 300, 304), True, False),
        (Change("flash_bytes", 500, 494), False, True),
        (Change("operator 1 SOFTMAX", 20, 84), False, False),
        (Change("operator 1 SOFTMAX", 20, 85), True, False),
        (Change("operator 0 CONV_2D", 100_000, 99_001), False, False),
        (Change("operator 0 CONV_2D", 100_000, 98_999), False, True),
    ],
)
def test_one_percent_is_the_limit(change: Change, *, grown: bool, shrunk: bool) -> None:
    """And a few instructions where an operator is small."""
    assert (grown, shrunk) == (change.is_growth, change.is_shrinkage)


def test_every_figure_is_compared() -> None:
    """Also that of an operator that is new or gone."""
    other = {"instructions": 1100, "flash_bytes": 500, "ram_bytes": 200, "per_op": {"0 CONV_2D": 900, "2 PAD": 30}}
    assert [str(change) for change in changes(ENTRY, other)] == [
        "instructions: 1,000 to 1,100 (+10.0 %)",
        "ram_bytes: 300 to 200 (-33.3 %)",
        "operator 1 SOFTMAX: 20 to 0 (-100.0 %)",
        "operator 2 PAD: 0 to 30 (new)",
    ]


def test_the_file_keeps_what_is_written(tmp_path: Path) -> None:
    """With the compiler's version."""
    path = tmp_path / "expected.json"
    save({Case("kws", M4): ENTRY, Case("kws", M4, "size"): ENTRY}, "12.2.1", path)
    assert {Case("kws", M4): ENTRY, Case("kws", M4, "size"): ENTRY} == load(path)
    assert "12.2.1" == compiler_of(path)
    assert {} == load(tmp_path / "missing.json")


@pytest.mark.parametrize("named", ["", "/nowhere"])
def test_a_missing_model_is_one_clear_message(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """It says which folder is sought, and where models come from."""
    monkeypatch.setenv("PERSONA_DATA", named)
    with pytest.raises(MissingModelError, match="PERSONA_DATA to name a folder"):
        model_file("kws")


def test_a_page_of_nothing_still_has_the_figures_of_others() -> None:
    """Recorded figures need no measurement."""
    text = page({}, {"GCC": "12.2.1"})
    assert "| TFLite Micro with CMSIS-NN | 7.700 | 29.860 | 24.100 | 0.583 |" in text
    assert panels({}) == []


def test_bars_are_drawn_for_what_is_there() -> None:
    """One rectangle for each value, names escaped."""
    text = svg([Panel("a < b", ["one", "two"], ["x", "y"], [[1.0, None], [2.0, 3.0]], [["1", ""], ["2", "3"]])])
    assert text.count("<title>") == 3
    assert "a &lt; b" in text


def test_recorded_figures_have_a_provenance() -> None:
    """Versions and date stand beside what is not measured here."""
    recorded = json.loads((Path(__file__).parents[2] / "benchmarks" / "recorded.json").read_text())
    assert {"instructions", "bytes", "closed_stacks"} == set(recorded["provenance"])
    assert "2026" in recorded["provenance"]["instructions"]
