"""How long each emulated board takes from its start to HELLO: `python -m hil.start_times [BUNDLE] [--starts 20]`.

The clock runs from before the process is started until its answer to HELLO has been read: starting QEMU, loading the
image, the device's own set-up, opening the port and the greeting are in it, building the image is not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from firmware_bridge.image import Image
from firmware_bridge.platforms import PLATFORMS, platform_named
from hil.emulator import COMMANDS, booted, require_emulator
from hil.images import image_for
from toolchain.bundle import Bundle

STARTS: Final = 20


@dataclass(frozen=True)
class StartTimes:
    """Seconds from start to HELLO of one board."""

    board: str
    starts: int
    median_s: float
    min_s: float
    max_s: float


def summarise(board: str, seconds: Sequence[float]) -> StartTimes:
    """The figures of `board`, whose starts took `seconds`; there is at least one."""
    return StartTimes(board, len(seconds), statistics.median(seconds), min(seconds), max(seconds))


def measure(image: Image, starts: int = STARTS, clock: Callable[[], float] = time.perf_counter) -> StartTimes:
    """Start `image` on its emulator `starts` times, one after another, and greet it each time.

    Raises:
        MissingToolError: the emulator is not installed.
        NoBootError: HELLO was not answered.
    """
    seconds = []
    for _ in range(starts):
        begun = clock()
        with booted(image):
            seconds.append(clock() - begun)
    return summarise(image.platform.name, seconds)


def render(rows: Sequence[StartTimes]) -> str:
    """The table as Markdown, in milliseconds."""
    lines = ["| board | starts | median ms | min ms | max ms |", "|---|---|---|---|---|"]
    for row in rows:
        median, least, most = (f"{1000 * seconds:,.1f}" for seconds in (row.median_s, row.min_s, row.max_s))
        lines.append(f"| `{row.board}` | {row.starts} | {median} | {least} | {most} |")
    return "\n".join(lines)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected at least 1")
    return number


def _boards(text: str) -> tuple[str, ...]:
    names = tuple(COMMANDS) if text == "all" else tuple(text.split(","))
    for name in names:
        if name not in PLATFORMS:
            raise argparse.ArgumentTypeError(f"expected all, or some of {', '.join(COMMANDS)}; received {name!r}")
    return names


def main(arguments: Sequence[str] | None = None) -> None:
    """Build for each board, then start it; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, help="what runs on the boards")
    parser.add_argument("--board", type=_boards, default="all", metavar="ID[,ID]|all")
    parser.add_argument("--starts", type=_positive, default=STARTS, metavar="N")
    parser.add_argument("--json", action="store_true", help="seconds as JSON instead of the table")
    options = parser.parse_args(arguments)
    bundle = Bundle.open(options.bundle)
    for board in options.board:
        require_emulator(board)
    images = [image_for(bundle, platform_named(board)) for board in options.board]
    rows = [measure(image, options.starts) for image in images]
    told = json.dumps([asdict(row) for row in rows], indent=2) if options.json else render(rows)
    print(told)  # noqa: T201  # the table is what the program is for


if __name__ == "__main__":
    main()
