"""The report in a real browser: it renders, sorts, filters, fits a phone, follows dark mode, asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.report.folder import read_run
from hil.report.page import page
from tests.hil.browser import CHROMIUM, Browser, browser
from tests.hil.report_fixture import make_run

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium (Debian: apt-get install chromium)")

ARTIFACTS = Path(__file__).parents[2] / "out" / "ci-artifacts"
PHONE = 390
BOARDS = "[...document.querySelectorAll('section:first-of-type table')[0].tBodies[0].rows]"
NAMES = f"{BOARDS}.filter(r => !r.hidden).map(r => r.cells[0].textContent)"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture's page."""
    folder = tmp_path_factory.mktemp("report")
    path = folder / "report.html"
    path.write_text(page(read_run(make_run(folder / "run"))), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    with browser(tmp_path_factory.mktemp("chromium") / "profile") as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [("light", 1200, False), ("dark", 1200, True), ("phone", PHONE, False), ("phone-dark", PHONE, True)],
)
def test_the_page_renders_without_a_complaint(
    chromium: Browser, report: Path, name: str, width: int, *, dark: bool
) -> None:
    """No console message, no request but for itself, no wider than its window; a screenshot is kept."""
    chromium.problems.clear()
    chromium.requests.clear()
    chromium.open(report, width=width, dark=dark, phone=width == PHONE)
    assert "1 of 2 boards failed" == chromium.ask("document.querySelector('h1').textContent")
    assert chromium.ask("document.documentElement.scrollWidth") <= width
    colour = chromium.ask("getComputedStyle(document.body).backgroundColor")
    assert ("rgb(18, 21, 27)" if dark else "rgb(246, 247, 249)") == colour
    chromium.screenshot(ARTIFACTS / f"report-{name}.png")
    assert [] == chromium.problems
    assert [report.as_uri()] == chromium.requests


def test_a_phone_shows_opened_logs_within_its_width(chromium: Browser, report: Path) -> None:
    """The longest lines scroll inside their boxes."""
    chromium.open(report, width=PHONE, phone=True)
    chromium.ask("document.getElementById('open-all').click()")
    assert 0 == chromium.ask("[...document.querySelectorAll('details')].filter(d => !d.open).length")
    assert PHONE == chromium.ask("document.documentElement.scrollWidth")


def test_a_header_sorts_its_table(chromium: Browser, report: Path) -> None:
    """By number up, then down; what was not measured stays last; a screen reader is told."""
    chromium.open(report, width=1200)
    header = "[...document.querySelectorAll('th')].find(h => h.textContent === 'instructions')"
    assert ["mps2-an386", "mps2-an385", "microbit"] == chromium.ask(NAMES)
    chromium.ask(f"{header}.querySelector('button').click()")
    assert ["mps2-an386", "mps2-an385", "microbit"] == chromium.ask(NAMES)
    assert "ascending" == chromium.ask(f"{header}.ariaSort")
    chromium.ask(f"{header}.querySelector('button').click()")
    assert ["mps2-an385", "mps2-an386", "microbit"] == chromium.ask(NAMES)
    assert "descending" == chromium.ask(f"{header}.ariaSort")


def test_the_keyboard_sorts_too(chromium: Browser, report: Path) -> None:
    """Enter on a focused header, without a mouse."""
    chromium.open(report, width=1200)
    chromium.ask("document.querySelector('th button').focus()")
    for kind in ("keyDown", "keyUp"):
        chromium.call(
            "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13
        )
    assert ["microbit", "mps2-an385", "mps2-an386"] == chromium.ask(NAMES)


def test_the_filter_shows_one_verdict(chromium: Browser, report: Path) -> None:
    """Only failed boards; then all of them again."""
    chromium.open(report, width=1200)
    chromium.ask("document.querySelector('[data-filter=failed]').click()")
    assert ["mps2-an385"] == chromium.ask(NAMES)
    chromium.ask("document.querySelector('[data-filter=\"\"]').click()")
    assert 3 == len(chromium.ask(NAMES))


def test_hostile_text_is_text(chromium: Browser, report: Path) -> None:
    """The page has the one script that it came with."""
    chromium.open(report, width=1200)
    assert 1 == chromium.ask("document.scripts.length")
    assert chromium.ask('document.body.textContent.includes("<script>alert(\'x\')</script> & \\"quoted\\"")')
