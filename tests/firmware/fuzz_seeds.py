"""What the fuzzers start from: inputs of firmware/fuzz that get far, made by the host's own encoders."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from tests.firmware.requests import EVERY_REQUEST
from tests.firmware.tiny_model import BASE, LATENT, LAYOUT, PROTOTYPES
from toolchain.edit import Codec, encode_edit

_BYTES, _REQUEST, _REPEAT, _EDIT, _NEXT, _TIME, _RESET, _CUT = range(8)
_VERIFY, _TRY, _APPLY, _COMMIT, _CONFIRM, _DROP, _BACK, _INFER = range(8)
_SIGNED: Final = 1
_DURABLE: Final = 2
_FLASH_AND_KEY: Final = bytes([1 | 1 << 1 | 8])


def _payload(codec: Codec, prototype: int) -> bytes:
    delta = (0.2 * np.cos(np.arange(LAYOUT.size))).astype(np.float32)
    code = np.array([50, -3, 127, -127], np.int8) if codec is Codec.LATENT else None
    edit = encode_edit(
        delta,
        layout=LAYOUT,
        base=BASE,
        prototypes=PROTOTYPES,
        prototype=prototype,
        counter=1,
        codec=codec,
        latent=LATENT,
        code=code,
    )
    return edit.payload


def _whole_edit(codec: Codec, flags: int, *steps: int) -> bytes:
    payload = _payload(codec, 1)
    return bytes([_EDIT, codec, 1, flags, len(payload)]) + payload + _next(*steps)


def _next(*steps: int) -> bytes:
    return b"".join(bytes([_NEXT, step, *([9] if step == _COMMIT else [])]) for step in steps)


def session_seeds() -> list[bytes]:
    """Every request once, and every way of an edit of every codec."""
    requests = b"".join(bytes([_REQUEST, kind, len(body)]) + body for kind, body in EVERY_REQUEST.values())
    seeds = [_FLASH_AND_KEY + requests + bytes([_REPEAT]), bytes([_BYTES, 3, 2, 0, 0])]
    for codec in Codec:
        for flags in (0, _SIGNED):
            applied = _whole_edit(codec, flags, _VERIFY, _APPLY, _INFER, _BACK)
            kept = _whole_edit(codec, flags | _DURABLE, _VERIFY, _TRY, _COMMIT, _INFER, _CONFIRM)
            dropped = _whole_edit(codec, flags | _DURABLE, _VERIFY, _TRY, _COMMIT, _DROP)
            seeds += [
                _FLASH_AND_KEY + applied + kept + bytes([_RESET, _REPEAT]),
                _FLASH_AND_KEY + bytes([_CUT, 9]) + kept + dropped + bytes([_TIME, 200]),
            ]
    return seeds


def edit_seeds() -> list[bytes]:
    """Every codec, right and spoilt; floats at the edges of what is allowed."""
    edges = np.array([np.nan, np.inf, 0.5, np.nextafter(np.float32(0.5), 1), -1.999, 1e-45, -0.0], "<f4")
    payloads = [(codec, _payload(codec, 2)) for codec in Codec]
    payloads += [(Codec.F32, np.resize(edge, LAYOUT.size).tobytes()) for edge in edges]
    return [
        bytes([codec, 2, how, 30, 1, len(payload)]) + payload
        for codec, payload in payloads
        for how in (0, _SIGNED, _SIGNED | 4, 4 | 8, 16)
    ]


def journal_seeds() -> list[bytes]:
    """Records that count, in either slot or both, with words of every size; an erased flash; noise."""
    noise = bytes(range(256)) * 2
    record = struct.pack("<III", 0x14A50, 5, 7).ljust(64, b"\0") + PROTOTYPES[1].tobytes()
    both = record.ljust(256, b"\xff") + record
    return [bytes([word, how]) + image for word in range(4) for how in (0, 0x0F, 0xFF) for image in (both, noise, b"")]


SEEDS: Final = {"fuzz_session": session_seeds, "fuzz_edit": edit_seeds, "fuzz_journal": journal_seeds}
