"""The shell that runs the steps of a flash: what counts as failed, and that nothing of a step outlives its deadline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hil.errors import FlashFailedError
from hil.runners.plan import Step
from hil.runners.shell import run_step
from hil.verdict import Failure, failed
from tests.hil.test_process import becomes, living
from tests.hil.test_runners import BENCH

SHELL = "/bin/sh"


def step(script: str, **fields: Any) -> Step:
    """A step that runs a line of shell."""
    return replace(Step((SHELL, "-c", script), "try", 20.0), **fields)


def test_a_step_that_succeeds_gives_its_output() -> None:
    """Standard output and error together."""
    assert run_step(BENCH, step("echo out; echo err >&2", require=("out",), refuse=("bad",)), "") == "out\nerr"


@pytest.mark.parametrize(
    ("tried", "why"),
    [
        (step("echo alas; exit 3"), r"exit code 3; its last lines were\nalas"),
        (step("exit 3"), "exit code 3, without a word"),
        (step("kill -SEGV $$"), "exit code 139"),
        (step("echo done", require=("verified",)), "it does not say 'verified'"),
        (step("echo verified MIS-MATCHED", require=("verified",), refuse=("MIS-",)), "it says 'MIS-'"),
        (step("seq 100", require=("x",)), r"were\n81\n"),
    ],
)
def test_a_step_that_fails_is_a_failed_flash(tried: Step, why: str) -> None:
    """The tail of the output, the command, and the class FLASH_FAILED."""
    with pytest.raises(FlashFailedError, match=why) as raised:
        run_step(BENCH, tried, "")
    assert "/bin/sh -c" in str(raised.value)
    found = failed(raised.value)
    assert found is not None
    assert found.failure is Failure.FLASH_FAILED


def test_a_step_that_hangs_dies_with_its_group(tmp_path: Path) -> None:
    """After the deadline nothing of it is left, children included."""
    seen = tmp_path / "group"
    script = f"ps -o pgid= -p $$ > {seen}; sleep 600 & echo hanging; wait"
    with pytest.raises(FlashFailedError, match=r"no end within 0.5 s[\s\S]*hanging"):
        run_step(BENCH, step(script, deadline_s=0.5), "")
    assert becomes(lambda: not living(int(seen.read_text())))
