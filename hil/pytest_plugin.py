"""Tests on boards and emulators with pytest: the fixtures `bundle`, `board`, `station` and `device` (docs/hil.md).

A project that uses none of them pays nothing: whatever is more than pytest is imported when a test wants it.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from firmware_bridge.client import Device
    from firmware_bridge.image import Image
    from hil.inventory.board import Board
    from hil.station import Flash, Station
    from hil.testing.bringup import BringUp
    from toolchain.bundle import Bundle

DEFAULT_BOARD: Final = "posix"
DEFAULT_EVIDENCE: Final = "hil-evidence"
FLASHING: Final = ("once", "always", "never")
_CHOSEN: Final = "persona_board"
_XDIST: Final = "xdist"
_GROUP: Final = "xdist_group"
_GROUPING: Final = ("load", "loadgroup")
_MARKERS: Final = (
    "needs_fpu: skip on boards whose processor has no floating-point unit",
    "needs_flash: the device gets storage that survives a reset; skip where it says in HELLO that it has none",
    "needs(fixture=NAME): skip on boards whose inventory entry does not list the fixture NAME",
)
_bringup: Final[pytest.StashKey[BringUp]] = pytest.StashKey()
_flashed: Final[pytest.StashKey[set[tuple[str, str]]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the key of the ini file."""
    group = parser.getgroup("persona", "boards and emulators")
    group.addoption(
        "--board",
        dest="persona_board",
        metavar="ID,ID|all",
        help=f"boards that tests run on (default: {DEFAULT_BOARD})",
    )
    group.addoption("--bundle", dest="persona_bundle", metavar="PATH", help="the bundle that firmware is built from")
    group.addoption("--boards-file", dest="persona_boards", metavar="FILE", help="inventory of boards (boards.yaml)")
    group.addoption(
        "--hil-evidence",
        dest="persona_evidence",
        metavar="DIR",
        default=DEFAULT_EVIDENCE,
        help=f"gets one folder for each test on a board (default: {DEFAULT_EVIDENCE})",
    )
    group.addoption(
        "--hil-flash",
        dest="persona_flash",
        choices=FLASHING,
        default=FLASHING[0],
        help="flash a board of the bench once a run and after a failed test, before each test, or never",
    )
    parser.addini("persona_bundle", "the bundle that firmware is built from, seen from the ini file's folder")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; refuse boards that do not exist before anything is collected."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    if not config.pluginmanager.hasplugin(_XDIST):
        config.addinivalue_line("markers", f"{_GROUP}(name): tests of one board, kept together by pytest-xdist")
    config.stash[_flashed] = set()
    if config.getoption("persona_board") is not None:
        chosen_boards(config)


def chosen_boards(config: pytest.Config) -> list[Board]:
    """The boards of this run.

    Raises:
        UsageError: one of them is not known.
    """
    from hil.errors import HilError
    from hil.testing import bench

    file = config.getoption("persona_boards")
    try:
        return bench.boards_for(config.getoption("persona_board") or DEFAULT_BOARD, _given(config, file))
    except HilError as error:
        raise pytest.UsageError(str(error)) from error


def _given(config: pytest.Config, path: str | None) -> Path | None:
    """A path of the command line."""
    return None if path is None else config.invocation_params.dir / path


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each chosen board; the mark tells pytest-xdist which belong together."""
    # Where a project has another fixture or parameter `board`, ours is not in use, nor what it rests on.
    if _CHOSEN in metafunc.fixturenames:
        boards = chosen_boards(metafunc.config)
        values = [pytest.param(b, id=b.id, marks=getattr(pytest.mark, _GROUP)(b.id)) for b in boards]
        metafunc.parametrize(_CHOSEN, values, indirect=True, scope="session")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """With -n, run boards in parallel and the tests of one board one after the other."""
    if config.getoption("persona_board") is None or config.getoption("dist") not in _GROUPING:
        return None
    from hil.testing.scheduling import BoardScheduling

    return BoardScheduling(config, log, [board.id for board in chosen_boards(config)])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose needs its board does not meet, before the board is touched."""
    board = getattr(getattr(item, "callspec", None), "params", {}).get(_CHOSEN)
    if board is not None:
        _skip_without(item, board)


