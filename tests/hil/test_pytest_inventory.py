"""Boards of an inventory in tests: reached on their port, and never used by two runs at once."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.platforms import POSIX
from hil.emulator import start
from hil.images import image_for
from hil.testing import bench
from tests.hil.plugin_runs import run
from toolchain.bundle import Bundle

pytest.importorskip("hil.inventory.lock", reason="this release has no inventory")
ENTRY = """
- id: bench-1
  platform: posix
  runner: gdb
  serial: "{url}"
  probe_id: none
  runner_params: {{server: "localhost:1"}}
"""
TEST = "def test_it(device, board): assert device.status() and board.id == 'bench-1'\n"
MORE = ("--boards-file=boards.yaml", "--hil-flash=never", "--board")


@pytest.mark.parametrize("wanted", ["bench-1", "all"])
def test_a_board_of_the_inventory_is_used(
    wanted: str, pytester: pytest.Pytester, small_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its id or as one of all, while its lock is free."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(pytester.path))
    with start(image_for(small_bundle, POSIX)) as emulator:
        Path("boards.yaml").write_text(ENTRY.format(url=emulator.url))
        run(pytester, small_bundle, TEST, *MORE, wanted).assert_outcomes(passed=1)


def test_a_board_that_another_run_has_is_busy(
    pytester: pytest.Pytester, small_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that names the other process; the board's port is not opened."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(pytester.path))
    lock = importlib.import_module("hil.inventory.lock")
    monkeypatch.setattr(lock, "locked", partial(lock.locked, wait_s=0.0))
    Path("boards.yaml").write_text(ENTRY.format(url="socket://127.0.0.1:1"))
    (board,) = bench.boards_for("bench-1", Path("boards.yaml"))
    with bench.locked(board):
        result = run(pytester, small_bundle, TEST, *MORE, "bench-1")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the board bench-1 is busy*"])
