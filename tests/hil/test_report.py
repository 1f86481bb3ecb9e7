"""From a run's folder to a page: strict in what it reads, and every value arrives as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hil.report.errors import RunError
from hil.report.folder import Recorded, read_run
from hil.report.page import page
from hil.report.run import parse_run
from persona.main import persona
from tests.hil.report_fixture import HOSTILE, make_run, run_document


class Structure(HTMLParser):
    """Checks that elements nest; keeps attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens one."""
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes the last one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text += data


def _structure(content: str) -> Structure:
    parser = Structure()
    parser.feed(content)
    parser.close()
    assert [] == parser.open
    return parser


def test_the_page_is_whole_and_asks_nobody(tmp_path: Path) -> None:
    """Balanced, no link, no picture, no URL, nothing but its own style and script."""
    content = page(read_run(make_run(tmp_path / "run")))
    found = _structure(content)
    assert set() == {"link", "img", "iframe", "a", "object", "form"} & set(found.elements)
    assert (1, 1) == (found.elements.count("script"), found.elements.count("style"))
    assert set() == {"src", "href", "style", "onclick"} & {name for name, _ in found.attributes}
    assert None is re.search(r"https?:|//[a-z]|url\(|@import", content)


def test_the_page_shows_what_was_measured_and_what_was_not(tmp_path: Path) -> None:
    """Units and separators; the failure with its logs; what is missing is said."""
    text = _structure(page(read_run(make_run(tmp_path / "run")))).text
    shown = ("73.9 kB", "742,527", "89.2 %", "+21.2 points", "14.8 ms", "16,672 B", "412,870", "320 of 320")
    shown += ("WRONG_RESULT", "fault 00000006 at pc", "INFER seq 199", "0123456789abcdef", "not measured", "3 min 07 s")
    assert [] == [part for part in shown if part not in text]
    assert "\u202e" not in text
    assert "\x1b" not in text


def _hostile(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: value[key] if key in ("verdict", "evidence") else _hostile(value[key]) for key in value}
    if isinstance(value, list):
        return [_hostile(entry) for entry in value]
    return HOSTILE if isinstance(value, str) else value


def test_every_text_is_escaped() -> None:
    """A run whose every string is markup gives the same elements as any other."""
    content = page(Recorded(parse_run(json.dumps(_hostile(run_document())).encode())))
    found = _structure(content)
    assert 1 == found.elements.count("script")
    assert "<script>alert" not in content
    assert HOSTILE in found.text


def test_a_run_with_nothing_measured_still_makes_a_page() -> None:
    """Only what names a result is needed."""
    results = [{"board": "b", "scenario": "s", "verdict": "passed"}]
    for given in (results, []):
        text = _structure(page(Recorded(parse_run(json.dumps({"version": 1, "results": given}).encode())))).text
        assert "not measured" in text


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        target: Any = document
        *way, last = path.split(".")
        for key in way:
            target = target[int(key) if key.isdigit() else key]
        target[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set("version", 2), "another version"),
        (_set("version", None), "another version"),
        (_set("results", {}), "results is wrong"),
        (_set("results.0.verdict", "fine"), "results[0].verdict is wrong"),
        (_set("results.1.flash_bytes", -1), "results[1].flash_bytes is wrong"),
        (_set("results.1.instructions", "7"), "results[1].instructions is wrong"),
        (_set("results.0.accuracy", {"before": 1.5}), "results[0].accuracy.before is wrong"),
        (_set("results.0.verified", 161), "results[0].verified is wrong"),
        (_set("results.0.evidence", "../../etc"), "results[0].evidence is wrong"),
        (_set("results.0.evidence", "/etc"), "results[0].evidence is wrong"),
        (_set("results.0.edits", [3]), "results[0].edits[0] is wrong"),
        (_set("command", "persona"), "command is wrong"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(change: Callable[[dict[str, Any]], None], said: str) -> None:
    """One error, with what was expected."""
    document = run_document()
    change(document)
    with pytest.raises(RunError, match=re.escape(said)):
        parse_run(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"version": 1,\n"results": [\n', "line 3"),
        (b'{"version":\n\xff}', "line 2"),
        (b"[]", "line 1"),
        (b'{"version": 1, "results": [], "seconds": NaN}', "NaN"),
        (b"[" * 100_000, "damaged"),
    ],
)
def test_a_damaged_file_is_named_by_its_line(data: bytes, said: str) -> None:
    """Whatever the bytes are, one kind of error."""
    with pytest.raises(RunError, match=said):
        parse_run(data)


def test_evidence_outside_of_the_run_is_not_read(tmp_path: Path) -> None:
    """Nor through a symbolic link."""
    folder = make_run(tmp_path / "run")
    (tmp_path / "secret").write_text("a secret")
    log = folder / "mps2-an385" / "edit" / "device.log"
    log.unlink()
    log.symlink_to(tmp_path / "secret")
    assert "a secret" not in page(read_run(folder))


def test_the_command_writes_the_page_and_its_totals(tmp_path: Path) -> None:
    """The exit code is 0 although a board failed."""
    target, numbers = tmp_path / "report.html", tmp_path / "totals.json"
    run = make_run(tmp_path / "run")
    done = CliRunner().invoke(persona, ["report", str(run), "-o", str(target), "--json", str(numbers)])
    assert 0 == done.exit_code, done.output
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    totals = json.loads(numbers.read_text())
    assert (3, 1, 383, 384) == tuple(totals[name] for name in ("boards", "failed", "verified", "total"))


def test_the_command_leaves_an_old_page_alone_where_it_fails(tmp_path: Path) -> None:
    """A folder without a run is an error that says how to make one."""
    target = tmp_path / "report.html"
    target.write_text("old")
    done = CliRunner().invoke(persona, ["report", str(tmp_path), "-o", str(target)])
    assert (2, "old") == (done.exit_code, target.read_text())
    assert "persona hil run" in done.output
