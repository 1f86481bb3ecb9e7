"""Bring an edit to a device: check it here by the device's own rules, then BEGIN, WRITE..., VERIFY, COMMIT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from firmware_bridge.messages import Code, HelloReply, Refusal, Write
from firmware_bridge.messages.editing import WRITE_OVERHEAD_BYTES
from firmware_bridge.refusal import NOTHING_ADAPTIVE, Setting, refused
from toolchain.digest import FINGERPRINT_BYTES
from toolchain.edit import Edit, apply_edit
from toolchain.layout import Layout


class Adaptive(Protocol):
    """What the host knows of the model on the device; a `Bundle` is one."""

    @property
    def layout(self) -> Layout:
        """The adaptive layout."""

    @property
    def prototypes(self) -> npt.NDArray[np.float32]:
        """The prototype table, float32 [entries, size]."""


def check_against_device(edit: Edit, hello: HelloReply, counter: int) -> None:
    """What BEGIN would refuse, found before a byte is sent; `counter` is that of the last edit that the device took.

    Raises:
        RefusedError: with the code that the device would have sent.
    """
    if not hello.adaptive_floats:
        raise refused(NOTHING_ADAPTIVE, by="the host", step="the edit before it is sent")
    size = hello.adaptive_floats * edit.codec.bytes_per_float
    rules = [
        (hello.signed_only, Code.BAD_FLAGS, 1, 0),
        (edit.base != hello.base, Code.BASE_MISMATCH, _start(hello.base), _start(edit.base)),
        (edit.layout != hello.layout, Code.LAYOUT_MISMATCH, _start(hello.layout), _start(edit.layout)),
        (edit.prototype >= hello.prototypes, Code.BAD_PROTOTYPE, hello.prototypes, edit.prototype),
        (edit.codec not in hello.codecs, Code.BAD_CODEC, hello.codec_mask, edit.codec),
        (len(edit.payload) != size, Code.BAD_PAYLOAD_LENGTH, size, len(edit.payload)),
        (edit.counter <= counter, Code.STALE_COUNTER, counter, edit.counter),
    ]
    for broken, code, expected, received in rules:
        if broken:
            raise refused(Refusal(code, expected, received), by="the host", step="the edit before it is sent")


def _start(fingerprint: bytes) -> int:
    return int.from_bytes(fingerprint[: FINGERPRINT_BYTES // 2], "little")


def check_against_model(edit: Edit, model: Adaptive, hello: HelloReply) -> None:
    """What VERIFY would refuse, found before a byte is sent.

    Raises:
        EditError: a value is not finite or beyond T, or the digest is not that of the resulting bank.
    """
    apply_edit(edit, layout=model.layout, base=hello.base, prototypes=model.prototypes)


def setting_of(edit: Edit, model: Adaptive | None) -> Setting:
    """What turns the device's numbers into words for this edit."""
    return Setting(model.layout if model else None, edit.codec)


def writes(payload: bytes, max_payload: int) -> Iterator[Write]:
    """The WRITE messages that carry `payload`, in order."""
    step = max_payload - WRITE_OVERHEAD_BYTES
    for offset in range(0, len(payload), step):
        yield Write(offset, payload[offset : offset + step])
