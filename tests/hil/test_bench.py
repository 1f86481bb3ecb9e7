"""What an inference costs: counted to the last instruction, and only if it is right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_bridge.errors import BuildError
from firmware_bridge.platforms import (
    LM3S6965EVB,
    MICROBIT,
    MPS2_AN385,
    MPS2_AN386,
    MPS3_AN547,
    NETDUINOPLUS2,
    POSIX,
    Platform,
)
from hil.bench import measure
from hil.bench.measure import bench
from hil.errors import CrashedError, HilError, WrongResultError
from persona.main import persona
from tests.device_fixtures import make_bundle
from toolchain.bundle import Bundle

BEGINNING = "    (void)adaptive;\n"
"""The first statement of every model's function."""


@pytest.fixture
def own_bundle(tmp_path: Path) -> Bundle:
    """A bundle whose C code a test may change after it was opened."""
    return make_bundle(tmp_path / "own")


def change(bundle: Bundle, pattern: str, replacement: str) -> None:
    """Change the model's C code in one place."""
    path = bundle.c_folder / "model.c"
    text, count = re.subn(pattern, replacement, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)


@pytest.mark.emulator
def test_the_command_prints_every_figure(small_bundle: Bundle) -> None:
    """As JSON: counts, bytes, what the outputs were compared with, and each operator beside its bound."""
    command = ["bench", str(small_bundle.path), "--board", "mps2-an386", "--per-op", "--samples", "3", "--json", "-"]
    result = CliRunner().invoke(persona, command)
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert ("mps2-an386", "cortex-m4", "small", "tflm", "speed") == tuple(
        told[name] for name in ("board", "core", "model", "rounding", "optimise")
    )
    assert ("plugin", 3, 3) == (told["counter"], told["equal"], told["total"])
    assert told["oracle"] in {"tflite_micro", "reference"}
    assert told["instructions_least"] <= told["instructions"] <= told["instructions_most"]
    assert small_bundle.model.macs == told["macs"]
    assert told["instructions_per_mac"] == pytest.approx(told["instructions"] / told["macs"], abs=1e-4)
    assert small_bundle.model.plan.arena_bytes == told["ram_bytes"] < told["ram_total_bytes"]
    assert 0 < told["harness_bytes"] < 600 < told["flash_bytes"]
    assert 0 < told["stack_bytes"] <= 1024
    assert ["FULLY_CONNECTED", "DEQUANTIZE"] == [row["kind"] for row in told["per_op"][:2]]
    assert {"op", "kind", "kernel", "macs", "instructions", "per_mac", "bound"} == set(told["per_op"][0])
    assert 0 <= told["instructions"] - sum(row["instructions"] for row in told["per_op"]) < 100
    assert told["per_op_exact"]
    assert sum(told["functions"].values()) == told["instructions"]


@pytest.mark.emulator
@pytest.mark.parametrize("platform", [MPS2_AN386, MPS2_AN385, MPS3_AN547], ids=lambda platform: str(platform.core))
def test_two_runs_count_the_same(small_bundle: Bundle, platform: Platform) -> None:
    """To the instruction, in all figures."""
    first = bench(small_bundle, platform, samples=2, per_op=True)
    assert first == bench(small_bundle, platform, samples=2, per_op=True)


@pytest.mark.emulator
def test_a_build_for_size_is_smaller(small_bundle: Bundle) -> None:
    """And is told apart."""
    fast, small = (bench(small_bundle, MPS2_AN386, samples=1, optimise=optimise) for optimise in ("speed", "size"))
    assert (fast.optimise, small.optimise) == ("speed", "size")
    assert small.flash_bytes <= fast.flash_bytes


