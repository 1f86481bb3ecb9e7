"""The pytest plugin: boards for tests, what is kept of each, and a run that leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.platforms import POSIX
from hil.emulator import start
from hil.errors import HilError
from hil.images import image_for
from hil.testing.bench import boards_for
from hil.testing.evidence import folder_of
from hil.testing.scheduling import board_of
from tests.hil.plugin_runs import EVIDENCE, arguments, loading, on_port, properties, run
from tests.hil.test_process import becomes, listens, living
from toolchain.bundle import Bundle

ROOT = Path(__file__).resolve().parents[2]
EQUAL = """
from hil.checks import assert_equal_to_reference

def test_equal(device, bundle):
    assert_equal_to_reference(device, bundle)
"""
WAITING = """
import threading

def test_waits(station):
    with open("up.txt.part", "w") as file:
        file.write(f"{station.emulator.process.group} {station.emulator.url.rpartition(':')[2]}")
    import os
    os.rename("up.txt.part", "up.txt")
    threading.Event().wait(600)
"""


def test_a_test_of_a_bundle_is_a_few_lines(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """It passes on this machine, and JUnit has board, core, image and the time of each phase."""
    run(pytester, small_bundle, EQUAL).assert_outcomes(passed=1)
    (kept,) = properties(pytester.path)
    assert ("posix", "host") == (kept["board"], kept["core"])
    assert len(kept["firmware_digest"]) == 64
    assert all(float(kept[f"latency_{phase}_s"]) >= 0 for phase in ("build", "boot", "test"))
    assert "failure_class" not in kept


def test_each_test_has_a_folder(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """It has the bytes of both directions, frames, log, image, command lines and versions."""
    run(pytester, small_bundle, EQUAL)
    (folder,) = (pytester.path / "hil-evidence").iterdir()
    assert "test_inner.py.test_equal[posix]" == folder.name
    assert {path.name for path in folder.iterdir()} == EVIDENCE
    assert "HELLO" in (folder / "frames.txt").read_text()
    assert "--listen-fd" in (folder / "commands.txt").read_text()
    assert "python" in json.loads((folder / "versions.json").read_text())
    assert "posix" == json.loads((folder / "about.json").read_text())["board"]


@pytest.mark.emulator
def test_boards_run_in_parallel(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """With xdist each board is in one process; instructions are counted where ticks are."""
    second = EQUAL.replace("test_equal", "test_again").partition("def")[2]
    pytester.makepyfile(test_inner=f"{EQUAL}\ndef{second}")
    more = ("-n", "2", "-v", "-p", "xdist", "--board", "posix,mps2-an386")
    result = pytester.runpytest_subprocess(*arguments(small_bundle, *more))
    result.assert_outcomes(passed=4)
    workers = {name: set[str]() for name in ("posix", "mps2-an386")}
    for line in result.outlines:
        if "PASSED" in line:
            workers[line.rpartition("[")[2].partition("]")[0]].add(line.partition("]")[0])
    assert [1, 1] == [len(found) for found in workers.values()]
    kept = properties(pytester.path)
    assert [one["board"] == "mps2-an386" for one in kept] == ["instructions" in one for one in kept]
    assert {"cortex-m4", "host"} == {one["core"] for one in kept}


@pytest.mark.parametrize(
    ("marker", "board", "outcome"),
    [
        ("needs_fpu", "mps2-an385", "a cortex-m3 has no FPU"),
        ("needs_fpu", "posix", ""),
        ("needs(fixture='relay')", "posix", "does not list the fixture relay"),
        ("needs_flash", "posix", ""),
        pytest.param("needs_flash", "mps2-an385", "it has no storage", marks=pytest.mark.emulator),
    ],
)
def test_a_board_that_lacks_what_a_test_needs_is_skipped(
    marker: str, board: str, outcome: str, pytester: pytest.Pytester, small_bundle: Bundle
) -> None:
    """The reason names board and need; a device with storage has it in the test."""
    check = "assert device.hello.has_storage" if marker == "needs_flash" else "assert device.status()"
    test = f"import pytest\n@pytest.mark.{marker}\ndef test_needs(device):\n    {check}\n"
    result = run(pytester, small_bundle, test, "--board", board, "-rs", "--strict-markers")
    result.assert_outcomes(passed=not outcome, skipped=bool(outcome))
    assert outcome in result.stdout.str()


def test_markers_say_what_they_do(pytester: pytest.Pytester) -> None:
    """`pytest --markers` lists them with a description."""
    result = pytester.runpytest_inprocess(*loading(), "--markers")
    result.stdout.fnmatch_lines(["*needs_fpu: skip*", "*needs_flash: *HELLO*", "*needs(fixture=NAME): skip*"])


def test_a_board_that_does_not_exist_is_a_wrong_command_line(pytester: pytest.Pytester) -> None:
    """Nothing is collected; the message lists the boards."""
    result = pytester.runpytest_inprocess(*loading(), "--board", "posix,nonesuch")
    assert pytest.ExitCode.USAGE_ERROR == result.ret
    result.stderr.fnmatch_lines(["*no such board*", "*expected: posix, mps2-an385*", "*received: nonesuch*"])


def test_the_bundle_can_stand_in_the_ini_file(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """Seen from the ini file's folder; without it the message says how to name one."""
    pytester.makepyfile(test_inner=EQUAL)
    result = pytester.runpytest_inprocess(*loading())
    result.stdout.fnmatch_lines(["*no bundle: give --bundle PATH*"])
    pytester.makeini(f"[pytest]\npersona_bundle = {os.path.relpath(small_bundle.path, pytester.path)}\n")
    pytester.runpytest_inprocess(*loading()).assert_outcomes(passed=1)


