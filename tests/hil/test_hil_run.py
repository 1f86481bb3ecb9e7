"""Scenarios played on real emulators: what passes, how each failure is called, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from click.testing import CliRunner

from firmware_bridge.adapt import Observed, Proposal
from firmware_bridge.platforms import MICROBIT
from hil import conformance
from hil.emulator import COMMANDS, Emulator
from hil.inventory.board import emulated_boards
from hil.scenarios import state as state_module
from hil.scenarios.parse import parse_scenario
from hil.scenarios.play import play_in
from hil.scenarios.result import FAILED, PASSED, SKIPPED, Result
from hil.scenarios.shipped import find_scenarios
from hil.scenarios.state import Plan, State
from hil.scenarios.steps.boot import Boot
from hil.scenarios.windows import Windows, load_subject, save_subject
from hil.verdict import Failure
from persona.main import persona
from tests.device_fixtures import LAYOUT
from tests.hil.test_personalise import subject
from toolchain.bundle import Bundle
from toolchain.reference import Inference, Reference

ROOT = Path(__file__).resolve().parents[2]
BOARDS = ["posix", pytest.param("mps2-an386", marks=pytest.mark.emulator)]
SOAK = """name: soak
about: x
steps:
- boot: {limits: false, buffered: true}
- soak: {inferences: 300, edits: 20, faults: 0.03}
"""


class FixedEditor:
    """An editor that always proposes the same."""

    windows = False

    def __call__(self, observed: Observed) -> Proposal:
        """A small delta against prototype 1."""
        assert observed.held > 0
        return Proposal(1, np.full(LAYOUT.size, 0.01, np.float32), np.zeros(2, np.float32))


@pytest.fixture
def play(small_bundle: Bundle, tmp_path: Path) -> Callable[..., Result]:
    """Plays a scenario, by name or text, on a board."""

    def run(what: str, board: str = "posix", **changes: Any) -> Result:
        scenario = parse_scenario(what, "here") if "\n" in what else find_scenarios([what])[0]
        plan = Plan(
            emulated_boards()[board],
            small_bundle,
            Windows.of_subject(subject(1)),
            FixedEditor(),
            tmp_path,
            tmp_path,
        )
        scenario = replace(scenario, steps=(*scenario.steps, *changes.pop("steps", ())))
        return play_in(tmp_path / "run", scenario, replace(plan, **changes), scenario.name)

    return run


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("scenario", ["smoke", "golden", "adapt", "durable"])
def test_what_ships_passes(board: str, scenario: str, play: Callable[..., Result], tmp_path: Path) -> None:
    """All that was compared is equal, and the evidence is there."""
    result = play(scenario, board)
    assert (PASSED, "") == (result.verdict, result.reason)
    row = result.to_json()
    assert row["verified"] == row["total"] > 0
    assert len(row["firmware_digest"]) == 64
    folder = tmp_path / "run" / row["evidence"]
    names = {"rx.bin", "tx.bin", "frames.txt", "device.log", "about.json", "commands.txt"}
    assert names <= {path.name for path in folder.iterdir()}
    assert "HELLO" in (folder / "frames.txt").read_text()
    assert row["firmware_digest"] in (folder / "commands.txt").read_text()
    if scenario in {"smoke", "golden"}:
        assert (row["instructions"] is None) == (board == "posix")


def test_an_adaptation_is_written_down(play: Callable[..., Result]) -> None:
    """Accuracy before and after, bytes by purpose, each event with its edit."""
    row = play("adapt").to_json()
    assert all(0 <= row["accuracy"][when] <= 1 for when in ("before", "after"))
    assert all(row["wire_bytes"][what] > 0 for what in ("context", "edit", "verify"))
    assert [("apply", 1, "editor"), ("revert", 0, "factory")] == [
        (edit["event"], edit["prototype"], edit["source"]) for edit in row["edits"]
    ]
    assert {"boot", "accuracy", "drift", "edit", "verify", "revert"} == set(row["latency_s"])
    json.dumps(row)


def test_only_what_was_confirmed_outlives_a_power_cut(play: Callable[..., Result], tmp_path: Path) -> None:
    """The confirmed edit comes back twice, the unconfirmed one never; each boot has evidence of its own."""
    edits = play("durable").to_json()["edits"]
    assert ["commit", "confirm", "restored", "commit", "restored"] == [edit["event"] for edit in edits]
    assert edits[0]["digest"] == edits[2]["digest"] == edits[4]["digest"] != edits[3]["digest"]
    assert (tmp_path / "run/posix/durable/boot-3/rx.bin").stat().st_size > 0


@pytest.mark.parametrize("board", BOARDS)
def test_a_soak_meets_faults_and_stays_right(board: str, play: Callable[..., Result]) -> None:
    """Every fault struck, every edit arrived, every output was that of the old or of the new bank."""
    result = play(SOAK, board)
    assert (PASSED, "") == (result.verdict, result.reason)
    soak = result.record.soak
    assert (300, 20) == (soak["inferences"], soak["edits"])
    assert all(soak[f"fault_{name}"] > 0 for name in ("damage", "lose", "repeat", "reorder"))
    assert soak["between_frames_of_edits"] > 20


def test_a_soak_of_a_device_with_limits_says_what_to_do(play: Callable[..., Result]) -> None:
    """The mistake is the scenario's, so the board is not blamed; and it did not pass."""
    result = play(SOAK.replace("limits: false, ", ""))
    assert (FAILED, None) == (result.verdict, result.failure)
    assert "limits: false" in result.reason


