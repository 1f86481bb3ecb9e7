"""Many ports in one process: one thread each, and an end in order for all of them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from firmware_bridge.adaptation.worker import Outcome

Run = Callable[[], Outcome]
_LOOK_S: Final = 0.25
"""How often the waiting thread looks up: a signal's handler runs only in between."""


def run_all(runs: Sequence[Run], stop: threading.Event) -> list[Outcome]:
    """Run every loop in a thread of its own; their outcomes in the same order, once all have ended.

    Raises:
        Exception: what one of them raised first; it sets `stop`, so that the other loops end in order.
    """
    outcomes: dict[int, Outcome] = {}
    faults: list[BaseException] = []

    def one(place: int, run: Run) -> None:
        try:
            outcomes[place] = run()
        except BaseException as error:  # noqa: BLE001  # it is raised again where somebody sees it
            faults.append(error)
            stop.set()

    # Daemons, so that a second Ctrl-C ends the program even while a device keeps us waiting.
    threads = [threading.Thread(target=one, args=pair, daemon=True) for pair in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_LOOK_S)
    if faults:
        raise faults[0]
    return [outcomes[place] for place in range(len(runs))]


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """Let the first Ctrl-C (or SIGTERM) set `stop`; the second does what it always did."""
    before: dict[signal.Signals, Any] = {}

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, ask)
    try:
        yield
    finally:
        restore()
