"""A refusal in words: an error that says code, both numbers and what to do (docs/protocol.md, "Replies")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from firmware_bridge import refusal_numbers as say
from firmware_bridge.errors import MismatchError, RefusedError, SignatureError, StaleError, ThrottledError
from firmware_bridge.messages.kinds import Code
from firmware_bridge.messages.reply import Refusal
from firmware_bridge.refusal_numbers import UNKNOWN_SETTING, Say, Setting

__all__ = ["NOTHING_ADAPTIVE", "UNKNOWN_SETTING", "Setting", "refused"]


@dataclass(frozen=True)
class _Words:
    what: str
    expected: Say
    received: Say
    remedy: str


_ANEW: Final = "make the edit anew for this device"
_BUG: Final = "this is a fault of the host or of the link: please report it with the text above"

_WORDS: Final[Mapping[Code, _Words]] = MappingProxyType(
    {
        Code.UNKNOWN_TYPE: _Words(
            "the device does not know this message",
            say.nothing,
            say.kind,
            "use a host of the device's release, or flash a newer firmware",
        ),
        Code.BAD_LENGTH: _Words(
            "the message has another length than the device wants",
            say.plain("bytes"),
            say.plain("bytes"),
            "send what this device's model takes (see `persona info`)",
        ),
        Code.BAD_STATE: _Words(
            "the device is not ready for this step of an edit", say.state, say.state, "start the edit again"
        ),
        Code.BAD_OFFSET: _Words("the bytes do not follow those that are there", say.plain(), say.plain(), _BUG),
        Code.BAD_REGION: _Words(
            "the device has no such region", say.plain("regions"), say.plain(), "use a host of the device's release"
        ),
        Code.INPUT_INCOMPLETE: _Words(
            "the input is not complete", say.plain("bytes"), say.plain("bytes"), "send the whole input again"
        ),
        Code.EDIT_VERSION: _Words("the edit is of another version", say.plain(), say.plain(), _ANEW),
        Code.BASE_MISMATCH: _Words(
            "the edit was made for another base model",
            say.start_of("base"),
            say.start_of("base"),
            f"{_ANEW}: an edit cannot be carried over to another base",
        ),
        Code.LAYOUT_MISMATCH: _Words(
            "the edit was made for another layout of the adaptive layers",
            say.start_of("layout"),
            say.start_of("layout"),
            f"{_ANEW}: an edit cannot be carried over to another layout",
        ),
        Code.BAD_PROTOTYPE: _Words(
            "the edit names a prototype that the device does not have", say.table, say.plain(), _ANEW
        ),
        Code.BAD_CODEC: _Words(
            "the device cannot decode the edit's codec",
            say.codecs,
            say.codec,
            "encode the edit with one of the device's codecs",
        ),
        Code.BAD_PAYLOAD_LENGTH: _Words(
            "the edit's payload has another length than the adaptive layers need",
            say.plain("bytes"),
            say.plain("bytes"),
            _ANEW,
        ),
        Code.STALE_COUNTER: _Words(
            "the edit is older than the device's last one",
            say.counter_above,
            say.plain(),
            f"{_ANEW}: its counter must exceed the device's",
        ),
        Code.EDIT_INCOMPLETE: _Words(
            "the edit has not arrived completely", say.plain("bytes"), say.plain("bytes"), "send the edit again"
        ),
        Code.NOT_FINITE: _Words(
            "the edit holds a number that is not finite",
            say.finite_at,
            say.real,
            "look at what made the edit: its context or its editor is damaged",
        ),
        Code.OUT_OF_BOUNDS: _Words(
            "the edit leaves the clip ball",
            say.bounds_at,
            say.real_or_level,
            "make the edit with toolchain.edit.encode_edit, which clips",
        ),
        Code.DIGEST_MISMATCH: _Words(
            "the bank that the edit makes is not the one it promises",
            say.start_of("digest"),
            say.start_of("digest"),
            f"{_ANEW}: it is damaged, or made against other prototypes",
        ),
        Code.STALE_BANK: _Words(
            "the device's bank changed while the edit was on its way",
            say.start_of("bank"),
            say.start_of("bank"),
            f"another host edits this device: {_ANEW}",
        ),
        Code.NOTHING_TO_REVERT: _Words(
            "the device's other bank is not the one to go back to",
            say.start_of("bank"),
            say.start_of("bank"),
            "ask STATUS which banks the device holds",
        ),
        Code.BAD_FLAGS: _Words(
            "the edit uses features that the device does not have",
            say.flags,
            say.flags,
            "make the edit without them, or flash a newer firmware",
        ),
        Code.BAD_MAC: _Words(
            "the edit's MAC is not the one that the device's key gives",
            say.fixed("a MAC made with this device's key over exactly these bytes"),
            say.fixed("another MAC"),
            "sign the edit with this device's key (fleet key and device id); if it was, the edit was altered",
        ),
        Code.NO_KEY: _Words(
            "the device has no key to check the edit's MAC with",
            say.nothing,
            say.fixed("a signed edit, or an unsigned one for a build that takes only signed edits"),
            "give the device its key once: persona provision, or persona build --key-file",
        ),
        Code.UNSIGNED: _Words(
            "the device takes only signed edits",
            say.named_flags,
            say.named_flags,
            "sign the edit: persona edit --fleet-key FILE",
        ),
        Code.TRIAL_FAILED: _Words(
            "the model with this edit fails its frozen evaluation vectors",
            say.right_at_least,
            say.right,
            "do not commit this edit; look at the context that it was made from",
        ),
        Code.THROTTLED: _Words(
            "the bank was switched too often",
            say.milliseconds,
            say.too_soon,
            "wait that long and send the edit again; a loop that switches this often does not settle",
        ),
        Code.NO_STORAGE: _Words(
            "the device has no flash of its own",
            say.nothing,
            say.fixed("a request that needs one"),
            "send the edit without --durable, and build the key into the firmware (persona build --key-file)",
        ),
        Code.STORAGE_FAILED: _Words(
            "the device's flash does not keep what is written; it runs on with what it had",
            say.storage_offset,
            say.fixed("other bytes"),
            "try again; if it stays, the flash is worn out: use edits without --durable, or replace the device",
        ),
        Code.PROVISIONED: _Words(
            "the device has a key already",
            say.fixed("a device without a key"),
            say.fixed("one that has one"),
            "use the key that it has; it cannot be replaced over the line",
        ),
        Code.BAD_PAYLOAD: _Words(
            "the edit's payload holds a byte that cannot be",
            say.payload_byte,
            say.byte_value,
            f"{_ANEW}: it is damaged, or was not made by toolchain.edit.encode_edit",
        ),
        Code.WRONG_VERB: _Words(
            "the edit is of the other kind: COMMIT takes durable edits, APPLY the others",
            say.named_flags,
            say.named_flags,
            "send it with --durable as it was made, or make it anew",
        ),
    }
)

NOTHING_ADAPTIVE: Final = Refusal(Code.BAD_STATE, 0, 0)
"""How a device without adaptive parameters answers every edit request."""

_NOTHING_ADAPTIVE: Final = _Words(
    "the model on the device has no adaptive layers",
    say.nothing,
    lambda *_: "an edit",
    "compile the model with adaptive layers and flash its firmware",
)

_MISMATCHES: Final = frozenset({Code.BASE_MISMATCH, Code.LAYOUT_MISMATCH})
_STALE: Final = frozenset({Code.STALE_COUNTER, Code.STALE_BANK})
_SIGNATURE: Final = frozenset({Code.BAD_MAC, Code.NO_KEY, Code.UNSIGNED})


def _kind_of(code: Code) -> type[RefusedError]:
    if code in _MISMATCHES:
        return MismatchError
    if code in _STALE:
        return StaleError
    if code in _SIGNATURE:
        return SignatureError
    return ThrottledError if code is Code.THROTTLED else RefusedError


def refused(refusal: Refusal, *, by: str = "the device", step: str, setting: Setting = UNKNOWN_SETTING) -> RefusedError:
    """The error that says `refusal` in words.

    Args:
        refusal: code and numbers, from the device or from the host's own check of the same rules.
        by: who refuses.
        step: what was refused, for instance `"BEGIN"`.
        setting: turns indices into tensor names and numbers into values.
    """
    words = _NOTHING_ADAPTIVE if refusal == NOTHING_ADAPTIVE else _WORDS[refusal.code]
    return _kind_of(refusal.code)(
        f"{by} refuses {step} with {refusal.code.name} (code {refusal.code.value}): {words.what}",
        expected=words.expected(refusal.expected, refusal, setting) or None,
        received=words.received(refusal.received, refusal, setting),
        remedy=words.remedy,
        code=refusal.code,
        numbers=(refusal.expected, refusal.received),
    )
