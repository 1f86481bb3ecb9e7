"""The edit: what travels from a host to a device to make its adaptive layers its own.

An edit is absolute against a named entry of the prototype table: `bank = prototype[j] + delta`. It never refers to the
device's current parameters, so delivering it twice is harmless and errors never add up.

Binary form, version 2, little-endian (docs/protocol.md, "Edit"):

    0   u8      edit version (2)
    1   u8      codec
    2   u8      prototype
    3   u8      flags: bit 0 signed, bit 1 durable
    4   u32     counter
    8   u8[8]   base fingerprint
    16  u8[8]   layout fingerprint
    24  u8[8]   digest of the resulting bank
    32  u32     payload length in bytes, without the MAC
    36  ...     payload
        u8[16]  MAC, if flag bit 0

The functions here are the reference: the core of `firmware_bridge/firmware` computes the same bits.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.codecs import Codec, coder
from toolchain.codecs.floats import require_finite
from toolchain.digest import FINGERPRINT_BYTES, bank_digest
from toolchain.errors import EditError
from toolchain.keys import MAC_BYTES, mac, same_mac
from toolchain.layout import Layout, Vector

if TYPE_CHECKING:
    from toolchain.latent import Latent

__all__ = ["EDIT_VERSION", "HEADER_BYTES", "Codec", "Edit", "Flag", "apply_edit", "clip_delta", "encode_edit"]

EDIT_VERSION: Final = 2
_HEADER: Final = struct.Struct("<BBBBI8s8s8sI")
HEADER_BYTES: Final = _HEADER.size
COUNTER_MAX: Final = 0xFFFF_FFFF


class Flag(IntFlag):
    """Flags of an edit."""

    SIGNED = 1
    DURABLE = 2


@dataclass(frozen=True)
class Edit:
    """A parsed edit. What `parse` returned has a legal shape; whether it fits a device is `apply_edit`'s question.

    Attributes:
        codec: how the payload is written.
        prototype: entry of the table that it starts from.
        counter: must exceed the counter of the last edit that the device took.
        base: fingerprint of the device's base.
        layout: fingerprint of the adaptive layout.
        digest: of the bank that the edit makes.
        payload: the delta.
        durable: meant for COMMIT, not for APPLY.
        mac: 16 bytes, or none.
    """

    codec: Codec
    prototype: int
    counter: int
    base: bytes
    layout: bytes
    digest: bytes
    payload: bytes
    durable: bool = False
    mac: bytes = b""

    @property
    def signed(self) -> bool:
        """Whether a MAC follows the payload."""
        return bool(self.mac)

    @property
    def flags(self) -> Flag:
        """The flags of the header."""
        return (Flag.SIGNED if self.signed else Flag(0)) | (Flag.DURABLE if self.durable else Flag(0))

    @property
    def header(self) -> bytes:
        """The first 36 bytes, which are also the beginning of the BEGIN message."""
        return _HEADER.pack(
            EDIT_VERSION,
            self.codec,
            self.prototype,
            self.flags,
            self.counter,
            self.base,
            self.layout,
            self.digest,
            len(self.payload),
        )

    @property
    def body(self) -> bytes:
        """All that follows the header: payload and MAC."""
        return self.payload + self.mac

    def pack(self) -> bytes:
        """Binary form, as written to a file."""
        return self.header + self.body

    def sign(self, key: bytes) -> Edit:
        """The same edit with the MAC of a device's 32-byte key over header and payload.

        Raises:
            KeyFileError: the key has another length.
        """
        marked = replace(self, mac=bytes(MAC_BYTES))
        return replace(self, mac=mac(key, marked.header, self.payload))

    def authentic(self, key: bytes) -> bool:
        """Whether the MAC is the one that `key` gives; never for an edit that is not signed."""
        return self.signed and same_mac(self.mac, mac(key, self.header, self.payload))

    @classmethod
    def parse(cls, data: bytes) -> Edit:
        """Read the binary form.

        Raises:
            EditError: not an edit, of another version, truncated or with bytes left over.
        """
        if len(data) < HEADER_BYTES:
            raise EditError("the edit is truncated", expected=f"at least {HEADER_BYTES} bytes", received=str(len(data)))
        version, codec, prototype, flags, counter, base, layout, digest, size = _HEADER.unpack_from(data)
        known = int(Flag.SIGNED | Flag.DURABLE)  # as a flag, its complement would forget the bits that it does not know
        if version != EDIT_VERSION or flags & ~known:
            raise EditError(
                "the edit is of another version",
                expected=f"version {EDIT_VERSION}, flags {known:#04x} at most",
                received=f"version {version}, flags {flags:#04x}",
                remedy="make the edit anew with this release",
            )
        if codec not in set(Codec):
            raise EditError("the edit has an unknown codec", expected=_codec_names(), received=str(codec))
        end = HEADER_BYTES + size
        whole = end + (MAC_BYTES if flags & Flag.SIGNED else 0)
        if len(data) != whole:
            raise EditError(
                "the edit's length does not agree with its header",
                expected=f"{whole} bytes",
                received=f"{len(data)} bytes",
                remedy="transfer the file again",
            )
        durable = bool(flags & Flag.DURABLE)
        payload, tag = data[HEADER_BYTES:end], data[end:]
        return cls(Codec(codec), prototype, counter, base, layout, digest, payload, durable, tag)


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
    values = np.ascontiguousarray(delta, np.float32)
    require_finite(values, layout)
    clipped: Vector = np.clip(values, -layout.clip_vector, layout.clip_vector)
    return clipped


def encode_edit(  # noqa: PLR0913  # an edit has that many independent parts
    delta: npt.NDArray[Any],
    *,
    layout: Layout,
    base: bytes,
    prototypes: npt.NDArray[np.float32],
    prototype: int,
    counter: int,
    codec: Codec = Codec.INT8,
    durable: bool = False,
    latent: Latent | None = None,
    code: npt.NDArray[np.int8] | None = None,
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
        durable: whether the device is to keep it over resets.
        latent: the model's table, for the codec of that name.
        code: int8 [latent.code_bytes] where the editor knows the code of `delta`; otherwise one is fitted to it.

    Raises:
        EditError: wrong length, NaN or infinity, unknown prototype, a counter out of range, or a codec that cannot hold
            this edit.
    """
    if len(base) != FINGERPRINT_BYTES:
        raise EditError("a base fingerprint has eight bytes", received=str(len(base)))
    if not 0 <= counter <= COUNTER_MAX:
        raise EditError("the edit's counter is out of range", expected=f"0..{COUNTER_MAX}", received=str(counter))
    _require_prototype(prototype, prototypes)
    clipped = clip_delta(delta, layout)
    own = coder(codec, layout, latent)
    payload = own.encode(clipped) if code is None or codec is not Codec.LATENT else _code_bytes(code)
    bank = prototypes[prototype] + own.decode(payload)
    return Edit(codec, prototype, counter, base, layout.fingerprint, bank_digest(bank), payload, durable)


