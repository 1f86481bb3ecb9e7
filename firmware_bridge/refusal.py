"""A refusal in words: what the two numbers of each code mean (docs/protocol.md, "Replies")."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from firmware_bridge.errors import MismatchError, RefusedError, StaleError
from firmware_bridge.messages.kinds import Code, EditState
from firmware_bridge.messages.reply import Refusal
from toolchain.edit import Codec
from toolchain.layout import AdaptiveTensor, Layout


@dataclass(frozen=True)
class Setting:
    """What is known about the refused request: the layout of the device, and the codec of the edit."""

    layout: Layout | None = None
    codec: Codec | None = None


UNKNOWN_SETTING: Final = Setting()

Say = Callable[[int, Refusal, Setting], str]


@dataclass(frozen=True)
class _Words:
    what: str
    expected: Say
    received: Say
    remedy: str


def _plain(unit: str = "") -> Say:
    return lambda number, _refusal, _setting: f"{number} {unit}".rstrip()


def _nothing(_number: int, _refusal: Refusal, _setting: Setting) -> str:
    return ""


def _kind(number: int, _refusal: Refusal, _setting: Setting) -> str:
    return f"type {number:#04x}"


def _state(number: int, _refusal: Refusal, _setting: Setting) -> str:
    return EditState(number).name.lower() if number in set(EditState) else f"state {number}"


def _start_of(name: str) -> Say:
    """The first four bytes of a digest or a fingerprint, in the order in which everything else prints them."""
    return lambda number, _refusal, _setting: f"{name} {struct.pack('<I', number).hex()}..."


def _codec(number: int, _refusal: Refusal, _setting: Setting) -> str:
    return f"{number} ({Codec(number).name.lower()})" if number in set(Codec) else str(number)


def _codecs(mask: int, _refusal: Refusal, _setting: Setting) -> str:
    return " or ".join(f"{bit} ({Codec(bit).name.lower()})" for bit in Codec if mask >> bit & 1) or "no codec"


def _flags(number: int, _refusal: Refusal, _setting: Setting) -> str:
    return f"flags {number:#04x}"


def _at_least(number: int, _refusal: Refusal, _setting: Setting) -> str:
    return f"a counter above {number}"


def _table(number: int, _refusal: Refusal, _setting: Setting) -> str:
    return f"a prototype in 0..{number - 1}"


def _tensor_at(index: int, layout: Layout | None) -> AdaptiveTensor | None:
    for tensor in layout.tensors if layout else ():
        if tensor.offset <= index < tensor.offset + tensor.size:
            return tensor
    return None


def _place(index: int, setting: Setting) -> str:
    tensor = _tensor_at(index, setting.layout)
    return f"float {index}" if tensor is None else f"{tensor.name}[{index - tensor.offset}] (float {index})"


def _finite_at(index: int, _refusal: Refusal, setting: Setting) -> str:
    return f"a finite number in {_place(index, setting)}"


def _bounds_at(index: int, _refusal: Refusal, setting: Setting) -> str:
    tensor = _tensor_at(index, setting.layout)
    bound = "T" if tensor is None else f"T = {tensor.clip:.9g}"
    return f"|delta| <= {bound} in {_place(index, setting)}"


def _float(bits: int, _refusal: Refusal, _setting: Setting) -> str:
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    return f"{value:.9g} (bits {bits:#010x})"


def _float_or_level(bits: int, refusal: Refusal, setting: Setting) -> str:
    if setting.codec is Codec.INT8:
        (level,) = struct.unpack("<i", struct.pack("<I", bits))
        return f"level {level} (an int8 edit has -127..127)"
    return _float(bits, refusal, setting)


_ANEW: Final = "make the edit anew for this device"
_BUG: Final = "this is a fault of the host or of the link: please report it with the text above"

_WORDS: Final[Mapping[Code, _Words]] = MappingProxyType(
    {
        Code.UNKNOWN_TYPE: _Words(
            "the device does not know this message",
            _nothing,
            _kind,
            "use a host of the device's release, or flash a newer firmware",
        ),
        Code.BAD_LENGTH: _Words(
            "the message has another length than the device wants",
            _plain("bytes"),
            _plain("bytes"),
            "send what this device's model takes (see `persona info`)",
        ),
        Code.BAD_STATE: _Words(
            "the device is not ready for this step of an edit", _state, _state, "start the edit again"
        ),
        Code.BAD_OFFSET: _Words("the bytes do not follow those that are there", _plain(), _plain(), _BUG),
        Code.BAD_REGION: _Words(
            "the device has no such region", _plain("regions"), _plain(), "use a host of the device's release"
        ),
        Code.INPUT_INCOMPLETE: _Words(
            "the input is not complete", _plain("bytes"), _plain("bytes"), "send the whole input again"
        ),
        Code.EDIT_VERSION: _Words("the edit is of another version", _plain(), _plain(), _ANEW),
        Code.BASE_MISMATCH: _Words(
            "the edit was made for another base model",
            _start_of("base"),
            _start_of("base"),
            f"{_ANEW}: an edit cannot be carried over to another base",
        ),
        Code.LAYOUT_MISMATCH: _Words(
            "the edit was made for another layout of the adaptive layers",
            _start_of("layout"),
            _start_of("layout"),
            f"{_ANEW}: an edit cannot be carried over to another layout",
        ),
        Code.BAD_PROTOTYPE: _Words("the edit names a prototype that the device does not have", _table, _plain(), _ANEW),
        Code.BAD_CODEC: _Words(
            "the device cannot decode the edit's codec",
            _codecs,
            _codec,
            "encode the edit with one of the device's codecs",
        ),
        Code.BAD_PAYLOAD_LENGTH: _Words(
            "the edit's payload has another length than the adaptive layers need",
            _plain("bytes"),
            _plain("bytes"),
            _ANEW,
        ),
        Code.STALE_COUNTER: _Words(
            "the edit is older than the device's last one",
            _at_least,
            _plain(),
            f"{_ANEW}: its counter must exceed the device's",
        ),
        Code.EDIT_INCOMPLETE: _Words(
            "the edit has not arrived completely", _plain("bytes"), _plain("bytes"), "send the edit again"
        ),
        Code.NOT_FINITE: _Words(
            "the edit holds a number that is not finite",
            _finite_at,
            _float,
            "look at what made the edit: its context or its editor is damaged",
        ),
        Code.OUT_OF_BOUNDS: _Words(
            "the edit leaves the clip ball",
            _bounds_at,
            _float_or_level,
            "make the edit with toolchain.edit.encode_edit, which clips",
        ),
        Code.DIGEST_MISMATCH: _Words(
            "the bank that the edit makes is not the one it promises",
            _start_of("digest"),
            _start_of("digest"),
            f"{_ANEW}: it is damaged, or made against other prototypes",
        ),
        Code.STALE_BANK: _Words(
            "the device's bank changed while the edit was on its way",
            _start_of("bank"),
            _start_of("bank"),
            f"another host edits this device: {_ANEW}",
        ),
        Code.NOTHING_TO_REVERT: _Words(
            "the device's other bank is not the one to go back to",
            _start_of("bank"),
            _start_of("bank"),
            "ask STATUS which banks the device holds",
        ),
        Code.BAD_FLAGS: _Words(
            "the edit uses features that the device does not have",
            _flags,
            _flags,
            "make the edit without them, or flash a newer firmware",
        ),
    }
)

NOTHING_ADAPTIVE: Final = Refusal(Code.BAD_STATE, 0, 0)
"""How a device without adaptive parameters answers every edit request."""

_NOTHING_ADAPTIVE: Final = _Words(
    "the model on the device has no adaptive layers",
    _nothing,
    lambda *_: "an edit",
    "compile the model with adaptive layers and flash its firmware",
)

_MISMATCHES: Final = frozenset({Code.BASE_MISMATCH, Code.LAYOUT_MISMATCH})
_STALE: Final = frozenset({Code.STALE_COUNTER, Code.STALE_BANK})


def refused(refusal: Refusal, *, by: str = "the device", step: str, setting: Setting = UNKNOWN_SETTING) -> RefusedError:
    """The error that says `refusal` in words.

    Args:
        refusal: code and numbers, from the device or from the host's own check of the same rules.
        by: who refuses.
        step: what was refused, for instance `"BEGIN"`.
        setting: turns indices into tensor names and numbers into values.
    """
    words = _NOTHING_ADAPTIVE if refusal == NOTHING_ADAPTIVE else _WORDS[refusal.code]
    kind = RefusedError
    if refusal.code in _MISMATCHES:
        kind = MismatchError
    elif refusal.code in _STALE:
        kind = StaleError
    return kind(
        f"{by} refuses {step} with {refusal.code.name} (code {refusal.code.value}): {words.what}",
        expected=words.expected(refusal.expected, refusal, setting) or None,
        received=words.received(refusal.received, refusal, setting),
        remedy=words.remedy,
        code=refusal.code,
    )
