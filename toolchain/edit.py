"""The edit: what travels from a host to a device to make its adaptive layers its own.

An edit is absolute against a named entry of the prototype table: `bank = prototype[j] + clip(delta, -T, T)`. It never
refers to the device's current parameters, so delivering it twice is harmless and errors never add up.

Binary form, little-endian (docs/protocol.md, "Edit"):

    0   u8      edit version (1)
    1   u8      codec
    2   u8      prototype
    3   u8      flags (0; bit 0 is reserved for "a MAC follows the payload")
    4   u32     counter
    8   u8[8]   base fingerprint
    16  u8[8]   layout fingerprint
    24  u8[8]   digest of the resulting bank
    32  u32     payload length in bytes
    36  ...     payload

The functions here are the reference: `firmware_bridge/firmware/core/edit.c` computes the same bits.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.digest import FINGERPRINT_BYTES, bank_digest
from toolchain.errors import EditError
from toolchain.layout import Layout, Vector

EDIT_VERSION: Final = 1
INT8_LEVELS: Final = 127
_HEADER: Final = struct.Struct("<BBBBI8s8s8sI")
HEADER_BYTES: Final = _HEADER.size
COUNTER_MAX: Final = 0xFFFF_FFFF


class Codec(IntEnum):
    """How the delta is written: `F32` as it is, `INT8` in steps of T/127 (error at most T/254)."""

    F32 = 0
    INT8 = 1

    @property
    def bytes_per_float(self) -> int:
        """Payload bytes for each float of the adaptive buffer."""
        return 4 if self is Codec.F32 else 1


@dataclass(frozen=True)
class Edit:
    """A parsed edit. What `parse` returned has a legal shape; whether it fits a device is `apply_edit`'s question."""

    codec: Codec
    prototype: int
    counter: int
    base: bytes
    layout: bytes
    digest: bytes
    payload: bytes

    @property
    def header(self) -> bytes:
        """The first 36 bytes, which are also the payload of the BEGIN message."""
        return _HEADER.pack(
            EDIT_VERSION,
            self.codec,
            self.prototype,
            0,
            self.counter,
            self.base,
            self.layout,
            self.digest,
            len(self.payload),
        )

    def pack(self) -> bytes:
        """Binary form, as written to a file."""
        return self.header + self.payload

    @classmethod
    def parse(cls, data: bytes) -> Edit:
        """Read the binary form.

        Raises:
            EditError: not an edit, of another version, truncated or with bytes left over.
        """
        if len(data) < HEADER_BYTES:
            raise EditError("the edit is truncated", expected=f"at least {HEADER_BYTES} bytes", received=str(len(data)))
        version, codec, prototype, flags, counter, base, layout, digest, size = _HEADER.unpack_from(data)
        if version != EDIT_VERSION or flags:
            raise EditError(
                "the edit is of another version",
                expected=f"version {EDIT_VERSION} without flags",
                received=f"version {version}, flags {flags:#04x}",
                remedy="make the edit anew with this release",
            )
        if codec not in set(Codec):
            raise EditError("the edit has an unknown codec", expected=_codec_names(), received=str(codec))
        if len(data) != HEADER_BYTES + size:
            raise EditError(
                "the edit's length does not agree with its header",
                expected=f"{HEADER_BYTES + size} bytes",
                received=f"{len(data)} bytes",
                remedy="transfer the file again",
            )
        return cls(Codec(codec), prototype, counter, base, layout, digest, data[HEADER_BYTES:])


def _codec_names() -> str:
    return ", ".join(f"{codec.value} ({codec.name.lower()})" for codec in Codec)


def clip_delta(delta: npt.NDArray[Any], layout: Layout) -> Vector:
    """Clip a delta, float32 [size], to T of each tensor.

    Raises:
        EditError: the delta has another length, or holds NaN or infinity (a clip would hide those).
    """
    if delta.shape != (layout.size,):
        raise EditError(
            "the delta does not fit the layout", expected=f"{layout.size} floats", received=str(delta.shape)
        )
    _require_finite(np.asarray(delta, np.float32), layout)
    clipped: Vector = np.clip(np.asarray(delta, np.float32), -layout.clip_vector, layout.clip_vector)
    return clipped


def _require_finite(values: Vector, layout: Layout) -> None:
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise EditError(
            f"the edit holds {bad.size} value(s) that are not finite, first in {_place(int(bad[0]), layout)}",
            expected="finite numbers",
            received=str(values[bad[0]]),
            remedy="look at what made the edit: its context or its editor is damaged",
        )


def _place(index: int, layout: Layout) -> str:
    for tensor in layout.tensors:
        if index < tensor.offset + tensor.size:
            return f"{tensor.name}[{index - tensor.offset}]"
    return f"float {index}"


