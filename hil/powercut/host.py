"""Every store of an update, on this machine, under every fault of the flash model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware_bridge.client import Device
from firmware_bridge.errors import RefusedError
from firmware_bridge.link import Link
from firmware_bridge.messages import Code
from hil.errors import PowerLostError, WrongResultError
from hil.flash_faults import Cut, FlashSizes
from hil.library import LibraryDevice, LibraryTransport
from hil.powercut.tally import Tally
from hil.powercut.update import Course, Settled, found, settle
from toolchain.progress import Progress, silent

SILENT: Final = "silent"
SECOND_EVERY: Final = 5
_DEEPEST: Final = 3
"""The second cut is at one of so many first stores of the recovery."""
_FIRST_SEQ: Final = 1
_SILENT_RUN: Final = 3
"""So many stores in a row do nothing every second time, else one: the device tries twice."""


class Host:
    """A device of this process on which power is cut.

    Args:
        library: the firmware (`hil.library.build_library`).
        course: the edits.
        sizes: of the flash.
    """

    def __init__(self, library: Path, course: Course, sizes: FlashSizes | None = None) -> None:
        self._device = LibraryDevice(library, sizes)
        self._course = course
        self._boot()
        settle(self._client(), course.old)
        self._image = self._device.flash
        self._begin()
        before = self._device.stores
        settle(self._client(), course.new)
        self.stores = self._device.stores - before

    def close(self) -> None:
        """Unload the device."""
        self._device.close()

    def run(self, *, stride: int = 1, progress: Progress = silent) -> Tally:
        """Cut at every `stride`-th store under each fault; a second time during recovery on a sample."""
        tally = Tally(stores=self.stores)
        places = range(0, self.stores, stride)
        kinds = [*(cut.name.lower() for cut in Cut), SILENT]
        for number, kind in enumerate(kinds):
            for done, store in enumerate(places):
                with tally.cut(kind, f"store {store} of {self.stores}"):
                    self._try(kind, store, tally)
                progress("powercut", number * len(places) + done + 1, len(kinds) * len(places))
        return tally

    def _try(self, kind: str, store: int, tally: Tally) -> None:
        self._begin()
        if kind == SILENT:
            self._fail_silently(store, _SILENT_RUN if store % 2 else 1)
        else:
            self._cut(Cut[kind.upper()], store)
            if store % SECOND_EVERY == 0:
                tally.second_cuts += self._cut_again(Cut[kind.upper()], store // SECOND_EVERY % _DEEPEST)
        self._device.heal()
        self._boot()
        course = self._course
        tally.kept += found(self._client(), course.old, course.new) is course.old
        settle(self._client(), course.next)
        self._boot()
        found(self._client(), course.next)
        if self._device.violations:
            raise WrongResultError("the core broke a rule of its flash", received=f"{self._device.violations} times")

    def _begin(self) -> None:
        self._device.flash = self._image
        self._boot()

    def _boot(self) -> None:
        wrong = self._device.boot()
        if wrong is not None:
            raise WrongResultError("the device does not boot", received=wrong)

    def _client(self) -> Device:
        return Device(Link(LibraryTransport(self._device), clock=self._device.clock, first_seq=_FIRST_SEQ))

    def _cut(self, cut: Cut, store: int) -> None:
        self._device.cut_after(store, cut, seed=store)
        if not _loses_power(lambda: settle(self._client(), self._course.new)):
            raise WrongResultError("the update made fewer stores than before", received=f"{store} or fewer")

    def _cut_again(self, cut: Cut, store: int) -> bool:
        """Cut during recovery; False if it makes no such store."""
        self._device.cut_after(store, cut, seed=~store)
        return _loses_power(self._boot)

    def _fail_silently(self, store: int, count: int) -> None:
        """The device notices: it makes the update good, or refuses it and goes on with what it had."""
        self._device.silence(store, count)
        settled: Settled = self._course.new
        try:
            settle(self._client(), settled)
        except RefusedError as error:
            if error.code != Code.STORAGE_FAILED:
                raise
            settled = self._course.old
        self._device.heal()
        self._boot()
        found(self._client(), settled)


def _loses_power(work: Callable[[], None]) -> bool:
    try:
        work()
    except PowerLostError:
        return True
    return False
