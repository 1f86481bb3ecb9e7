"""Stores of an update on the emulated Cortex-M4, whose flash is PSRAM that QEMU keeps in a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_bridge.client import Device
from firmware_bridge.image import Image
from hil.emulator import start
from hil.errors import CrashedError, WrongResultError
from hil.powercut.plugin import EXIT_CUT, STORAGE_BYTES, StoreCounter, stores_in
from hil.powercut.tally import Tally
from hil.powercut.update import Course, found, settle
from toolchain.progress import Progress, silent

KIND: Final = "emulated"
PSRAM_BYTES: Final = 16 * 1024 * 1024
AT_ONCE: Final = 2


@dataclass(frozen=True)
class Board:
    """A device on mps2-an386 on which power is cut.

    Args:
        image: its firmware.
        course: the edits.
        counter: ends QEMU at a store.
        folder: for the files that hold the flash.
    """

    image: Image
    course: Course
    counter: StoreCounter
    folder: Path

    def run(self, cuts: int, progress: Progress = silent) -> Tally:
        """Cut at `cuts` evenly spread stores, or at every one if there are no more."""
        settled = self._prepare()
        total = self._count(settled)
        tally = Tally(stores=total)
        places = spread(total, cuts)
        one_at_a_time = threading.Lock()

        def cut(store: int) -> None:
            own = Tally()
            with own.cut(KIND, f"store {store} of {total}"):
                self._try(settled, store, own)
            with one_at_a_time:
                tally.add(own)
                progress("powercut", sum(tally.cuts.values()), len(places))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(cut, places))
        return tally

    def _prepare(self) -> bytes:
        """A flash in which the old edit is confirmed."""
        storage = self._storage("prepared", b"")
        with self._device(storage) as device:
            settle(device, self.course.old)
        with storage.open("rb") as file:
            return file.read(STORAGE_BYTES)

    def _count(self, settled: bytes) -> int:
        count = self.folder / "stores"
        storage = self._storage("counted", settled)
        with self._device(storage, self.counter.options(count=count)) as device:
            settle(device, self.course.new)
            return stores_in(count)

    def _try(self, settled: bytes, store: int, tally: Tally) -> None:
        storage = self._storage(f"cut-{store}", settled)
        try:
            self._lose_power(storage, store)
            with self._device(storage) as device:
                tally.kept += found(device, self.course.old, self.course.new) is self.course.old
                settle(device, self.course.next)
            with self._device(storage) as device:
                found(device, self.course.next)
        finally:
            storage.unlink()

    def _lose_power(self, storage: Path, store: int) -> None:
        with start(self.image, storage, self.counter.options(cut=store)) as emulator:
            try:
                with emulator.device() as device:
                    settle(device, self.course.new)
            except CrashedError:
                code = emulator.process.exit_code()
                if code != EXIT_CUT:
                    raise
            else:
                raise WrongResultError("the update made fewer stores than before", received=f"fewer than {store}")

    @contextmanager
    def _device(self, storage: Path, extra: Sequence[str] = ()) -> Iterator[Device]:
        with start(self.image, storage, extra) as emulator, emulator.device() as device:
            yield device

    def _storage(self, name: str, content: bytes) -> Path:
        path = self.folder / f"{name}.flash"
        path.write_bytes(content)
        # What follows is a hole: the file takes no more room than its content.
        with path.open("r+b") as file:
            file.truncate(PSRAM_BYTES)
        return path


def spread(total: int, cuts: int) -> list[int]:
    """At most `cuts` of the numbers 1..`total`, evenly, the last one among them."""
    some = min(total, cuts)
    return [(i + 1) * total // some for i in range(some)]
