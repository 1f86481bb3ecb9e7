"""What all messages share: the shape of a request, and how a payload that does not parse names every reason."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, ClassVar, Protocol, TypeVar

from firmware_bridge.errors import ProtocolError
from firmware_bridge.messages.kinds import Kind

Reply_co = TypeVar("Reply_co", covariant=True)


class Request(Protocol[Reply_co]):
    """A message of the host, and how the fields of its reply (behind the status byte) are read."""

    KIND: ClassVar[Kind]

    def pack(self) -> bytes:
        """The frame's payload."""

    def parse_reply(self, fields: bytes) -> Reply_co:
        """The reply's fields.

        Raises:
            MalformedError: they do not parse.
        """


class MalformedError(ProtocolError):
    """A payload does not parse; `reasons` lists everything that is wrong with it."""

    def __init__(self, what: str, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"{what} does not parse", received="; ".join(self.reasons))


def unpack(what: str, layout: struct.Struct, payload: bytes, *, tail: bool = False) -> tuple[Any, ...]:
    """The fields at the start of `payload`; bytes may follow only where `tail` says so.

    Raises:
        MalformedError: too short or too long.
    """
    fits = len(payload) >= layout.size if tail else len(payload) == layout.size
    if not fits:
        least = "at least " if tail else ""
        raise MalformedError(what, [f"{len(payload)} bytes, wanted {least}{layout.size}"])
    return layout.unpack_from(payload)


def require(what: str, checks: Iterable[tuple[bool, str]]) -> None:
    """Raise with every text whose check failed.

    Raises:
        MalformedError: at least one failed.
    """
    reasons = [text for holds, text in checks if not holds]
    if reasons:
        raise MalformedError(what, reasons)


def known(choices: type[IntEnum], value: int) -> tuple[bool, str]:
    """A check for `require`: `value` is one of `choices`."""
    names = ", ".join(f"{choice.value} {choice.name}" for choice in choices)
    return value in set(choices), f"{value} is none of {choices.__name__} ({names})"