def encode_edit(  # noqa: PLR0913  # an edit has that many independent parts
    delta: npt.NDArray[Any],
    *,
    layout: Layout,
    base: bytes,
    prototypes: npt.NDArray[np.float32],
    prototype: int,
    counter: int,
    codec: Codec = Codec.INT8,
) -> Edit:
    """Clip `delta` (float32 [size]) and write it as an edit against `prototypes[prototype]`.

    Args:
        delta: wanted change of each adaptive parameter.
        layout: the device's adaptive layout.
        base: the device's base fingerprint.
        prototypes: the prototype table, float32 [entries, size].
        prototype: which entry the edit starts from.
        counter: must exceed the counter of the last edit that the device took.
        codec: how the delta is written.

    Raises:
        EditError: wrong length, NaN or infinity, unknown prototype, or a counter out of range.
    """
    if len(base) != FINGERPRINT_BYTES:
        raise EditError("a base fingerprint has eight bytes", received=str(len(base)))
    if not 0 <= counter <= COUNTER_MAX:
        raise EditError("the edit's counter is out of range", expected=f"0..{COUNTER_MAX}", received=str(counter))
    _require_prototype(prototype, prototypes)
    clipped = clip_delta(delta, layout)
    payload = clipped.astype("<f4").tobytes() if codec is Codec.F32 else _quantise(clipped, layout).tobytes()
    bank = prototypes[prototype] + _decode(codec, payload, layout)
    return Edit(codec, prototype, counter, base, layout.fingerprint, bank_digest(bank), payload)


def _require_prototype(prototype: int, prototypes: npt.NDArray[np.float32]) -> None:
    if not 0 <= prototype < len(prototypes):
        raise EditError(
            "the edit names a prototype that the device does not have",
            expected=f"0..{len(prototypes) - 1}",
            received=str(prototype),
        )


def _steps(layout: Layout) -> Vector:
    """Step of the int8 codec for each float: T/127, divided in float32 as the device does."""
    steps: Vector = layout.clip_vector / np.float32(INT8_LEVELS)
    return steps


def _quantise(clipped: Vector, layout: Layout) -> npt.NDArray[np.int8]:
    levels: npt.NDArray[np.int8] = np.clip(np.rint(clipped / _steps(layout)), -INT8_LEVELS, INT8_LEVELS).astype(np.int8)
    return levels


def _decode(codec: Codec, payload: bytes, layout: Layout) -> Vector:
    """Payload to delta, float32 [size], refusing what the device refuses."""
    expected = layout.size * codec.bytes_per_float
    if len(payload) != expected:
        raise EditError("the edit's payload has another length", expected=str(expected), received=str(len(payload)))
    if codec is Codec.F32:
        delta = np.frombuffer(payload, "<f4").astype(np.float32)
        _require_finite(delta, layout)
        _require_within(np.abs(delta) <= layout.clip_vector, delta, layout)
        return delta
    levels = np.frombuffer(payload, np.int8)
    delta = levels.astype(np.float32) * _steps(layout)
    delta = np.clip(delta, -layout.clip_vector, layout.clip_vector)
    _require_within(levels >= -INT8_LEVELS, delta, layout)
    return delta


def _require_within(inside: npt.NDArray[np.bool_], delta: Vector, layout: Layout) -> None:
    outside = np.flatnonzero(~inside)
    if outside.size:
        first = int(outside[0])
        raise EditError(
            f"the edit leaves the clip ball in {outside.size} place(s), first in {_place(first, layout)}",
            expected=f"|delta| <= T = {layout.clip_vector[first]}",
            received=str(delta[first]),
            remedy="make the edit with encode_edit, which clips",
        )


def apply_edit(edit: Edit, *, layout: Layout, base: bytes, prototypes: npt.NDArray[np.float32]) -> Vector:
    """The bank, float32 [size], that a device holds after taking `edit`: the reference for the C core.

    Raises:
        EditError: the edit belongs to another base or layout, names an unknown prototype, is out of bounds, or its
            digest does not agree with the resulting bank.
    """
    for what, expected, received in (("base", base, edit.base), ("layout", layout.fingerprint, edit.layout)):
        if expected != received:
            raise EditError(
                f"the edit was made for another {what}",
                expected=f"{what} {expected.hex()}",
                received=f"{what} {received.hex()}",
                remedy="make the edit anew for this device's base (an edit cannot be carried over)",
            )
    _require_prototype(edit.prototype, prototypes)
    bank: Vector = prototypes[edit.prototype] + _decode(edit.codec, edit.payload, layout)
    if bank_digest(bank) != edit.digest:
        raise EditError(
            "the edit's digest does not agree with the bank it makes",
            expected=edit.digest.hex(),
            received=bank_digest(bank).hex(),
            remedy="the edit is damaged or was made against other prototypes: make it anew",
        )
    return bank
