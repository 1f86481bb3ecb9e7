"""The inventory: what `boards.yaml` may say, where it is sought, what is plugged in, and who has a board."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from firmware_bridge.platforms import PLATFORMS
from hil.errors import BoardBusyError, HilError, InventoryError, MissingToolError
from hil.inventory import load as loading
from hil.inventory.board import Board, emulated_boards
from hil.inventory.load import InventoryWarning, board_named, find, load
from hil.inventory.lock import locked, runtime_folder
from hil.inventory.plugged import Port, ports, state, strangers
from persona.main import persona

yaml = pytest.importorskip("yaml", reason="boards.yaml needs PyYAML: persona-mcu[hil]")

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
# A comment, and a blank line.

- id: bench-1
  platform: mps2-an386
  runner: openocd
  serial: /dev/serial/by-id/usb-ST-066D-if02
  probe_id: 00123
  baud: 460800
  flash_timeout: 20
  fixtures: [loopback, relay]
  notes: on the left
  runner_params:
    config: [interface/stlink.cfg, target/stm32f4x.cfg]
    server: localhost:3333
- {id: bench-2, platform: microbit, runner: gdb, serial: "rfc2217://farm:4000", probe_id: x, runner_params: {server: a}}
"""
BENCH = Board("bench-1", PLATFORMS["mps2-an386"], "gdb", "/dev/serial/by-id/usb-ST-066D-if02", probe_id="066DFF")


def written(folder: Path, text: str) -> Path:
    """A `boards.yaml`."""
    path = folder / "boards.yaml"
    path.write_text(text)
    return path


def mistakes(folder: Path, text: str) -> list[str]:
    """What `load` says of `text`, each mistake without the file's name."""
    path = written(folder, text)
    with pytest.raises(InventoryError) as raised:
        load(path)
    return [line.removeprefix(f"{path}:") for line in str(raised.value).splitlines()]


def test_an_entry_becomes_a_board(tmp_path: Path) -> None:
    """Every key arrives; a number where text is meant keeps its zeros; the emulated boards follow."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        boards = load(written(tmp_path, GOOD))
    assert ["bench-1", "bench-2", *emulated_boards()] == list(boards)
    expected = Board(
        "bench-1",
        PLATFORMS["mps2-an386"],
        "openocd",
        "/dev/serial/by-id/usb-ST-066D-if02",
        460_800,
        "00123",
        frozenset({"loopback", "relay"}),
        20,
        "on the left",
        {"config": ("interface/stlink.cfg", "target/stm32f4x.cfg"), "server": ("localhost:3333",)},
    )
    assert expected == boards["bench-1"]
    assert not boards["bench-2"].emulated


def test_the_manuals_example_is_right(tmp_path: Path) -> None:
    """docs/boards.md is copied by those who begin: it gives a board, and no warning."""
    manual = (ROOT / "docs" / "boards.md").read_text()
    example = manual.partition("```yaml\n")[2].partition("```")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        board = load(written(tmp_path, example))["bench-1"]
    assert ("openocd", "066DFF", 60) == (board.runner, board.probe_id, board.flash_timeout_s)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]\n"])
def test_an_empty_file_has_no_boards_of_its_own(tmp_path: Path, text: str) -> None:
    """The emulated ones are there all the same."""
    assert emulated_boards() == load(written(tmp_path, text))


ENTRY = """\
- id: a
  platform: microbit
  runner: gdb
  serial: /dev/serial/by-id/a
  probe_id: x
  runner_params: {server: s}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  serial:", "  serail:", ["1: serial is missing", "4: unknown key 'serail', did you mean 'serial'?"]),
        ("  probe_id: x\n", "", ["1: probe_id is missing: the serial number"]),
        ("probe_id: x", "probe_id:", ["5: probe_id: expected text; received nothing"]),
        ("microbit", "microbyte", ["2: platform: there is no platform 'microbyte', did you mean 'microbit'?"]),
        ("runner: gdb", "runner: pyocdd", ["3: runner: there is no runner 'pyocdd', did you mean 'pyocd'?"]),
        ("runner: gdb", "runner: qemu", ["3: runner: there is no runner 'qemu'"]),
        ("id: a\n", "id: all\n", ["1: id: expected letters"]),
        ("id: a\n", "id: ../a\n", ["1: id: expected letters"]),
        ("id: a\n", "id: posix\n", ["1: the id 'posix' is taken, by an emulated board"]),
        ("id: a\n", "id: yes\n", ["1: id: expected text; received 'yes', which is yes or no in YAML; write \"yes\""]),
        ("id: a\n", "id: [a]\n", ["1: id: expected text; received a list"]),
        ("id: a\n", "id: a\n  baud: fast\n", ["2: baud: expected a number above 0; received 'fast'"]),
        ("id: a\n", "id: a\n  baud: 9600.5\n", ["2: baud: expected a whole number"]),
        ("id: a\n", "id: a\n  flash_timeout: 0\n", ["2: flash_timeout: expected a number above 0"]),
        ("id: a\n", "id: a\n  flash_timeout: .nan\n", ["2: flash_timeout: expected a number above 0"]),
        ("id: a\n", "id: a\n  id: b\n", ["2: id stands here and in line 1"]),
        (
            "{server: s}",
            "{sever: s}",
            ["6: runner_params: gdb needs server", "6: runner_params: no runner takes 'sever'"],
        ),
        ("{server: s}", "s", ["6: runner_params: expected key: value; received 's'"]),
        ("  runner_params: {server: s}\n", "", ["1: runner_params: gdb needs server: where the gdb server is"]),
        ("- id: a", "- just text\n- id: a", ["1: expected key: value; received 'just text'"]),
        (ENTRY, "boards: 1\n", ["1: expected a list, each item after a dash; received a mapping"]),
        (ENTRY, "- id: [\n  b: }\n", ["2: this is no YAML: "]),
        (ENTRY, ENTRY + ENTRY, ["7: the id 'a' is taken, by line 1"]),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """The line, what was expected, what came, and the nearest name."""
    came = mistakes(tmp_path, ENTRY.replace(old, new, 1))
    assert len(expected) == len(came), came
    for wanted, said in zip(expected, came, strict=True):
        assert said.startswith(wanted)


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    """One run tells of each entry, in the order of lines."""
    came = mistakes(tmp_path, "- id: a\n- platform: x\n- runner: y\n")
    assert [1] * 4 + [2] * 5 + [3] * 5 == [int(line.partition(":")[0]) for line in came]


