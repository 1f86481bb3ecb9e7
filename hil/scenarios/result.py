"""What came of one scenario on one board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_bridge.image import Image
from hil.inventory.board import QEMU, Board
from hil.scenarios.record import Record
from hil.verdict import Failed

PASSED: Final = "passed"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"
_NANOSECONDS: Final = 1_000_000_000
"""In a second: with `-icount shift=0` QEMU executes an instruction in each."""


@dataclass(frozen=True)
class Result:
    """One result, as `run.json` keeps it.

    Attributes:
        board: it was played on.
        scenario: its name; a repetition has `#2` and so on behind it.
        verdict: passed, failed or skipped.
        reason: why it was skipped, or what is wrong with what was asked for.
        failure: how the board failed.
        record: what was measured until the end.
        image: what ran; None if nothing was built.
        evidence: the folder of the evidence, as a path inside the run's folder.
        per_op: instructions of each operator, where they were counted.
    """

    board: Board
    scenario: str
    verdict: str
    reason: str = ""
    failure: Failed | None = None
    record: Record = field(default_factory=Record)
    image: Image | None = None
    evidence: str = ""
    per_op: Sequence[dict[str, Any]] = ()

    @property
    def instructions(self) -> int | None:
        """Of one inference, on a board that counts them."""
        platform, record = self.board.platform, self.record
        each = platform.instructions_per_tick
        if each is None and self.board.runner == QEMU and record.ticks_per_s:
            each = _NANOSECONDS / record.ticks_per_s
        return None if each is None or record.ticks is None else round(each * record.ticks)

    def to_json(self) -> dict[str, Any]:
        """One entry of `results`."""
        image = self.image
        return {
            "board": self.board.id,
            "platform": self.board.platform.name,
            "core": self.board.platform.core,
            "scenario": self.scenario,
            "verdict": self.verdict,
            "reason": self.reason,
            "failure": None if self.failure is None else self.failure.to_json(),
            **self.record.to_json(),
            "firmware_digest": None if image is None else image.digest,
            "flash_bytes": None if image is None else image.flash_bytes,
            "ram_bytes": None if image is None else image.ram_bytes,
            "memory": {} if image is None else dict(image.parts),
            "instructions": self.instructions,
            "per_op": list(self.per_op),
            "evidence": self.evidence,
        }
