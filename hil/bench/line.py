"""What is said on the line of the program that serves inferences (firmware/bench/infer.c)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from hil.emulator import Emulator
from hil.errors import CrashedError, WrongResultError

_TICKS: Final = struct.Struct("<I")
_TICKS_LOST: Final = 0xFFFFFFFF
_DEADLINE_S: Final = 120.0
_SETTLE_S: Final = 0.5
_ECHO_S: Final = 0.2
_GREETINGS: Final = range(2, 102)


@dataclass(frozen=True)
class Answer:
    """One inference: its output, and the ticks up to each mark behind its beginning where the program has a clock."""

    output: bytes
    ticks: tuple[int, ...]


@dataclass(frozen=True)
class Shape:
    """What a program answers: bytes of all outputs, calls of the trace, whether it sends ticks as well."""

    output_bytes: int
    operators: int
    clocked: bool


@contextmanager
def open_line(emulator: Emulator, shape: Shape) -> Iterator[Line]:
    """The line to the program that `emulator` runs, which listens.

    Raises:
        CrashedError: it does not, or has ended.
    """
    address = urlsplit(emulator.url)
    try:
        with socket.create_connection((address.hostname or "", address.port or 0), _DEADLINE_S) as connection:
            line = Line(emulator, shape, connection)
            line.greet()
            yield line
    except OSError as error:
        raise _ended(emulator, error) from error


class Line:
    """A line to a program; `open_line` makes one."""

    def __init__(self, emulator: Emulator, shape: Shape, connection: socket.socket) -> None:
        self._emulator = emulator
        self._shape = shape
        self._socket = connection

    def infer(self, window: bytes, *, traced: bool = False) -> Answer:
        """One inference on `window`, all inputs in graph order.

        Raises:
            OSError: the program ended, or has said nothing for two minutes; `open_line` tells why.
            WrongResultError: the model wrote beyond its arena, or took longer than the clock can tell.
        """
        self._socket.sendall(bytes([traced]) + window)
        output_bytes, operators, clocked = self._shape.output_bytes, self._shape.operators, self._shape.clocked
        if clocked:
            self._take(_TICKS.size)  # what lay before the inference
        marks = (operators if traced else 0) + 1 if clocked else 0
        ticks = tuple(_TICKS.unpack(self._take(_TICKS.size))[0] for _ in range(marks))
        output = self._take(output_bytes)
        if self._take(1) != b"\x01":
            raise WrongResultError(
                f"the model writes beyond its arena on {self._emulator.board}",
                expected="the words right before and behind the arena as they were",
                received="other ones after an inference",
                remedy="a kernel is wrong: run its tests with AddressSanitizer (tests/toolchain)",
            )
        if _TICKS_LOST in ticks:
            raise WrongResultError(
                "an inference takes longer than SysTick counts", remedy="use a QEMU that takes plugins"
            )
        return Answer(output, ticks)

    def greet(self) -> None:
        """Wait until the program listens; what it gets before that is lost. The last echo ends all others."""
        for greeting in _GREETINGS:
            self._socket.sendall(bytes([greeting]))
            self._socket.settimeout(_ECHO_S)
            try:
                while self._take(1)[0] != greeting:
                    pass
            except TimeoutError:
                continue
            self._socket.settimeout(_DEADLINE_S)
            return
        raise TimeoutError("no echo of a greeting")

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            part = self._socket.recv(size - len(taken))
            if not part:
                raise ConnectionResetError("the line is closed")
            taken += part
        return taken


def _ended(emulator: Emulator, error: OSError) -> CrashedError:
    code = emulator.process.exit_code(_SETTLE_S)
    state = "still runs" if code is None else f"ended with exit code {code}"
    return CrashedError(
        f"{emulator.board} does not answer",
        expected="the output of an inference",
        received=f"{error}; the emulator {state}; it printed:\n{emulator.process.output_tail()}",
        remedy="exit code 103 is a fault of the program; a register dump names the instruction (pc, lr)",
    )
