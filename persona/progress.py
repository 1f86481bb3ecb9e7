"""Progress on standard error: a bar on a terminal, a plain line for each stage elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

_QUIET_S: Final = 2.0
"""A stage that is over sooner needs no bar."""
_REDRAW_S: Final = 0.1
_REPEAT_S: Final = 10.0
"""How often a log hears of a stage that goes on."""
_BAR: Final = 30
_ERASE: Final = "\r\x1b[2K"


class ProgressBar:
    """A `toolchain.progress.Progress` that people watch.

    Args:
        stream: where it is drawn.
        clock: seconds that never go back.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._clock = clock
        self._stage = ""
        self._begun = self._drawn = 0.0
        self._over = True

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Report that `done` of `total` steps of `stage` are done."""
        now = self._clock()
        if stage != self._stage or self._over:
            self.close()
            self._stage, self._begun, self._over = stage, now, False
            self._drawn = now - _REDRAW_S if self._terminal else now + _QUIET_S - _REPEAT_S
        if done >= total:
            self._finish(now - self._begun)
        elif now - self._drawn >= (_REDRAW_S if self._terminal else _REPEAT_S):
            self._drawn = now
            self._draw(done, total, now - self._begun)

    def close(self) -> None:
        """Leave the line empty, also when a stage was not finished."""
        if self._terminal and not self._over:
            self._write(_ERASE)
        self._over = True

    def _draw(self, done: int, total: int, seconds: float) -> None:
        if not self._terminal:
            self._write(f"{self._stage}: {done} of {total}\n")
            return
        filled = _BAR * done // total if total else 0
        left = f", {seconds * (total - done) / done:.0f} s left" if done and seconds > _QUIET_S else ""
        bar = "#" * filled + "." * (_BAR - filled)
        self._write(f"{_ERASE}{self._stage:<20.20} [{bar}] {done}/{total}{left}")

    def _finish(self, seconds: float) -> None:
        self.close()
        if seconds >= _QUIET_S:
            self._write(f"{self._stage}: {seconds:.1f} s\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
