"""The whole device in this process: the real C core as a shared library, with a virtual clock and a flash that fails.

    library = build_library(bundle_dir, folder)
    device = LibraryDevice(library)
    device.boot()
    link = Link(LibraryTransport(device), clock=device.clock)

Each device loads a copy of its own, so that a process holds as many as it likes. Time passes only in `advance`.
"""

from __future__ import annotations

import _ctypes
import ctypes
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from firmware_bridge.build import compile_into
from firmware_bridge.build_settings import DEVELOPMENT, BuildSettings
from hil.errors import CrashedError, HilError, PowerLostError
from hil.flash_faults import MOST_FLASH_BYTES, Cut, FlashSizes

PRESET: Final = "library"
_SERVED, _POWER_LOST, _STOPPED, _OFF = range(4)
_TICKS_PER_S: Final = 1_000_000
_U32: Final = 0xFFFF_FFFF


def build_library(bundle_dir: Path, folder: Path, settings: BuildSettings = DEVELOPMENT) -> Path:
    """Compile the firmware of `bundle_dir` as a shared library in `folder`.

    Raises:
        BuildError: the compiler's error.
    """
    return compile_into(folder, bundle_dir, PRESET, settings=settings)


class LibraryDevice:
    """One device; it is off until `boot`.

    Args:
        library: what `build_library` gave.
        flash: sizes of its flash, which starts erased.

    Raises:
        HilError: the flash is larger than the model's memory.
    """

    def __init__(self, library: Path, flash: FlashSizes | None = None) -> None:
        self.sizes = flash or FlashSizes()
        if self.sizes.total > MOST_FLASH_BYTES:
            raise HilError(
                "the flash is too large", expected=f"at most {MOST_FLASH_BYTES} bytes", received=f"{self.sizes.total}"
            )
        self._handle, self._c = _load_copy(library)
        self._seconds = 0.0
        self._c.library_flash(self.sizes.sector, self.sizes.word, self.sizes.sectors)

    def close(self) -> None:
        """Unload the device; nothing of it may be used afterwards. More than once is fine."""
        if self._handle:
            _ctypes.dlclose(self._handle)
            self._handle = 0

    def boot(self) -> str | None:
        """Switch on, or reset. Gives what the device finds wrong with itself, None if it runs.

        Raises:
            PowerLostError: a planned cut came.
        """
        end = self._c.library_boot()
        if end == _STOPPED:
            return str(self._why())
        self._judge(end)
        return None

    def feed(self, data: bytes) -> bytes:
        """Let `data` arrive; gives all that the device sends.

        Raises:
            PowerLostError: a planned cut came, or the device is off.
            CrashedError: the device gave up.
        """
        self._judge(self._c.library_feed(data, len(data)))
        return self._sent()

    def advance(self, seconds: float) -> bytes:
        """Let time pass; gives all that the device sends meanwhile, which is log lines.

        Raises:
            PowerLostError: a planned cut came, or the device is off.
            CrashedError: the device gave up.
        """
        self._seconds += seconds
        self._judge(self._c.library_advance(ctypes.c_uint64(round(seconds * _TICKS_PER_S))))
        return self._sent()

    def clock(self) -> float:
        """Seconds that have passed since this object was made, resets included."""
        return self._seconds

    @property
    def flash(self) -> bytes:
        """The whole flash, as it would read without unstable words."""
        return ctypes.string_at(self._c.flash_model_image(), self.sizes.total)

    @flash.setter
    def flash(self, image: bytes) -> None:
        if len(image) != self.sizes.total:
            wanted = f"{self.sizes.total} bytes"
            raise HilError("the image does not fit the flash", expected=wanted, received=f"{len(image)} bytes")
        self._c.library_flash(self.sizes.sector, self.sizes.word, self.sizes.sectors)
        ctypes.memmove(self._c.flash_model_image(), image, len(image))
        self._c.flash_model_settle()

    @property
    def stores(self) -> int:
        """Words programmed and sectors erased since the flash was set."""
        return int(self._c.flash_model_stores())

    @property
    def violations(self) -> int:
        """How often the core broke the rules of flash.h: a word programmed twice, a place outside of the flash."""
        return int(self._c.flash_model_violations())

    def cut_after(self, stores: int, mode: Cut = Cut.TORN, seed: int = 0) -> None:
        """Let the power go in the middle of the store that follows the next `stores` ones."""
        self._c.library_cut(stores, int(mode), ctypes.c_uint32(seed & _U32))

    def silence(self, stores: int, count: int = 1) -> None:
        """After `stores` more stores, let `count` of them change nothing although they report success."""
        self._c.flash_model_silence(stores, count)

    def heal(self) -> None:
        """Plan no fault any more; words that are unstable stay so."""
        self._c.flash_model_heal()

    def _sent(self) -> bytes:
        return ctypes.string_at(self._c.library_sent(), self._c.library_sent_bytes())

    def _why(self) -> str:
        return (self._c.library_why() or b"").decode("utf-8", "replace")

    def _judge(self, end: int) -> None:
        if end == _STOPPED:
            raise CrashedError("the device gave up", expected="an answer", received=self._why())
        if end != _SERVED:
            why = "its power was cut" if end == _POWER_LOST else "it is off"
            raise PowerLostError("the device does not answer", expected="a device that runs", received=why)


class LibraryTransport:
    """A line to a `LibraryDevice` without noise: `firmware_bridge.transport.Transport`.

    Waiting for bytes that do not come lets the device's time pass: give the link `clock=device.clock`.
    """

    def __init__(self, device: LibraryDevice, *, name: str = "library", baud: int = 115_200) -> None:
        self._device = device
        self._name = name
        self._baud = baud
        self._arrived = b""

    @property
    def name(self) -> str:
        """What errors call the line."""
        return self._name

    @property
    def baud(self) -> int:
        """Bits per second that the line stands for."""
        return self._baud

    def write(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            PowerLostError: a planned cut came, or the device is off.
        """
        self._arrived += self._device.feed(data)

    def read(self, timeout_s: float) -> bytes:
        """Whatever has come; if nothing has, `timeout_s` pass.

        Raises:
            PowerLostError: a planned cut came, or the device is off.
        """
        if not self._arrived:
            self._arrived = self._device.advance(max(timeout_s, 0.0))
        arrived, self._arrived = self._arrived, b""
        return arrived

    def close(self) -> None:
        """Nothing to give back: the device runs on."""


def _load_copy(library: Path) -> tuple[int, ctypes.CDLL]:
    """Load `library` under a name of its own: a library that is loaded twice by one name has one memory."""
    with tempfile.TemporaryDirectory(prefix="persona-device-") as folder:
        copy = str(shutil.copy2(library, folder))
        handle = int(_ctypes.dlopen(copy, ctypes.RTLD_LOCAL | os.RTLD_NOW))
        loaded = ctypes.CDLL(copy, handle=handle)
    for name, result in _RESULTS.items():
        getattr(loaded, name).restype = result
    return handle, loaded


_RESULTS: Final[dict[str, Callable[..., object] | None]] = {
    "library_sent": ctypes.c_void_p,
    "library_sent_bytes": ctypes.c_uint32,
    "library_why": ctypes.c_char_p,
    "library_flash": None,
    "library_cut": None,
    "flash_model_image": ctypes.c_void_p,
    "flash_model_stores": ctypes.c_uint32,
    "flash_model_violations": ctypes.c_uint32,
}
