"""The two numbers of a refusal as words: what each holds depends on the code (docs/protocol.md, "Replies")."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from firmware_bridge.messages.kinds import EditState
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


def plain(unit: str = "") -> Say:
    """The number, with its unit."""
    return lambda number, _refusal, _setting: f"{number} {unit}".rstrip()


def nothing(_number: int, _refusal: Refusal, _setting: Setting) -> str:
    """The number says nothing."""
    return ""


def kind(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """A message type."""
    return f"type {number:#04x}"


def state(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """An edit state by its name."""
    return EditState(number).name.lower() if number in set(EditState) else f"state {number}"


def start_of(name: str) -> Say:
    """The first four bytes of a digest or a fingerprint, in the order in which everything else prints them."""
    return lambda number, _refusal, _setting: f"{name} {struct.pack('<I', number).hex()}..."


def codec(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """An edit codec by number and name."""
    return f"{number} ({Codec(number).name.lower()})" if number in set(Codec) else str(number)


def codecs(mask: int, _refusal: Refusal, _setting: Setting) -> str:
    """A bit mask of edit codecs."""
    return " or ".join(f"{bit} ({Codec(bit).name.lower()})" for bit in Codec if mask >> bit & 1) or "no codec"


def flags(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """Flags of an edit."""
    return f"flags {number:#04x}"


def counter_above(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """What a new edit needs."""
    return f"a counter above {number}"


def table(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """The entries of the prototype table."""
    return f"a prototype in 0..{number - 1}"


def _tensor_at(index: int, layout: Layout | None) -> AdaptiveTensor | None:
    for tensor in layout.tensors if layout else ():
        if tensor.offset <= index < tensor.offset + tensor.size:
            return tensor
    return None


def _place(index: int, setting: Setting) -> str:
    tensor = _tensor_at(index, setting.layout)
    return f"float {index}" if tensor is None else f"{tensor.name}[{index - tensor.offset}] (float {index})"


def finite_at(index: int, _refusal: Refusal, setting: Setting) -> str:
    """A place that has to hold a finite number."""
    return f"a finite number in {_place(index, setting)}"


def bounds_at(index: int, _refusal: Refusal, setting: Setting) -> str:
    """A place and its T."""
    tensor = _tensor_at(index, setting.layout)
    bound = "T" if tensor is None else f"T = {tensor.clip:.9g}"
    return f"|delta| <= {bound} in {_place(index, setting)}"


def real(bits: int, _refusal: Refusal, _setting: Setting) -> str:
    """The bits of a float32, and its value."""
    (value,) = struct.unpack("<f", struct.pack("<I", bits))
    return f"{value:.9g} (bits {bits:#010x})"


def real_or_level(bits: int, refusal: Refusal, setting: Setting) -> str:
    """The bits of a float32, or the level of an int8 edit."""
    if setting.codec is Codec.INT8:
        (level,) = struct.unpack("<i", struct.pack("<I", bits))
        return f"level {level} (an int8 edit has -127..127)"
    return real(bits, refusal, setting)


def milliseconds(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """How long to wait."""
    return f"the next switch in {number / 1000:.3g} s at the earliest"


def too_soon(_number: int, _refusal: Refusal, _setting: Setting) -> str:
    """The second number of a throttled switch says nothing."""
    return "a switch now"


def right_at_least(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """How many evaluation vectors had to be right."""
    return f"at least {number} evaluation vectors right"


def right(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """How many evaluation vectors were right."""
    return f"{number} right"


def storage_offset(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """Where reading back failed."""
    return f"byte {number} of the storage to read back as it was written"


def payload_byte(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """A byte of an edit's payload."""
    return f"another value of payload byte {number}"


def byte_value(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """The value of a byte."""
    return f"{number:#04x}"


def fixed(text: str) -> Say:
    """A text, whatever the number."""
    return lambda _number, _refusal, _setting: text


_FLAG_NAMES: Final = ((1, "signed"), (2, "durable"))


def named_flags(number: int, _refusal: Refusal, _setting: Setting) -> str:
    """The flags of an edit by their names."""
    names = [name for bit, name in _FLAG_NAMES if number & bit]
    return f"{' and '.join(names) or 'neither signed nor durable'} (flags {number:#04x})"