def _code_bytes(code: npt.NDArray[np.int8]) -> bytes:
    if code.dtype != np.int8 or code.ndim != 1:
        raise EditError("a code is a row of int8", received=f"{code.dtype} {code.shape}")
    return code.tobytes()


def _require_prototype(prototype: int, prototypes: npt.NDArray[np.float32]) -> None:
    if not 0 <= prototype < len(prototypes):
        raise EditError(
            "the edit names a prototype that the device does not have",
            expected=f"0..{len(prototypes) - 1}",
            received=str(prototype),
        )


def apply_edit(
    edit: Edit,
    *,
    layout: Layout,
    base: bytes,
    prototypes: npt.NDArray[np.float32],
    latent: Latent | None = None,
) -> Vector:
    """The bank, float32 [size], that a device holds after taking `edit`: the reference for the C core.

    Whether the MAC is right is `Edit.authentic`'s question.

    Raises:
        EditError: the edit belongs to another base or layout, names an unknown prototype, is out of bounds
            (`PayloadError`), or its digest does not agree with the resulting bank.
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
    bank: Vector = prototypes[edit.prototype] + coder(edit.codec, layout, latent).decode(edit.payload)
    if bank_digest(bank) != edit.digest:
        raise EditError(
            "the edit's digest does not agree with the bank it makes",
            expected=edit.digest.hex(),
            received=bank_digest(bank).hex(),
            remedy="the edit is damaged or was made against other prototypes: make it anew",
        )
    return bank
