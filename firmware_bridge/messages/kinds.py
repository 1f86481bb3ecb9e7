"""The closed sets of the wire protocol, version 2: message types, states, regions, events and reply codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

REPLY_BIT: Final = 0x80
LOG_KIND: Final = 0x70
TRACE_KIND: Final = 0x71


class Kind(IntEnum):
    """Request types; the reply to each is `kind | REPLY_BIT`."""

    HELLO = 0x01
    STATUS = 0x02
    INFER = 0x03
    LOAD = 0x04
    READ = 0x05
    CONTEXT = 0x06
    SUMMARY = 0x07
    WATCH = 0x08
    BEGIN = 0x10
    WRITE = 0x11
    VERIFY = 0x12
    TRY = 0x13
    COMMIT = 0x14
    CONFIRM = 0x15
    REVERT = 0x16
    APPLY = 0x17
    PROVISION = 0x18


class EditState(IntEnum):
    """How far a device is with the edit that it is being sent."""

    IDLE = 0
    WRITING = 1
    VERIFIED = 2
    TRIED = 3
    PROBATION = 4


class Boot(IntEnum):
    """What a device found in its storage when it started."""

    FACTORY = 0
    RESTORED = 1
    DROPPED = 2


class Event(IntEnum):
    """What an entry of the history tells."""

    APPLY = 1
    COMMIT = 2
    CONFIRM = 3
    REVERT = 4
    RAN_OUT = 5
    RESTORED = 6


class Region(IntEnum):
    """What READ can read."""

    ACTIVE_BANK = 0
    OTHER_BANK = 1
    STAGED_PAYLOAD = 2
    OUTPUT = 3
    HISTORY = 4


class Rounding(IntEnum):
    """The rounding contract of the integer operators."""

    TFLM = 0
    LITERT = 1


class Code(IntEnum):
    """The first byte of every reply: OK, or why the device refuses."""

    OK = 0
    UNKNOWN_TYPE = 1
    BAD_LENGTH = 2
    BAD_STATE = 3
    BAD_OFFSET = 4
    BAD_REGION = 5
    INPUT_INCOMPLETE = 6
    EDIT_VERSION = 16
    BASE_MISMATCH = 17
    LAYOUT_MISMATCH = 18
    BAD_PROTOTYPE = 19
    BAD_CODEC = 20
    BAD_PAYLOAD_LENGTH = 21
    STALE_COUNTER = 22
    EDIT_INCOMPLETE = 23
    NOT_FINITE = 24
    OUT_OF_BOUNDS = 25
    DIGEST_MISMATCH = 26
    STALE_BANK = 27
    NOTHING_TO_REVERT = 28
    BAD_FLAGS = 29
    BAD_MAC = 30
    NO_KEY = 31
    UNSIGNED = 32
    TRIAL_FAILED = 33
    THROTTLED = 34
    NO_STORAGE = 35
    STORAGE_FAILED = 36
    PROVISIONED = 37
    BAD_PAYLOAD = 38
    WRONG_VERB = 39
