"""The core's pure functions as a shared library of this process; undefined behaviour ends the process."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path
from typing import Final

import numpy as np

from firmware_bridge.build import FIRMWARE_DIR
from tests.firmware.tiny_model import HERE, LAYOUT
from toolchain.edit import Codec
from toolchain.layout import Vector

_OPTIONS: Final = "-std=c99 -O1 -fPIC -shared -ffp-contract=off -fsanitize=undefined -fsanitize-undefined-trap-on-error"


class Native:
    """Python's view of native.c."""

    def __init__(self, library: Path) -> None:
        self._c = ctypes.CDLL(str(library))

    def crc32(self, start: int, data: bytes) -> int:
        """`persona_crc32`."""
        self._c.persona_crc32.restype = ctypes.c_uint32
        return int(self._c.persona_crc32(ctypes.c_uint32(start), data, len(data)))

    def blake2s(self, data: bytes, *, size: int = 32, key: bytes = b"", piece: int = 1 << 20) -> bytes:
        """The digest of `data`, fed `piece` bytes at a time."""
        digest = ctypes.create_string_buffer(size)
        self._c.native_blake2s(digest, size, key, len(key), data, len(data), piece)
        return digest.raw

    def cobs_encode(self, data: bytes) -> bytes:
        """The body of `data`, made in place."""
        overhead = int(self._c.native_cobs_overhead(len(data)))
        buffer = ctypes.create_string_buffer(bytes(overhead) + data, overhead + len(data))
        size = int(self._c.native_cobs_encode(buffer, len(data)))
        return buffer.raw[:size]

    def cobs_decode(self, body: bytes) -> bytes | None:
        """The bytes of a body, None if it is not whole."""
        buffer = ctypes.create_string_buffer(max(1, len(body)))
        size = int(self._c.native_cobs_decode(buffer, body, len(body)))
        return None if size < 0 else buffer.raw[:size]

    def decode(self, codec: Codec, payload: bytes, prototype: int) -> tuple[tuple[int, int, int], Vector]:
        """Verdict (code, expected, received) and the bank after decoding with the tiny model."""
        bank = np.zeros(LAYOUT.size, np.float32)
        ctypes.memmove(bank.ctypes.data, payload, len(payload))
        verdict = (ctypes.c_uint32 * 3)()
        self._c.native_decode(verdict, int(codec), bank.ctypes.data_as(ctypes.c_void_p), prototype)
        return (verdict[0], verdict[1], verdict[2]), bank

    def log(self, text: bytes) -> bytes:
        """The bytes of a log frame."""
        frame = ctypes.create_string_buffer(int(self._c.native_log_bytes()))
        size = int(self._c.native_log(frame, text))
        return frame.raw[:size]


def build_native(folder: Path, bundle: Path) -> Native:
    """Compile the core and native.c for this machine."""
    core = FIRMWARE_DIR / "core"
    firmware_only = {"memory.c", "run.c"}
    sources = [path for path in core.glob("*.c") if path.name not in firmware_only]
    library = folder / "native.so"
    command = [
        os.environ.get("CC", "cc"),
        *_OPTIONS.split(),
        *("-o", str(library), f"-I{core}", f"-I{bundle / 'c'}"),
        *map(str, [*sources, bundle / "c" / "model.c", HERE / "native.c"]),
    ]
    subprocess.run(command, check=True, timeout=120)
    return Native(library)
