"""Run the fuzz targets of firmware_bridge/firmware/fuzz: `python -m tests.firmware.fuzzing --seconds 60`.

Each target starts from the seeds of fuzz_seeds.py, and from what earlier runs found if `--corpus` names a folder. A
crash is kept in that folder (or the current one) and its name is in libFuzzer's output.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_bridge.build import compile_into
from tests.firmware.fuzz_seeds import SEEDS
from tests.firmware.tiny_model import assemble

PRESET: Final = "fuzz"
_LONGEST_INPUT: Final = 2048
_SLACK_S: Final = 60
_EXECUTED: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")


@dataclass(frozen=True)
class Limits:
    """When a target stops: after `seconds`, or after `runs` executions, whichever is not 0 and comes first."""

    seconds: int = 0
    runs: int = 0

    def options(self) -> list[str]:
        """As libFuzzer has them."""
        return [f"-max_total_time={self.seconds}", f"-runs={self.runs or -1}"]


@dataclass(frozen=True)
class Outcome:
    """What a target did: how many executions, whether none of them crashed, and its output."""

    target: str
    executions: int
    clean: bool
    output: str


def build_targets(folder: Path) -> dict[str, Path]:
    """Compile every target for the tiny model in `folder`.

    Raises:
        BuildError: clang is missing, or its error.
    """
    bundle = assemble("tiny_bundle", folder)
    return {target: compile_into(folder / "build", bundle, PRESET, target=target) for target in SEEDS}


def run_target(program: Path, corpus: Path, limits: Limits, seed: int = 1) -> Outcome:
    """Fuzz one target, starting from its seeds and from what is in `corpus`, which grows."""
    folder = corpus / program.name
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(SEEDS[program.name]()):
        (folder / f"seed-{number:03}").write_bytes(data)
    options = [f"-max_len={_LONGEST_INPUT}", f"-seed={seed}", "-print_final_stats=1", "-verbosity=0"]
    command = [program, *options, *limits.options(), f"-artifact_prefix={corpus}/{program.name}-", folder]
    deadline = limits.seconds + _SLACK_S if limits.seconds else None
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=deadline)
    found = _EXECUTED.search(done.stderr)
    clean = done.returncode == 0 and found is not None
    return Outcome(program.name, int(found.group(1)) if found else 0, clean, done.stderr)


def fuzz(folder: Path, corpus: Path, limits: Limits, seed: int = 1) -> Iterator[Outcome]:
    """Build all targets in `folder` and run one after the other, each within `limits`."""
    for program in build_targets(folder).values():
        yield run_target(program, corpus, limits, seed)


def _main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the firmware's receiver, session, edit decoder and journal.")
    parser.add_argument("--seconds", type=int, default=60, help="of each target; 0: no limit")
    parser.add_argument("--runs", type=int, default=0, help="executions of each target; 0: no limit")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's own chance")
    parser.add_argument("--corpus", type=Path, help="folder for what is found; also where it starts from")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="persona-fuzz-") as work:
        corpus = given.corpus or Path(work) / "corpus"
        clean = True
        for outcome in fuzz(Path(work), corpus.resolve(), Limits(given.seconds, given.runs), given.seed):
            verdict = "clean" if outcome.clean else "CRASHED\n" + outcome.output
            print(f"{outcome.target:<13} {outcome.executions:>10} executions  {verdict}", flush=True)  # noqa: T201
            clean = clean and outcome.clean
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(_main())