class WrongReference(Reference):
    """A reference with a flipped bit in its output."""

    def run(self, *args: Any, **kwargs: Any) -> Inference:
        """The inference, one output off."""
        right = super().run(*args, **kwargs)
        return replace(right, outputs=tuple(output + np.ones_like(output) for output in right.outputs))


@pytest.mark.parametrize("scenario", ["smoke", "adapt"])
def test_a_wrong_reference_gives_wrong_result(
    scenario: str, play: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the figures say how many of how many differ."""
    monkeypatch.setattr(conformance, "Reference", WrongReference)
    monkeypatch.setattr(state_module, "Reference", WrongReference)
    result = play(scenario)
    assert result.failure is not None
    assert (FAILED, Failure.WRONG_RESULT) == (result.verdict, result.failure.failure)
    assert result.record.compared.equal < result.record.compared.total
    assert "first at byte" in result.failure.message


@dataclass(frozen=True)
class Signalled:
    """A step that signals the device and then asks it."""

    number: int

    NAME: ClassVar[str] = "signalled"

    def run(self, state: State) -> None:
        """Signal the device of this state, and no other that a test keeps running."""
        emulator = state.station.emulator
        assert emulator is not None
        os.killpg(emulator.process.group, self.number)
        state.device.status()


@pytest.mark.parametrize(("number", "failure"), [(signal.SIGSEGV, Failure.CRASHED), (signal.SIGSTOP, Failure.NO_REPLY)])
def test_a_device_that_dies_or_hangs_in_the_middle(number: int, failure: Failure, play: Callable[..., Result]) -> None:
    """A crash and a silence are different failures, and what was verified before counts."""
    result = play("smoke", steps=(Signalled(number),))
    assert result.failure is not None
    assert (FAILED, failure) == (result.verdict, result.failure.failure)
    assert 4 == result.record.compared.equal == result.record.compared.total


def test_a_device_that_does_not_boot(play: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that ends before HELLO is NO_BOOT."""
    monkeypatch.setitem(COMMANDS, "posix", _gone)
    result = play("smoke")
    assert result.failure is not None
    assert Failure.NO_BOOT == result.failure.failure


def _gone(_image: Path, _listen_fd: int, _storage: Path | None) -> list[str]:
    return ["/bin/false"]


@pytest.mark.emulator
def test_a_board_that_cannot_store_skips_what_needs_it(play: Callable[..., Result]) -> None:
    """With the reason, and without a build."""
    result = play("durable", "mps2-an385")
    assert (SKIPPED, None) == (result.verdict, result.image)
    assert "keeps no flash" in result.reason


def test_a_bundle_that_does_not_fit_is_skipped(tmp_path: Path, small_bundle: Bundle) -> None:
    """Before anything is compiled, and with the bytes that are missing."""
    tiny = replace(emulated_boards()["microbit"], platform=replace(MICROBIT, ram_bytes=64))
    copy = replace(small_bundle, path=tmp_path / "bundle")
    copy.path.mkdir()
    (copy.path / "c").symlink_to(small_bundle.path / "c")
    (copy.path / "manifest.json").write_bytes((small_bundle.path / "manifest.json").read_bytes())
    outcome = _play_on(tiny, copy, tmp_path)
    assert SKIPPED == outcome.verdict
    assert "bytes of RAM too much" in outcome.reason


def _play_on(board: Any, bundle: Bundle, folder: Path) -> Result:
    plan = Plan(board, bundle, Windows.of_bundle(bundle), None, folder, folder)
    return play_in(folder / "run", find_scenarios(["smoke"])[0], plan, "smoke")


def test_a_board_on_the_bench_is_flashed_once_and_reached_on_its_port(
    running: Emulator, small_bundle: Bundle, tmp_path: Path
) -> None:
    """Its flash is called before the port is opened; what needs a power cut is skipped."""
    board = replace(emulated_boards()["posix"], id="bench", runner="gdb", serial=running.url, probe_id="1")
    flashed: list[str] = []
    plan = Plan(
        board,
        small_bundle,
        Windows.of_bundle(small_bundle),
        None,
        tmp_path,
        tmp_path,
        flash=lambda to, image: flashed.append(f"{to.id} {image.platform.name}"),
    )
    smoke, durable = find_scenarios(["smoke", "durable"])
    assert PASSED == play_in(tmp_path / "run", smoke, plan, "smoke").verdict
    assert ["bench posix"] == flashed
    assert SKIPPED == play_in(tmp_path / "run", durable, plan, "durable").verdict


def test_windows_come_from_a_file_or_from_the_bundle(tmp_path: Path, small_bundle: Bundle) -> None:
    """A saved subject is read back as it was; a bundle without frozen set shows random windows and gives no figure."""
    one = subject(2)
    save_subject(one, tmp_path / "one.npz")
    back = load_subject(tmp_path / "one.npz")
    assert (one.name, one.context.tobytes(), one.labels.tolist()) == (
        back.name,
        back.context.tobytes(),
        back.labels.tolist(),
    )
    windows = Windows.of_bundle(small_bundle)
    assert (32, 0) == (len(windows.context), len(windows.labelled))


def run_command(bundle: Bundle, folder: Path, *more: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Exit code, what --json gave, and run.json."""
    target = folder.with_suffix(".json")
    command = ["hil", "run", "--bundle", str(bundle.path), "-o", str(folder), "--json", str(target), *more]
    done = CliRunner().invoke(persona, command)
    told = json.loads(target.read_text()) if target.is_file() else {}
    return done.exit_code, told, json.loads((folder / "run.json").read_text())


@pytest.mark.emulator
def test_boards_run_in_parallel_and_the_folder_tells_all(small_bundle: Bundle, tmp_path: Path) -> None:
    """One row for each board, one result for each board and scenario, figures that agree."""
    code, told, run = run_command(
        small_bundle, tmp_path / "run", "--board", "posix,mps2-an386", "--repeat", "2", "--per-op", "smoke"
    )
    assert 0 == code
    assert ["posix", "mps2-an386"] == [row["board"] for row in told["boards"]]
    assert all(row["verified"] == row["total"] > 0 and row["verdict"] == PASSED for row in told["boards"])
    assert told["boards"][1]["instructions"] > 0 < told["boards"][1]["flash_bytes"]
    assert ["smoke", "smoke#2"] * 2 == [result["scenario"] for result in run["results"]]
    assert (1, "small", small_bundle.base.hex()) == (run["version"], run["bundle"]["name"], run["bundle"]["base"])
    assert run["versions"]["python"]
    assert [0, 0, len(small_bundle.model.kernels), 0] == [len(result["per_op"]) for result in run["results"]]


def test_a_failed_result_is_a_failed_command(small_bundle: Bundle, tmp_path: Path) -> None:
    """The exit code is that of hil, and run.json is there all the same."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("name: wrong\nabout: x\nsteps:\n- boot\n- confirm\n")
    code, _, run = run_command(small_bundle, tmp_path / "run", str(wrong), "smoke")
    assert 5 == code
    assert [FAILED, PASSED] == [result["verdict"] for result in run["results"]]


def test_a_folder_that_is_no_run_is_left_alone(small_bundle: Bundle, tmp_path: Path) -> None:
    """Only an earlier run is replaced."""
    (tmp_path / "letter.txt").write_text("mine")
    done = CliRunner().invoke(persona, ["hil", "run", "--bundle", str(small_bundle.path), "-o", str(tmp_path)])
    assert 5 == done.exit_code
    assert (tmp_path / "letter.txt").read_text() == "mine"


def living(words: str) -> list[str]:
    """Command lines of processes that hold `words` and are no zombies."""
    table = subprocess.run(["ps", "-A", "-ww", "-o", "stat=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [line for line in table.splitlines() if words in line and not line.startswith("Z")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ctrl_c_leaves_nothing_behind(small_bundle: Bundle, tmp_path: Path, number: int) -> None:
    """No process, no temporary file, and run.json with what came until then, however the run is ended."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    long = tmp_path / "long.yaml"
    long.write_text("name: long\nabout: x\nsteps:\n- boot: {limits: false}\n- soak: {inferences: 1000000}\n")
    code = "from persona.main import main; main()"
    run = ["hil", "run", "smoke", str(long), "--bundle", str(small_bundle.path), "-o", str(tmp_path / "run")]
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", code, *run], stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
    ) as parent:
        assert parent.stderr is not None
        assert "smoke passed" in parent.stderr.readline()
        images = str(small_bundle.path)
        assert _becomes(lambda: any("--listen-fd" in line for line in living(images)))
        parent.send_signal(number)
        assert parent.wait(30) != 0
        assert _becomes(lambda: not living(images))
    assert _becomes(lambda: not list(temporary.iterdir()))
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    assert number == signal.SIGKILL or ["smoke"] == [result["scenario"] for result in told["results"]]


def _becomes(condition: Callable[[], bool]) -> bool:
    """Whether `condition` holds before half a minute is over."""
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_boot_holds_the_board_to_its_factory_head(play: Callable[..., Result]) -> None:
    """A second boot of a board starts as the first one did."""
    assert PASSED == play("smoke", steps=(Boot(),)).verdict
