"""What a host checks before it sends a byte of an edit: the device's own rules, as far as they can be known here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from firmware_bridge.messages import Begin, Code, HelloReply, Refusal, Write
from firmware_bridge.messages.editing import WRITE_OVERHEAD_BYTES
from firmware_bridge.refusal import NOTHING_ADAPTIVE, Setting, refused
from toolchain.digest import FINGERPRINT_BYTES
from toolchain.edit import EDIT_VERSION, HEADER_BYTES, Codec, Edit, Flag, apply_edit
from toolchain.latent import Latent
from toolchain.layout import Layout

_STEP: Final = "the edit before it is sent"


class Adaptive(Protocol):
    """What the host knows of the model on the device; a `Bundle` is one."""

    @property
    def layout(self) -> Layout:
        """The adaptive layout."""

    @property
    def prototypes(self) -> npt.NDArray[np.float32]:
        """The prototype table, float32 [entries, size]."""

    @property
    def latent(self) -> Latent | None:
        """The table of the codec `latent`, if the model has one."""


def payload_bytes(codec: Codec, hello: HelloReply) -> tuple[int, int]:
    """Least and largest payload of `codec` for this device, in bytes."""
    floats = hello.adaptive_floats
    fixed = {
        Codec.F32: 4 * floats,
        Codec.INT8: floats,
        Codec.F16: 2 * floats,
        Codec.INT4: (floats + 1) // 2,
        Codec.LATENT: hello.code_bytes,
    }
    return (0, 2 * floats) if codec is Codec.SPARSE else (fixed[codec], fixed[codec])


def check_against_device(edit: Edit, hello: HelloReply, counter: int, *, durable: bool = False) -> None:
    """What BEGIN, APPLY and COMMIT would refuse, found before a byte is sent.

    Args:
        edit: the edit.
        hello: what the device said.
        counter: what the edit's must exceed.
        durable: whether it is for COMMIT; otherwise for APPLY.

    Raises:
        RefusedError: with the code that the device would have sent.
    """
    if not hello.adaptive_floats:
        raise refused(NOTHING_ADAPTIVE, by="the host", step=_STEP)
    if edit.codec in hello.codecs:
        least, most = payload_bytes(edit.codec, hello)
    else:
        least = most = len(edit.payload)
    size = len(edit.payload)
    flags = edit.flags
    verb = (flags & Flag.SIGNED) | (Flag.DURABLE if durable else Flag(0))
    rules = [
        (hello.edit_version != EDIT_VERSION, Code.EDIT_VERSION, hello.edit_version, EDIT_VERSION),
        (edit.base != hello.base, Code.BASE_MISMATCH, _start(hello.base), _start(edit.base)),
        (edit.layout != hello.layout, Code.LAYOUT_MISMATCH, _start(hello.layout), _start(edit.layout)),
        (edit.prototype >= hello.prototypes, Code.BAD_PROTOTYPE, hello.prototypes, edit.prototype),
        (edit.codec not in hello.codecs, Code.BAD_CODEC, hello.codec_mask, edit.codec),
        (not least <= size <= most, Code.BAD_PAYLOAD_LENGTH, most if size > most else least, size),
        (edit.counter <= counter, Code.STALE_COUNTER, counter, edit.counter),
        (hello.signed_only and not edit.signed, Code.UNSIGNED, flags | Flag.SIGNED, flags),
        ((hello.signed_only or edit.signed) and not hello.has_key, Code.NO_KEY, 0, 0),
        (edit.durable is not durable, Code.WRONG_VERB, verb, flags),
        (durable and not hello.has_storage, Code.NO_STORAGE, 0, 0),
    ]
    for broken, code, expected, received in rules:
        if broken:
            raise refused(Refusal(code, expected, received), by="the host", step=_STEP)


def _start(fingerprint: bytes) -> int:
    return int.from_bytes(fingerprint[: FINGERPRINT_BYTES // 2], "little")


def check_against_model(edit: Edit, model: Adaptive, hello: HelloReply) -> None:
    """What VERIFY would refuse, found before a byte is sent.

    Raises:
        EditError: a value is not finite or beyond T, or the digest is not that of the resulting bank.
    """
    apply_edit(edit, layout=model.layout, base=hello.base, prototypes=model.prototypes, latent=model.latent)


def setting_of(edit: Edit, model: Adaptive | None) -> Setting:
    """What turns the device's numbers into words for this edit."""
    return Setting(model.layout if model else None, edit.codec)


def begin(edit: Edit, max_payload: int) -> Begin:
    """The header with as much of what follows it as one frame holds; all of a small edit."""
    return Begin(edit.header, edit.body[: max_payload - HEADER_BYTES])


def writes(body: bytes, max_payload: int, start: int) -> Iterator[Write]:
    """The WRITE messages that carry `body` from byte `start` on, in order."""
    step = max_payload - WRITE_OVERHEAD_BYTES
    for offset in range(start, len(body), step):
        yield Write(offset, body[offset : offset + step])