def test_a_port_that_moves_is_warned_of(tmp_path: Path) -> None:
    """The board works today; the warning has the line and the stable folder."""
    path = written(tmp_path, ENTRY.replace("/dev/serial/by-id/a", "/dev/ttyACM0"))
    with pytest.warns(InventoryWarning, match=r"boards.yaml:4: /dev/ttyACM0 may be .* /dev/serial/by-id/"):
        assert load(path)["a"].serial == "/dev/ttyACM0"


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """Bytes that are no text, and a folder."""
    path = tmp_path / "boards.yaml"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InventoryError, match="cannot be read"):
        load(path)
    with pytest.raises(InventoryError, match="cannot be read"):
        load(tmp_path)


def test_without_yaml_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A light install reads no inventory, and still has the emulated boards."""
    path = written(tmp_path, GOOD)
    monkeypatch.setitem(sys.modules, "hil.inventory.schema", None)
    with pytest.raises(MissingToolError, match=r"persona-mcu\[hil\]"):
        loading.load(path)
    assert emulated_boards() == loading.load()


def test_it_is_sought_where_the_user_says_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option, then PERSONA_BOARDS, then the current folder, then nowhere."""
    monkeypatch.chdir(tmp_path)
    assert find(environment={}) is None
    here, there = written(tmp_path, ""), tmp_path / "there.yaml"
    there.write_text("")
    assert here.samefile(str(find(environment={})))
    assert there == find(environment={"PERSONA_BOARDS": str(there)})
    assert here == find(here, environment={"PERSONA_BOARDS": str(there)})
    with pytest.raises(InventoryError, match=r"nowhere[\s\S]*PERSONA_BOARDS"):
        find(environment={"PERSONA_BOARDS": "nowhere"})
    with pytest.raises(InventoryError, match="--inventory"):
        find(Path("nowhere"))


def test_an_unknown_board_lists_the_known_ones() -> None:
    """The message says where they come from."""
    with pytest.raises(InventoryError, match=r"posix[\s\S]*received: nope[\s\S]*persona boards"):
        board_named(emulated_boards(), "nope")


VCOM = Port("/dev/ttyACM3", None, "066dff", "STLink")


@pytest.mark.parametrize(
    ("board", "found", "there", "ready", "text"),
    [
        (BENCH, [], False, False, "not plugged in"),
        (BENCH, [], True, True, "plugged in"),
        (BENCH, [Port("/dev/ttyACM0", BENCH.serial, None, "")], False, True, "plugged in"),
        (BENCH, [VCOM], False, False, "its probe is at /dev/ttyACM3, its port is not there"),
        (replace(BENCH, serial="socket://farm:1"), [], False, True, "elsewhere, not looked at"),
        (emulated_boards()["posix"], [], False, True, "emulated"),
        (emulated_boards()["microbit"], [], False, False, "emulated, but QEMU is missing"),
    ],
)
def test_the_state_is_that_of_port_and_probe(
    *,
    board: Board,
    found: list[Port],
    there: bool,
    ready: bool,
    text: str,
) -> None:
    """A board is ready when its port is there; a probe alone says which cable is missing."""
    came = state(board, found, lambda _: there, lambda _: None)
    assert ready is came.ready
    assert came.text.startswith(text)


