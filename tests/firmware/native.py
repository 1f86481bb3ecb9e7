"""The core's pure functions as a shared library of this process; undefined behaviour ends the process."""

from __future__ import annotations

import ctypes
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from firmware_bridge.build import FIRMWARE_DIR
from tests.firmware.tiny_model import HERE
from toolchain.edit import Codec
from toolchain.latent import Latent
from toolchain.layout import Layout, Vector

_OPTIONS: Final = "-std=c99 -O1 -fPIC -shared -ffp-contract=off -fsanitize=undefined -fsanitize-undefined-trap-on-error"


_GUARD: Final = 16
_UNTOUCHED: Final = 12345.0


class _Tensor(ctypes.Structure):
    """`persona_tensor`."""

    _fields_ = (("offset", ctypes.c_uint32), ("count", ctypes.c_uint32), ("clip", ctypes.c_float))


class _Latent(ctypes.Structure):
    """`persona_latent`."""

    _fields_ = (
        ("first", ctypes.c_uint16),
        ("count", ctypes.c_uint16),
        ("scale", ctypes.c_float),
        ("rows", ctypes.c_void_p),
    )


@dataclass(frozen=True)
class AdaptiveModel:
    """A `persona_model` of which nothing is filled in but what codecs read; `held` keeps its tables alive."""

    layout: Layout
    own: Any
    held: Any


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

    def adaptive(self, layout: Layout, latent: Latent | None) -> AdaptiveModel:
        """A model for `decode` and `codecs`."""
        tensors = (_Tensor * len(layout.tensors))(*[_Tensor(t.offset, t.size, t.clip) for t in layout.tensors])
        parts = latent.parts if latent else ()
        rows = [ctypes.create_string_buffer(part.rows.tobytes(), part.rows.nbytes) for part in parts]
        held = [_Latent(p.first, p.count, p.scale, ctypes.addressof(own)) for p, own in zip(parts, rows, strict=True)]
        table = (_Latent * len(held))(*held)
        model = ctypes.create_string_buffer(int(self._c.native_model_bytes()))
        code_bytes = latent.code_bytes if latent else 0
        self._c.native_model(model, tensors, len(tensors), table if held else None, code_bytes)
        return AdaptiveModel(layout, model, (tensors, table, rows))

    def decode(
        self, codec: Codec, payload: bytes, prototype: Vector, model: AdaptiveModel
    ) -> tuple[tuple[int, int, int], Vector]:
        """Verdict (code, expected, received) and the bank, decoded in place; what lies around it must stay."""
        guarded = np.full(model.layout.size + 2 * _GUARD, _UNTOUCHED, np.float32)
        bank = guarded[_GUARD:-_GUARD]
        ctypes.memmove(bank.ctypes.data, payload, min(len(payload), bank.nbytes))
        verdict = (ctypes.c_uint32 * 3)()
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (bank, prototype)]
        self._c.native_decode(verdict, int(codec), pointers[0], len(payload), pointers[1], model.own)
        assert np.all(guarded[:_GUARD] == _UNTOUCHED)
        assert np.all(guarded[-_GUARD:] == _UNTOUCHED)
        return (verdict[0], verdict[1], verdict[2]), bank

    def codecs(self, model: AdaptiveModel) -> list[Codec]:
        """The codecs that a device with this model knows."""
        mask = int(self._c.native_codecs(model.own))
        return [codec for codec in Codec if mask >> codec & 1]

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
