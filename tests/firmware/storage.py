"""The journal and the key store on the flash model, without a device around them."""

from __future__ import annotations

import ctypes
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from firmware_bridge.build import FIRMWARE_DIR
from hil.flash_faults import Cut, FlashSizes
from tests.firmware.tiny_model import HERE, LAYOUT
from toolchain.layout import Vector

POWER_LOST: Final = -1
OK, NO_STORAGE, STORAGE_FAILED, PROVISIONED = 0, 35, 36, 37
EMPTY, RESTORED = 0, 1
KEY_BYTES: Final = 40
FLASH: Final = FlashSizes(sector=64, word=8, sectors=8)
_OPTIONS: Final = "-std=c99 -O1 -fPIC -shared -fsanitize=undefined -fsanitize-undefined-trap-on-error"
_CORE: Final = ("journal.c", "keystore.c", "flash.c", "blake2s.c", "digest.c")


class Entry(ctypes.Structure):
    """`persona_entry`."""

    _fields_ = (
        ("counter", ctypes.c_uint32),
        ("prototype", ctypes.c_uint8),
        ("codec", ctypes.c_uint8),
        ("digest", ctypes.c_uint8 * 8),
    )


@dataclass(frozen=True)
class Found:
    """What a boot restores: the counter of the record and its bank's bytes."""

    counter: int
    bank: bytes


class Storage:
    """Python's view of storage.c; one flash a process."""

    def __init__(self, library: Path) -> None:
        self._c = ctypes.CDLL(str(library))
        self._c.flash_model_image.restype = ctypes.c_void_p
        self.sizes = FLASH
        self.erase_all()

    def erase_all(self, sizes: FlashSizes = FLASH) -> None:
        """A new flash without faults."""
        self.sizes = sizes
        self._c.flash_model_init(sizes.sector, sizes.word, sizes.sectors)

    @property
    def image(self) -> bytes:
        """All bytes of the flash."""
        return ctypes.string_at(self._c.flash_model_image(), self.sizes.total)

    @image.setter
    def image(self, data: bytes) -> None:
        self.erase_all(self.sizes)
        ctypes.memmove(self._c.flash_model_image(), data, len(data))
        self._c.flash_model_settle()

    @property
    def stores(self) -> int:
        """Stores since the flash was made."""
        return int(self._c.flash_model_stores())

    @property
    def violations(self) -> int:
        """Words programmed twice, places outside."""
        return int(self._c.flash_model_violations())

    @property
    def dropped(self) -> bool:
        """Whether the last boot erased a record."""
        return bool(self._c.storage_dropped())

    def cut(self, store: int, kind: Cut, seed: int = 0) -> None:
        """Lose power at that store from now on."""
        self._c.storage_cut(store, int(kind), seed)

    def silence(self, first: int, count: int = 1) -> None:
        """Let these stores do nothing."""
        self._c.flash_model_silence(first, count)

    def heal(self) -> None:
        """No fault any more."""
        self._c.flash_model_heal()

    def open(self, base: int = 0) -> Found | int | None:
        """Boot: what was restored, None if nothing, POWER_LOST if a cut came."""
        bank = np.full(LAYOUT.size, np.nan, np.float32)
        entry = Entry()
        end = int(self._c.storage_open(base, bank.ctypes.data_as(ctypes.c_void_p), ctypes.byref(entry)))
        if end == RESTORED:
            return Found(entry.counter, bank.tobytes())
        return POWER_LOST if end == POWER_LOST else None

    def open_into(self) -> bytes:
        """Boot: the bank as the journal leaves it."""
        bank = np.full(LAYOUT.size, np.nan, np.float32)
        self._c.storage_open(0, bank.ctypes.data_as(ctypes.c_void_p), ctypes.byref(Entry()))
        return bank.tobytes()

    def booted(self) -> Found | None:
        """Boot without a cut."""
        found = self.open()
        assert not isinstance(found, int)
        return found

    def open_nothing(self) -> int:
        """Boot a device without flash."""
        bank = np.zeros(LAYOUT.size, np.float32)
        return int(self._c.storage_open_nothing(bank.ctypes.data_as(ctypes.c_void_p), ctypes.byref(Entry())))

    def write(self, found: Found) -> int:
        """Write a record: the refusal's code, or POWER_LOST."""
        return int(self._c.storage_write(found.counter, found.bank))

    def confirm(self) -> int:
        """Confirm it."""
        return int(self._c.storage_confirm())

    def update(self, found: Found) -> int:
        """Write and confirm."""
        return self.write(found) or self.confirm()

    def abandon(self) -> None:
        """Give the pending record up."""
        self._c.storage_abandon()

    def load_key(self) -> bytes | None:
        """Id and key."""
        buffer = ctypes.create_string_buffer(KEY_BYTES)
        return buffer.raw if self._c.storage_load_key(buffer) else None

    def save_key(self, key: bytes) -> int:
        """Store id and key: the refusal's code, or POWER_LOST."""
        return int(self._c.storage_save_key(key))


def record(counter: int) -> Found:
    """A bank that goes with that counter."""
    bank: Vector = np.random.default_rng(counter).standard_normal(LAYOUT.size).astype(np.float32)
    return Found(counter, bank.tobytes())


def build_storage(folder: Path, bundle: Path) -> Storage:
    """Compile journal, key store and flash model for this machine."""
    core, port = FIRMWARE_DIR / "core", FIRMWARE_DIR / "ports" / "library"
    library = folder / "storage.so"
    sources = [*(core / name for name in _CORE), port / "flash_model.c", bundle / "c" / "model.c", HERE / "storage.c"]
    command = [
        os.environ.get("CC", "cc"),
        *_OPTIONS.split(),
        *("-o", str(library), f"-I{core}", f"-I{port}", f"-I{bundle / 'c'}"),
        *map(str, sources),
    ]
    subprocess.run(command, check=True, timeout=120)
    return Storage(library)
