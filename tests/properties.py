"""`pytest --properties`: which tests show the properties P1 to P26 of docs/protocol.md, and what came of them.

A test cites with `@pytest.mark.property("P7", "P9")`. A property is shown when a test that cites it passed and none
failed; the run exits with 1 unless all are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import pytest

SPECIFICATION: Final = Path(__file__).parents[1] / "docs" / "protocol.md"
_MARK: Final = "property"
_CITATION: Final = b"mark.property("
_FAILED: Final = "failed"
_PASSED: Final = "passed"
_HEADLINE: Final = "## Invariants"


def properties_of(specification: str) -> dict[str, str]:
    """The numbered sentences of the section "Invariants", by their P number."""
    section = specification.partition(_HEADLINE)[2].partition("\n## ")[0]
    return {f"P{number}": text for number, text in re.findall(r"^(\d+)\. (.+)$", section, re.MULTILINE)}


def cited_by(item: pytest.Item) -> list[str]:
    """The properties that a test cites, each once."""
    return list(dict.fromkeys(name for mark in item.iter_markers(_MARK) for name in mark.args))


class Record:
    """What came of the tests that cite each property. Parameters of one test are counted together."""

    def __init__(self, sentences: dict[str, str]) -> None:
        self._sentences = sentences
        self._tests: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))

    def add(self, names: list[str], test: str, outcome: str) -> None:
        """Note that `test`, which cites `names`, ended with `outcome`."""
        for name in names:
            self._tests[name][test][outcome] += 1

    def verdict(self, name: str) -> str:
        """One word: shown, or why it is not."""
        outcomes = sum(self._tests.get(name, {}).values(), Counter[str]())
        if not outcomes:
            return "NO TEST"
        if outcomes[_FAILED]:
            return "FAILED"
        return "shown" if outcomes[_PASSED] else "NOT RUN"

    @property
    def missing(self) -> list[str]:
        """The properties that are not shown."""
        return [name for name in self._sentences if self.verdict(name) != "shown"]

    def lines(self) -> list[str]:
        """The list that people read."""
        lines = []
        for name, sentence in self._sentences.items():
            lines.append(f"{name:<4}{self.verdict(name):<8} {sentence}")
            for test, outcomes in self._tests.get(name, {}).items():
                counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
                lines.append(f"            {counts:<11} {test}")
        shown = len(self._sentences) - len(self.missing)
        return [*lines, f"{shown} of {len(self._sentences)} properties are shown"]


class _Reporter:
    """The plugin of one run; it lives only where --properties was given."""

    def __init__(self, sentences: dict[str, str]) -> None:
        self._record = Record(sentences)
        self._cited: dict[str, list[str]] = {}
        self._collecting = False

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out the files that cite nothing, so that nothing heavy is imported for them."""
        is_test = collection_path.suffix == ".py" and collection_path.name.startswith("test_")
        return True if is_test and _CITATION not in collection_path.read_bytes() else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out the tests that cite nothing."""
        self._cited = {item.nodeid: names for item in items if (names := cited_by(item))}
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in self._cited])
        items[:] = [item for item in items if item.nodeid in self._cited]
        self._collecting = bool(config.option.collectonly)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome: that of the call, or that of a setup or teardown that did not pass."""
        if report.when == "call" or report.outcome != _PASSED:
            test = report.nodeid.partition("[")[0]
            self._record.add(self._cited.get(report.nodeid, []), test, report.outcome)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that shows fewer than all properties."""
        if self._record.missing and not self._collecting:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the list."""
        if not self._collecting:
            terminalreporter.section("properties of docs/protocol.md")
            terminalreporter.write_line("\n".join(self._record.lines()))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --properties."""
    parser.addoption(
        "--properties", action="store_true", help="run the tests that cite a property, list all properties"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the reporter where it is wanted."""
    config.addinivalue_line("markers", f"{_MARK}(*names): shows these properties (P1 to P26) of docs/protocol.md")
    if config.getoption("--properties"):
        config.pluginmanager.register(_Reporter(properties_of(SPECIFICATION.read_text("utf-8"))), "persona-properties")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a citation of something that is no property."""
    known = properties_of(SPECIFICATION.read_text("utf-8"))
    for item in items:
        for name in cited_by(item):
            if name not in known:
                raise pytest.UsageError(f"{item.nodeid} cites {name!r}; docs/protocol.md has {', '.join(known)}")