@pytest.mark.emulator
@pytest.mark.parametrize(
    ("platform", "resolution"), [(MPS2_AN386, 40.0), (NETDUINOPLUS2, 1000 / 168), (LM3S6965EVB, 20.0)], ids=str
)
def test_systick_agrees_where_plugins_are_missing(
    small_bundle: Bundle, monkeypatch: pytest.MonkeyPatch, platform: Platform, resolution: float
) -> None:
    """To within two of its steps, and it says that it counted: SysTick's rate is the one that its platform states."""
    exact = bench(small_bundle, platform, samples=2, per_op=True)
    monkeypatch.setattr(measure, "_can_count", lambda *_: False)
    coarse = bench(small_bundle, platform, samples=2, per_op=True)
    assert ("systick", resolution) == (coarse.counter, coarse.resolution)
    assert abs(exact.instructions - coarse.instructions) <= 2 * resolution
    assert len(exact.per_op) == len(coarse.per_op)


@pytest.mark.emulator
@pytest.mark.parametrize(("board", "peer"), [(NETDUINOPLUS2, MPS2_AN386), (LM3S6965EVB, MPS2_AN385)], ids=str)
def test_boards_with_the_same_core_count_the_same(small_bundle: Bundle, board: Platform, peer: Platform) -> None:
    """An inference is the core's business alone."""
    expected, came = (bench(small_bundle, platform, samples=2) for platform in (peer, board))
    assert (expected.instructions, expected.functions) == (came.instructions, came.functions)


@pytest.mark.emulator
def test_a_wrong_output_is_no_figure(own_bundle: Bundle) -> None:
    """A scale that is wrong is an error that shows the bytes."""
    change(own_bundle, r"(static const int32_t \w+_multiplier[^{]*\{\s*)(\d+)", r"\g<1>\g<2> / 4")
    with pytest.raises(WrongResultError, match="the output of the device is not that of the reference"):
        bench(own_bundle, MPS2_AN386, samples=3)


@pytest.mark.emulator
@pytest.mark.parametrize("place", ["-1", "SMALL_ARENA_BYTES"])
def test_a_write_beside_the_arena_is_no_figure(own_bundle: Bundle, place: str) -> None:
    """A byte before or behind it."""
    change(own_bundle, re.escape(BEGINNING), f"{BEGINNING}    *(volatile uint8_t *)(arena + {place}) = 0;\n")
    with pytest.raises(WrongResultError, match="writes beyond its arena"):
        bench(own_bundle, MPS2_AN386, samples=1)


@pytest.mark.emulator
def test_a_fault_is_a_crash(own_bundle: Bundle) -> None:
    """Told with the program's exit code."""
    change(own_bundle, re.escape(BEGINNING), f'{BEGINNING}    __asm__ volatile("udf #0");\n')
    with pytest.raises(CrashedError, match="exit code 103"):
        bench(own_bundle, MPS2_AN386, samples=1)


@pytest.mark.emulator
def test_an_instruction_that_the_board_lacks_is_no_figure(own_bundle: Bundle) -> None:
    """QEMU's Cortex-M3 would execute it."""
    foreign = '__asm__ volatile(".inst.w 0xfb20f000 @ smlad r0, r0, r0, pc is smuad");'
    change(own_bundle, re.escape(BEGINNING), f"{BEGINNING}    {foreign}\n")
    with pytest.raises((BuildError, AssertionError), match=r"smuad|\['sm"):
        bench(own_bundle, MPS2_AN385, samples=1)


@pytest.mark.parametrize(("platform", "why"), [(POSIX, "no instruction counts"), (MICROBIT, "has no program")])
def test_a_board_without_counts_is_refused(small_bundle: Bundle, platform: Platform, why: str) -> None:
    """By name, with those that can be measured."""
    with pytest.raises(HilError, match=why) as caught:
        bench(small_bundle, platform)
    assert "mps2-an386" in str(caught.value)


def test_a_model_that_is_not_there_is_one_clear_message(tmp_path: Path) -> None:
    """Neither a bundle nor a file."""
    result = CliRunner().invoke(persona, ["bench", str(tmp_path / "x.tflite"), "--board", "mps2-an386"])
    assert result.exit_code != 0
    assert "Traceback" not in result.output
