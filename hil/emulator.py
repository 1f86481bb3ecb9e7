"""Start an image on its emulator, reach it, and tell how it failed if it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from firmware_bridge.client import Device, open_device
from firmware_bridge.errors import BridgeError
from firmware_bridge.image import Image
from hil import ports, posix, qemu
from hil.errors import CrashedError, HilError, NoBootError
from hil.process import Process, guarded
from toolchain.errors import PersonaError

Command = Callable[[Path, int, Path | None], list[str]]
"""Image, descriptor of the listening socket, file that keeps the device's flash."""

COMMANDS: Final[dict[str, Command]] = {
    "posix": posix.command,
    "mps2-an385": partial(qemu.command, "mps2-an385"),
    "mps2-an386": partial(qemu.command, "mps2-an386"),
    "mps2-an500": partial(qemu.command, "mps2-an500"),
    "mps2-an505": partial(qemu.command, "mps2-an505"),
    "mps3-an547": partial(qemu.command, "mps3-an547"),
    "netduinoplus2": partial(qemu.command, "netduinoplus2"),
    "lm3s6965evb": partial(qemu.command, "lm3s6965evb"),
    "microbit": partial(qemu.command, "microbit"),
}
"""How each emulated board is started, by platform name."""

STORING: Final = frozenset({"posix", "mps2-an386"})
"""The boards whose flash can be kept in a file."""

BUFFERING: Final = frozenset({"mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547"})
"""The boards whose emulated UART can have a buffer before it.

They have Arm's CMSDK UART, which holds one byte. The PL011 has a FIFO of its own, and a buffer is no gain to it. QEMU's
USART of an STM32 takes its interrupt back just after a buffer has handed it the next byte, and may then stay silent.
"""

_LOOK_S: Final = 3600.0
_SETTLE_S: Final = 0.5
"""How long a dying process may take to leave its exit code after its port went away."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator; `url` is what a host opens."""

    board: str
    url: str
    process: Process

    @contextmanager
    def device(self, connect: Callable[[str], AbstractContextManager[Device]] = open_device) -> Iterator[Device]:
        """Open the port and greet the device; `connect` does that, given the URL.

        Raises:
            NoBootError: the process ended, or the device stayed silent, before it answered HELLO.
            CrashedError: the process ended after that.
        """
        booted = False
        try:
            with connect(self.url) as device:
                booted = True
                yield device
        except BridgeError as error:
            judged = self.judge(error, booted=booted)
            if judged is error:
                raise
            raise judged from error

    def judge(self, error: BridgeError, *, booted: bool = True) -> PersonaError:
        """What `error` of a conversation is, by whether the process still runs: itself, CrashedError or NoBootError."""
        code = self.process.exit_code(_SETTLE_S)
        return error if code is None and booted else self._failure(code, booted=booted)

    def require_running(self) -> None:
        """Look whether the device still runs, as after its last answer.

        Raises:
            CrashedError: it ended.
        """
        code = self.process.exit_code()
        if code is not None:
            raise self._failure(code, booted=True)

    def wait(self) -> None:
        """Wait until the device ends by itself, which it should not.

        Raises:
            CrashedError: it did.
        """
        while (code := self.process.exit_code(_LOOK_S)) is None:
            pass
        raise self._failure(code, booted=True)

    def _failure(self, code: int | None, *, booted: bool) -> HilError:
        kind = CrashedError if booted else NoBootError
        ended = "still runs and stays silent" if code is None else f"ended with exit code {code}"
        output = self.process.output_tail()
        return kind(
            f"{self.board} {'crashed' if booted else 'did not boot'}",
            expected="an answer" if booted else "a reply to HELLO",
            received=f"the device {ended}; it printed:\n{output}" if output else f"the device {ended}, without a word",
            remedy="look at the output above; a register dump names the faulting instruction (pc, lr)",
        )


def require_emulator(board: str) -> None:
    """Refuse a board that cannot be emulated on this machine.

    Raises:
        MissingToolError: the emulator is not installed.
        HilError: the board has no emulator.
    """
    if board not in COMMANDS:
        raise HilError(f"the board {board} has no emulator", expected=", ".join(COMMANDS), received=board)
    if board != "posix":
        qemu.program(board)


def buffering(board: str) -> tuple[str, ...]:
    """Arguments that let bytes wait before the emulated UART of `board`; none where it cannot have that.

    A conversation then goes about twice as fast, but bytes that came before the firmware had started its UART stay
    where they are until the next one comes: the first HELLO may have to be repeated.
    """
    return qemu.BUFFERED if board in BUFFERING else ()


@contextmanager
def start(image: Image, storage: Path | None = None, extra: Sequence[str] = ()) -> Iterator[Emulator]:
    """Run `image` on the emulator of its platform while the block runs; nothing is left behind, however it ends.

    Args:
        image: what runs.
        storage: a file that keeps the device's flash from one run to the next; made if it does not exist.
        extra: further arguments for the emulator.

    Raises:
        MissingToolError: the emulator is not installed.
        HilError: the platform has no emulator, or none that keeps its flash in a file.
        NoBootError: the image cannot be run at all.
    """
    board = image.platform.name
    require_emulator(board)
    if storage is not None and board not in STORING:
        raise HilError(f"the flash of {board} cannot be kept in a file", expected=", ".join(STORING), received=board)
    with ExitStack() as stack:
        listener = stack.enter_context(ports.listening())
        fd, url = listener.fileno(), ports.url_of(listener)
        try:
            command = [*COMMANDS[board](image.path, fd, storage), *extra]
            process = stack.enter_context(guarded(command, pass_fds=[fd]))
        except OSError as error:
            raise NoBootError(f"{board} cannot be started", received=str(error), remedy="build it again") from error
        # From here on the port belongs to the device alone: when it dies, the port dies with it.
        listener.close()
        yield Emulator(board, url, process)


@contextmanager
def booted(image: Image) -> Iterator[Device]:
    """A device that runs `image` on its emulator and has answered HELLO."""
    with start(image) as emulator, emulator.device() as device:
        yield device
