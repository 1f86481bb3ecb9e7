"""The plugin that lets QEMU count executed instructions (instruction_counter.c), and what it writes down."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hil import qemu
from hil.errors import WrongResultError
from hil.plugins import compile_plugin

Counts = npt.NDArray[np.uint64]

_SOURCE: Final = Path(__file__).with_name("instruction_counter.c")
_BYTES: Final = 2
"""A Thumb instruction begins at a multiple of this."""
_DEADLINE_S: Final = 30.0


def plugins_work(board: str) -> bool:
    """Whether this machine's QEMU takes plugins at all.

    Raises:
        MissingToolError: there is no QEMU.
    """
    command = [qemu.program(board), "-help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False)
    return "\n-plugin" in done.stdout


def slots(size: int) -> int:
    """Places in `size` bytes where an instruction may begin."""
    return -(-size // _BYTES)


@dataclass(frozen=True)
class Record:
    """What was executed up to a mark: its number, and a count for each place where an instruction may begin."""

    mark: int
    counts: Counts


@dataclass(frozen=True)
class InstructionCounter:
    """The compiled plugin, watching `size` bytes from `start` on.

    Args:
        library: the plugin.
        out: the file that it writes to.
        start: address of the first instruction that is counted.
        size: bytes that are watched.
        marks: addresses at which it writes a record.
    """

    library: Path
    out: Path
    start: int
    size: int
    marks: Sequence[int]

    @classmethod
    def build(cls, folder: Path, start: int, size: int, marks: Sequence[int]) -> InstructionCounter:
        """Compile it in `folder`.

        Raises:
            MissingToolError: there is no compiler for this machine.
            HilError: it cannot be compiled.
        """
        folder.mkdir(parents=True, exist_ok=True)
        out = folder / "records"
        out.unlink(missing_ok=True)
        return cls(compile_plugin(_SOURCE, folder), out, start, size, marks)

    @property
    def places(self) -> int:
        """Places where an instruction may begin."""
        return slots(self.size)

    def place(self, address: int) -> int:
        """The place of the instruction at `address`."""
        return (address - self.start) // _BYTES

    def options(self) -> list[str]:
        """Arguments of QEMU."""
        parts = [f"start={self.start:#x}", f"size={self.size:#x}", *(f"mark={mark:#x}" for mark in self.marks)]
        return ["-plugin", ",".join([str(self.library), *parts, f"out={self.out}"])]

    def records(self) -> list[Record]:
        """All records so far, in order.

        Raises:
            WrongResultError: the file does not end with a whole one.
        """
        raw: npt.NDArray[Any] = np.fromfile(self.out, np.uint64) if self.out.exists() else np.zeros(0, np.uint64)
        if len(raw) % (1 + self.places):
            raise WrongResultError("QEMU's plugin has not written whole records", received=f"{8 * len(raw)} bytes")
        return [Record(int(row[0]), row[1:]) for row in raw.reshape(-1, 1 + self.places)]