def test_another_projects_board_is_its_own(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """A parameter `board` and a fixture `device` of a project are what the project says."""
    test = """
    import pytest

    @pytest.fixture
    def device():
        return 7

    @pytest.mark.parametrize("board", ["chess", "surf"])
    def test_mine(board, device):
        assert (board in {"chess", "surf"}, device) == (True, 7)
    """
    run(pytester, small_bundle, test, "--board", "all").assert_outcomes(passed=2)


def test_an_unrelated_project_pays_nothing(tmp_path: Path) -> None:
    """Neither NumPy nor the toolchain is imported for tests without a board."""
    (tmp_path / "test_plain.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    assert not {'numpy', 'serial', 'toolchain', 'firmware_bridge'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "hil.pytest_plugin", "-p", "no:cacheprovider", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_left_after_ctrl_c(tmp_path: Path, small_bundle: Bundle) -> None:
    """No process of the device, no port and no temporary file; the evidence is there."""
    work, temporary = tmp_path / "work", tmp_path / "tmp"
    work.mkdir()
    temporary.mkdir()
    (work / "test_inner.py").write_text(WAITING)
    command = [sys.executable, "-m", "pytest", *arguments(small_bundle), "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    with subprocess.Popen(command, cwd=work, env=environment, stdout=subprocess.DEVNULL) as child:
        try:
            assert becomes((work / "up.txt").exists)
            group, port = map(int, (work / "up.txt").read_text().split())
            assert living(group)
            child.send_signal(signal.SIGINT)
            assert pytest.ExitCode.INTERRUPTED == child.wait(30)
        finally:
            child.kill()
    assert not living(group)
    assert not listens(port)
    assert [] == list(temporary.iterdir())
    (folder,) = (work / "hil-evidence").iterdir()
    assert {path.name for path in folder.iterdir()} == EVIDENCE


@pytest.mark.parametrize(("when", "flashes"), [("once", 2), ("always", 3), ("never", 0)])
def test_a_board_is_flashed_again_after_a_failure(
    when: str, flashes: int, pytester: pytest.Pytester, small_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three tests the second fails: nobody knows what that left on the board."""
    done: list[str] = []
    monkeypatch.setattr("hil.testing.bench.flash", lambda board, _: done.append(board.id))
    test = """
    import pytest

    @pytest.mark.parametrize("n", range(3))
    def test_it(device, n):
        assert device.status() and n != 1
    """
    with start(image_for(small_bundle, POSIX)) as emulator:
        on_port(pytester, emulator.url)
        run(pytester, small_bundle, test, "--hil-flash", when).assert_outcomes(passed=2, failed=1)
    assert flashes == len(done)


def test_boards_come_in_the_order_of_the_command_line() -> None:
    """Each once; "all" has every emulated one; an unknown one is named."""
    assert ["microbit", "posix"] == [board.id for board in boards_for("microbit, posix,microbit", None)]
    assert {"posix", "mps2-an385"} < {board.id for board in boards_for("all", None)}
    with pytest.raises(HilError, match="received: there"):
        boards_for("posix,there", None)
    with pytest.raises(HilError, match="no name"):
        boards_for(",", None)


@pytest.mark.parametrize(
    ("nodeid", "board"),
    [
        ("a.py::test[mps2-an386]", "mps2-an386"),
        ("a.py::test[3-mps2-an386-x]", "mps2-an386"),
        ("a.py::test[mps2]", "mps2"),
        ("a.py::test[other]", None),
        ("a.py::posix", None),
    ],
)
def test_the_board_of_a_test_is_read_from_its_id(nodeid: str, board: str | None) -> None:
    """A whole parameter, the longest that fits."""
    assert board == board_of(nodeid, ["mps2", "mps2-an386", "posix"])


def test_no_two_tests_share_a_folder() -> None:
    """What cannot stand in a name is replaced, and a digest keeps the names apart; xdist's suffix is no part."""
    names = [folder_of(Path(), f"a/b.py::test[{value}]").name for value in ("x/y", "x y", "x:y", "y" * 200, "y" * 201)]
    assert 5 == len(set(names))
    assert max(len(name) for name in names) <= 129
    assert Path("a.b.py.test[posix]") == folder_of(Path(), "a/b.py::test[posix]@posix", "posix")
