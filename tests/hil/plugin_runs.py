"""Runs of pytest inside a test, with the plugin of `hil` in them.

What such a run imports first is forgotten at its end; what the plugin needs is imported here, so that it is one module
for all of them.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from importlib import metadata
from pathlib import Path

import pytest

import hil.checks
import hil.pytest_plugin
import hil.testing.bench
import hil.testing.bringup
import hil.testing.failure
import hil.testing.needs  # noqa: F401  # as above
from toolchain.bundle import Bundle

EVIDENCE = {"rx.bin", "tx.bin", "frames.txt", "device.log", "about.json", "commands.txt", "versions.json"}


def loading() -> list[str]:
    """Arguments that load the plugin: none where the installed package does that by its entry point."""
    installed = any(point.value == "hil.pytest_plugin" for point in metadata.entry_points(group="pytest11"))
    return [] if installed else ["-p", "hil.pytest_plugin"]


def arguments(bundle: Bundle, *more: str) -> list[str]:
    """What such a run is started with."""
    return [*loading(), f"--bundle={bundle.path}", "--rootdir=.", "--junitxml=junit.xml", *more]


def run(pytester: pytest.Pytester, bundle: Bundle, test: str, *more: str) -> pytest.RunResult:
    """Run `test` in this process."""
    pytester.makepyfile(test_inner=test)
    return pytester.runpytest_inprocess(*arguments(bundle, *more))


def on_port(pytester: pytest.Pytester, url: str, more: str = "") -> None:
    """Give the run a board of its own, reached at `url`, and what else its conftest says."""
    pytester.makeconftest(
        f"""
        import pytest
        from firmware_bridge.platforms import POSIX
        from hil.inventory.board import Board

        @pytest.fixture
        def board():
            return Board("bench", POSIX, "none", serial={url!r})
        {more}
        """
    )


def properties(path: Path) -> list[dict[str, str]]:
    """The JUnit properties of each test of a run."""
    cases = ET.parse(path / "junit.xml").iter("testcase")  # noqa: S314  # our own file
    return [{p.get("name", ""): p.get("value", "") for p in case.iter("property")} for case in cases]


def first_lines(path: Path) -> list[str]:
    """The first line that JUnit has of each failure and error."""
    cases = ET.parse(path / "junit.xml").iter("testcase")  # noqa: S314  # our own file
    return [(found.text or "").splitlines()[0] for case in cases for found in case if found.tag in {"failure", "error"}]
