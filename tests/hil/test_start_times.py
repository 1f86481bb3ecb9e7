"""From start to HELLO: what is measured, and how it is told; no test judges how long it took."""

from __future__ import annotations

import json
from itertools import count

import pytest

from firmware_bridge.image import Image
from hil.start_times import STARTS, StartTimes, main, measure, render, summarise
from toolchain.bundle import Bundle


@pytest.mark.parametrize(("seconds", "median"), [([0.25], 0.25), ([0.5, 0.25], 0.375), ([0.5, 0.125, 0.25], 0.25)])
def test_the_figures_are_median_least_and_most(seconds: list[float], median: float) -> None:
    """For one start, an even and an odd number of them."""
    assert StartTimes("posix", len(seconds), median, min(seconds), max(seconds)) == summarise("posix", seconds)


def test_the_table_is_in_milliseconds() -> None:
    """One row for each board, in the order given."""
    rows = [StartTimes("posix", 20, 0.0062, 0.004, 0.0109), StartTimes("microbit", 20, 1.5, 1.0, 2.0)]
    assert render(rows).splitlines()[2:] == [
        "| `posix` | 20 | 6.2 | 4.0 | 10.9 |",
        "| `microbit` | 20 | 1,500.0 | 1,000.0 | 2,000.0 |",
    ]


def test_each_start_is_timed_up_to_its_greeting(small_image: Image) -> None:
    """The clock is read twice for each start, and nothing else counts."""
    ticks = count()
    assert StartTimes("posix", 3, 1.0, 1.0, 1.0) == measure(small_image, 3, lambda: float(next(ticks)))
    assert next(ticks) == 6


def test_the_command_tells_the_board_and_its_starts(small_bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, with the seconds as they were."""
    main([str(small_bundle.path), "--board", "posix", "--starts", "2", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert ("posix", 2) == (row["board"], row["starts"])
    assert 0 < row["min_s"] <= row["median_s"] <= row["max_s"]


@pytest.mark.parametrize("wrong", [["--starts", "0"], ["--starts", "x"], ["--board", "esp32"], ["--board", ""]])
def test_a_wrong_option_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is built."""
    with pytest.raises(SystemExit):
        main(["a.bundle", *wrong])
    assert "expected" in capsys.readouterr().err or "x" in wrong


def test_the_bar_is_taken_over_twenty_starts() -> None:
    """Unless another number is asked for."""
    assert STARTS == 20
