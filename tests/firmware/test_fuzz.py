"""The fuzz targets run for a minute in all and find nothing; `make fuzz` runs them for as long as one likes."""

import os
import re
import shutil
from pathlib import Path

import pytest

from firmware_bridge.build import FIRMWARE_DIR
from tests.firmware.fuzz_seeds import SEEDS
from tests.firmware.fuzzing import Limits, build_targets, run_target

SECONDS = {"fuzz_session": 30, "fuzz_edit": 18, "fuzz_journal": 12}
FOLDER = FIRMWARE_DIR / "fuzz"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The targets, built with clang; only where clang is missing may they be skipped."""
    if shutil.which("clang") is None:
        if os.environ.get("PERSONA_REQUIRE_EMULATORS"):
            pytest.fail("the fuzz targets must run, but clang is missing: run `make test`")
        pytest.skip("clang is not installed")
    return build_targets(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.property("P1", "P2", "P3", "P5", "P6", "P10", "P11", "P13", "P14", "P16", "P17", "P19", "P22")
@pytest.mark.parametrize("target", SEEDS)
def test_a_minute_of_fuzzing_finds_nothing(programs: dict[str, Path], tmp_path: Path, target: str) -> None:
    """No sanitizer report and no broken invariant, from seeds that get far."""
    outcome = run_target(programs[target], tmp_path, Limits(SECONDS[target]))
    assert outcome.clean, outcome.output
    assert outcome.executions > len(SEEDS[target]())


@pytest.mark.property("P26")
@pytest.mark.parametrize("target", SEEDS)
def test_each_target_cites_the_properties_it_guards(target: str) -> None:
    """In its opening comment; every property that a check names is cited by a target or by the world they share."""
    shared = (FOLDER / "world.h").read_text("utf-8")
    opening = (FOLDER / f"{target}.c").read_text("utf-8").partition("*/")[0]
    checks = re.findall(r'CHECK\("(P\d+)"', (FOLDER / f"{target}.c").read_text("utf-8"))
    assert re.search(r"\bP\d+\b", opening)
    assert set(checks) <= set(re.findall(r"\bP\d+\b", opening + shared))