def test_ports_of_no_board_are_strangers() -> None:
    """Neither by path nor by number."""
    other = Port("/dev/ttyUSB9", None, None, "cable")
    mine = Port("/dev/ttyACM0", BENCH.serial, None, "")
    assert [other] == strangers([BENCH], [mine, VCOM, other])
    assert isinstance(ports(), list)


def test_boards_lists_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text for people, and everything of the boards as JSON."""
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, GOOD)
    shown = CliRunner().invoke(persona, ["boards"])
    assert shown.exit_code == 0, shown.output
    rows = [line.split() for line in shown.stdout.splitlines()]
    assert ["bench-1", "mps2-an386", "cortex-m4", "openocd"] in [row[:4] for row in rows]
    came = CliRunner().invoke(persona, ["boards", "--inventory", str(path), "--json", "-"])
    parsed: dict[str, Any] = json.loads(came.stdout)
    assert ["bench-1", "bench-2", *emulated_boards()] == [board["id"] for board in parsed["boards"]]
    first = parsed["boards"][0]
    assert (first["state"], first["ready"], first["fixtures"]) == ("not plugged in", False, ["loopback", "relay"])


def test_boards_shows_mistakes_as_one_error(tmp_path: Path) -> None:
    """Exit code 5, file and line, no traceback."""
    came = CliRunner().invoke(persona, ["boards", "--inventory", str(written(tmp_path, "- ide: 1\n"))])
    assert came.exit_code == 5
    assert "boards.yaml:1: unknown key 'ide', did you mean 'id'?" in came.stderr
    assert "Traceback" not in came.output


HOLDER = """
import sys
from pathlib import Path
from firmware_bridge.platforms import PLATFORMS
from hil.inventory.board import Board
from hil.inventory.lock import locked
with locked(Board("bench-1", PLATFORMS["mps2-an386"], "gdb", "/dev/x"), folder=Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Any:
    """Another process that has the board until a line comes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.parametrize("wait_s", [0.0, 0.2])
def test_a_busy_board_says_who_has_it(holder: subprocess.Popen[str], tmp_path: Path, wait_s: float) -> None:
    """Process number and command, at once or after the deadline."""
    start_s = time.monotonic()
    with pytest.raises(BoardBusyError, match=rf"process {holder.pid} \(.*python"), locked(BENCH, wait_s, tmp_path):
        pass
    assert wait_s <= time.monotonic() - start_s < wait_s + 10


def test_another_board_is_free(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """Locks are for one board each."""
    with locked(replace(BENCH, id="bench-2"), 0, tmp_path):
        assert holder.poll() is None


def test_a_board_is_had_as_soon_as_it_is_free(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """Whoever waits gets it when the other lets go, and the other then waits for us."""
    waiting = [sys.executable, "-c", HOLDER, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as second:
        assert holder.stdin is not None
        assert second.stdout is not None
        holder.stdin.write("\n")
        holder.stdin.flush()
        assert second.stdout.readline() == "held\n"
        with pytest.raises(BoardBusyError, match=f"process {second.pid} "), locked(BENCH, 0, tmp_path):
            pass
        second.kill()


def test_a_holder_that_is_killed_lets_go(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    """The kernel keeps no lock of the dead, and the waiting end with the event."""
    holder.kill()
    with locked(BENCH, 30, tmp_path):
        assert json.loads((tmp_path / "bench-1.lock").read_text())["pid"] == os.getpid()
    assert (tmp_path / "bench-1.lock").read_text() == ""


def test_a_block_that_fails_lets_go(tmp_path: Path) -> None:
    """The lock is free afterwards, and nobody is named as its holder."""
    with pytest.raises(ZeroDivisionError), locked(BENCH, 0, tmp_path):
        _ = 1 // 0
    assert (tmp_path / "bench-1.lock").read_text() == ""
    with locked(BENCH, 0, tmp_path):
        pass


def test_an_emulated_board_needs_no_lock(tmp_path: Path) -> None:
    """Everybody gets one of their own."""
    with locked(emulated_boards()["posix"], 0, tmp_path), locked(emulated_boards()["posix"], 0, tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_locks_are_in_a_folder_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made for this user alone, and one that others may write is refused."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = runtime_folder()
    assert (tmp_path / "persona", 0o700) == (folder, folder.stat().st_mode & 0o777)
    folder.chmod(0o777)
    with pytest.raises(HilError, match="only this user may write"):
        runtime_folder()