def _skip_without(item: pytest.Item, board: Board) -> None:
    from hil.testing.needs import reason_to_skip

    fpu = item.get_closest_marker("needs_fpu") is not None
    fixtures = [str(mark.kwargs["fixture"]) for mark in item.iter_markers("needs") if "fixture" in mark.kwargs]
    reason = reason_to_skip(board, fpu=fpu, fixtures=fixtures)
    if reason is not None:
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Time the body of a test; tell a crash from a line that just went away."""
    bringup = item.stash.get(_bringup, None)
    if bringup is None:
        return (yield)
    from firmware_bridge.errors import BridgeError

    started = time.perf_counter()
    try:
        return (yield)
    except BridgeError as error:
        judged = bringup.judge(error)
        if judged is error:
            raise
        raise judged from error
    finally:
        bringup.note_test(time.perf_counter() - started)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the class of a failure first, and keep it as a property."""
    report = yield
    if not report.failed or call.excinfo is None:
        return report
    from hil.testing.failure import announce, classified

    bringup = item.stash.get(_bringup, None)
    if bringup is not None:
        bringup.failed = True
        _flash_again(item.config, bringup.board)
    what = classified(call.excinfo.value)
    if what is not None:
        kept = ("failure_class", what.failure.value)
        item.user_properties.append(kept)
        report.user_properties.append(kept)
        announce(report.longrepr, what, None if bringup is None else bringup.folder)
    return report


@pytest.fixture(scope="session")
def bundle(pytestconfig: pytest.Config) -> Bundle:
    """The bundle that firmware is built from: --bundle, or `persona_bundle` of the ini file."""
    from toolchain.bundle import Bundle

    path = _given(pytestconfig, pytestconfig.getoption("persona_bundle"))
    named = str(pytestconfig.getini("persona_bundle"))
    if path is None and named:
        path = (pytestconfig.inipath or pytestconfig.rootpath / "ini").parent / named
    if path is None:
        raise pytest.UsageError("no bundle: give --bundle PATH, or set persona_bundle in the ini file")
    return Bundle.open(path)


@pytest.fixture(scope="session")
def persona_board(request: pytest.FixtureRequest) -> Iterator[Board]:
    """A chosen board, which no other process has meanwhile."""
    from hil.testing import bench

    board: Board = request.param
    with bench.locked(board):
        yield board


@pytest.fixture(scope="session")
def board(persona_board: Board) -> Board:
    """The board that the test runs on; a project with a board of its own gives it in a fixture of this name."""
    return persona_board


@pytest.fixture
def station(request: pytest.FixtureRequest, board: Board, bundle: Bundle) -> Iterator[Station]:
    """The board, up with the bundle's firmware; what goes over its line is kept in the folder of the test."""
    from hil.testing.bringup import BringUp

    item, config = request.node, request.config
    _skip_without(item, board)
    command = shlex.join(["pytest", *map(str, config.invocation_params.args)])
    bringup = BringUp(
        board, _folder(item, board), lambda name, value: item.user_properties.append((name, value)), command
    )
    item.stash[_bringup] = bringup
    lasting = item.get_closest_marker("needs_flash") is not None
    with bringup.up(bundle, _flash(config), _storage(request, board) if lasting else None) as up:
        if lasting and not up.device.hello.has_storage:
            pytest.skip(f"{board.id}: the device says in HELLO that it has no storage")
        yield up


@pytest.fixture
def device(station: Station) -> Device:
    """The client of the device, which has answered HELLO and holds the bundle."""
    return station.device


def _folder(item: pytest.Item, board: Board) -> Path:
    from hil.testing.evidence import folder_of

    root = item.config.invocation_params.dir / item.config.getoption("persona_evidence")
    return folder_of(root, item.nodeid, board.id)


def _storage(request: pytest.FixtureRequest, board: Board) -> Path | None:
    """A file for the flash of an emulated board that can keep it in one."""
    from hil.emulator import STORING

    if not board.emulated or board.platform.name not in STORING:
        return None
    folder: Path = request.getfixturevalue("tmp_path")
    return folder / "flash.bin"


def _flash(config: pytest.Config) -> Flash | None:
    """What flashes a board of the bench, as --hil-flash wants it."""
    from hil.testing import bench

    when, done = config.getoption("persona_flash"), config.stash[_flashed]

    def flash(board: Board, image: Image) -> None:
        key = (board.id, image.digest)
        if when != "once" or key not in done:
            bench.flash(board, image)
            done.add(key)

    return None if when == "never" else flash


def _flash_again(config: pytest.Config, board: Board) -> None:
    """Nobody knows what a failed test left on `board`."""
    config.stash[_flashed] -= {key for key in config.stash[_flashed] if key[0] == board.id}
