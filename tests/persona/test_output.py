"""Text for people, JSON for machines, files that appear whole."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from persona.extras import MissingExtraError, needs
from persona.output import Output, OutputError, write_whole
from persona.progress import ProgressBar


def test_text_goes_aside_when_json_takes_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json -` standard output holds the JSON and nothing else."""
    output = Output("-")
    output.say("for people")
    output.result({"a": 1})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"a": 1}
    assert err == "for people\n"


def test_json_goes_to_its_file_and_text_to_standard_output(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The file is complete; nothing else lies beside it."""
    output = Output(str(tmp_path / "out.json"))
    output.table([("name", "value"), ("longer name", 2)])
    output.result({"b": [1.5]})
    assert json.loads((tmp_path / "out.json").read_text()) == {"b": [1.5]}
    assert [p.name for p in tmp_path.iterdir()] == ["out.json"]
    assert capsys.readouterr().out == "  name         value\n  longer name  2\n"


def test_a_folder_that_does_not_exist_is_told_before_the_work(tmp_path: Path) -> None:
    """Nobody wants to hear that after a minute of training."""
    with pytest.raises(OutputError, match="no folder"):
        Output(str(tmp_path / "nowhere" / "out.json"))


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """The target is a folder: one error, and no scrap beside it."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        write_whole(tmp_path / "taken", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_a_missing_extra_says_what_to_install() -> None:
    """A package of an extra that is not there is one message; our own missing modules are faults."""
    with pytest.raises(MissingExtraError, match=r"pip install 'persona-mcu\[compile\]'"), needs("compile"):
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")
    with pytest.raises(ModuleNotFoundError), needs("compile"):
        raise ModuleNotFoundError("No module named 'toolchain.gone'", name="toolchain.gone")


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The seconds."""
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_terminal_shows_a_bar_that_disappears() -> None:
    """The bar is drawn over itself and erased at the end; a long stage leaves its time."""
    stream, clock = Terminal(), Clock()
    bar = ProgressBar(stream, clock)
    for second in range(5):
        clock.now = float(second)
        bar("train", second, 4)
    text = stream.getvalue()
    assert "train                [#######.......................] 1/4" in text
    assert "1 s left" in text
    assert text.endswith("\r\x1b[2Ktrain: 4.0 s\n")


def test_elsewhere_long_stages_leave_plain_lines_and_short_ones_none() -> None:
    """A log gets no control characters, and no line for what took no time."""
    stream, clock = io.StringIO(), Clock()
    bar = ProgressBar(stream, clock)
    for stage, seconds in (("short", 1), ("long", 30)):
        for _ in range(seconds):
            bar(stage, _, seconds)
            clock.now += 1
        bar(stage, seconds, seconds)
    lines = stream.getvalue().splitlines()
    assert lines[-1] == "long: 30.0 s"
    assert not any(line.startswith("short") for line in lines)
    assert any(line.startswith("long: 1") for line in lines[:-1])
    assert "\x1b" not in stream.getvalue()
