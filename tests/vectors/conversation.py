"""The frozen conversation: every message, every codec, signed and not, and the refusals that one device can give.

The device is the tiny model of tests/firmware on the library port. `python -m tests.vectors.conversation` writes the
file anew; that is right only together with a new wire version.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from firmware_bridge.frame import DELIMITER, Frame
from firmware_bridge.messages import (
    Apply,
    Begin,
    Commit,
    Confirm,
    Context,
    Hello,
    Infer,
    Kind,
    Load,
    Provision,
    Read,
    Region,
    Request,
    Revert,
    RevertWhat,
    Status,
    Summary,
    Try,
    Verify,
    Watch,
    Write,
)
from tests.firmware.tiny_model import LAYOUT, PROTOTYPES, WINDOW, applied, assemble, failing_edit, some_edit
from tests.vectors import WIRE_V2
from tests.vectors.player import build_player
from toolchain.digest import bank_digest
from toolchain.edit import Codec, Edit
from toolchain.keys import DeviceKey, device_key

FLEET_KEY: Final = bytes(range(32))
DEVICE_ID: Final = bytes.fromhex("a1a2a3a4a5a6a7a8")
KEY: Final = DeviceKey(DEVICE_ID, device_key(FLEET_KEY, DEVICE_ID))
FACTORY: Final = bank_digest(PROTOTYPES[0])
_FIRST_SEQ: Final = 0x0100
_HEADING: Final = """\
# The bytes of wire version 2, frozen: another byte is another version (docs/protocol.md, invariant 25).
# One conversation with a development build of tests/firmware/tiny_bundle that has 64 kB of flash and firmware 0.2.
# request, reply: frames as they are on the line, delimiters included (a reply is all that is sent to one request).
# wait: microseconds that pass, little-endian. edit: an edit as in a file. bank: what it makes, float32.
"""


@dataclass(frozen=True)
class Step:
    """One line of the file; `ask` is the message of a request that is legal."""

    what: str
    name: str
    data: bytes
    ask: Request[Any] | None = None

    def line(self) -> str:
        """As it is in the file."""
        return f"{self.what} {self.name}: {self.data.hex()}\n"


class Script:
    """Numbers the requests."""

    def __init__(self) -> None:
        self.seq = _FIRST_SEQ

    def ask(self, name: str, request: Request[Any]) -> Step:
        """A legal request."""
        return replace(self.raw(name, request.KIND, request.pack()), ask=request)

    def raw(self, name: str, kind: int, payload: bytes) -> Step:
        """Any intact frame."""
        self.seq += 1
        return Step("request", f"{self.seq - _FIRST_SEQ:03d} {name}", Frame(kind, self.seq, payload).pack())


def conversation() -> Iterator[Step]:
    """The whole of it, without the replies."""
    script = Script()
    yield Step("key", "fleet", FLEET_KEY)
    yield Step("key", "device", KEY.id + KEY.key)
    yield from _meeting(script)
    yield from _inferring(script)
    yield from _reading(script)
    yield from _keys(script)
    counter, active = yield from _codecs(script)
    yield from _pieces(script, counter + 1)
    yield from _refusals(script, counter, active)
    yield from _durable(script, counter + 1, active)


def _meeting(script: Script) -> Iterator[Step]:
    yield Step("request", "000 a lone delimiter", DELIMITER)
    yield script.ask("HELLO", Hello())
    yield script.ask("STATUS", Status())
    yield Step("request", "002 HELLO of version 1", Frame(Kind.HELLO, 1, b"").pack(1))
    yield Step("request", "002 STATUS of version 1", Frame(Kind.STATUS, 2, b"").pack(1))
    damaged = bytearray(Frame(Kind.STATUS, 3, b"").pack())
    damaged[4] ^= 1
    yield Step("request", "002 a damaged STATUS", bytes(damaged))
    yield script.raw("an unknown type", 0x55, b"")
    yield script.raw("STATUS of a wrong length", Kind.STATUS, b"1")


def _inferring(script: Script) -> Iterator[Step]:
    data = WINDOW.tobytes()
    inferred = script.ask("INFER", Infer(data, remember=True))
    yield inferred
    yield replace(inferred, name=f"{inferred.name} again")
    yield script.ask("LOAD", Load(0, data[:5]))
    yield script.ask("INFER of half an input", Infer())
    yield script.ask("LOAD beyond the end", Load(7, data[7:]))
    yield script.ask("LOAD of the rest", Load(5, data[5:]))
    yield script.ask("INFER of what was loaded", Infer(remember=True))
    yield script.ask("INFER with trace", Infer(np.flip(WINDOW).tobytes(), remember=True, trace=True))


def _reading(script: Script) -> Iterator[Step]:
    yield script.ask("CONTEXT", Context())
    yield script.ask("CONTEXT from 1", Context(1))
    yield script.ask("SUMMARY", Summary())
    yield script.ask("SUMMARY from 2", Summary(2))
    yield script.ask("WATCH", Watch())
    yield script.ask("WATCH, anchor", Watch(anchor=True))
    yield script.ask("CONTEXT, forget", Context(forget=True))
    yield script.ask("SUMMARY of nothing", Summary())
    yield script.ask("READ of the active bank", Read(Region.ACTIVE_BANK, 0, 4 * LAYOUT.size))
    yield script.ask("READ of the other bank", Read(Region.OTHER_BANK, 56, 100))
    yield script.ask("READ of the output", Read(Region.OUTPUT, 0, 100))
    yield script.ask("READ of an empty history", Read(Region.HISTORY, 0, 200))
    yield script.raw("READ of region 9", Kind.READ, struct.pack("<BIH", 9, 0, 1))


def _keys(script: Script) -> Iterator[Step]:
    signed = some_edit(1).sign(KEY.key)
    yield script.ask("BEGIN, signed, without a key", Begin(signed.header))
    yield script.ask("PROVISION", Provision(KEY.id, KEY.key))
    yield script.ask("PROVISION again", Provision(KEY.id, KEY.key))
    yield script.ask("HELLO with a key", Hello())


def _codecs(script: Script) -> Iterator[Step]:
    counter, active = 0, FACTORY
    for codec in Codec:
        for signed in (False, True):
            counter += 1
            edit = some_edit(counter, codec=codec, prototype=counter % len(PROTOTYPES))
            edit = edit.sign(KEY.key) if signed else edit
            name = f"{codec.name.lower()}{', signed' if signed else ''}"
            yield Step("edit", name, edit.pack())
            yield Step("bank", name, applied(edit).astype("<f4").tobytes())
            yield script.ask(f"BEGIN, {name}", Begin(edit.header, edit.body))
            yield script.ask("VERIFY", Verify())
            yield script.ask("APPLY", Apply(active))
            yield script.ask("READ", Read(Region.ACTIVE_BANK, 0, 4 * LAYOUT.size))
            active = edit.digest
    return counter, active


def _pieces(script: Script, counter: int) -> Iterator[Step]:
    edit = some_edit(counter).sign(KEY.key)
    yield script.ask("BEGIN without payload", Begin(edit.header))
    yield script.ask("WRITE", Write(0, edit.body[:7]))
    yield script.ask("WRITE beyond the end", Write(9, edit.body[9:]))
    yield script.ask("READ of what is staged", Read(Region.STAGED_PAYLOAD, 0, 100))
    yield script.ask("VERIFY of half an edit", Verify())
    yield script.ask("WRITE of the rest", Write(7, edit.body[7:]))
    yield script.ask("VERIFY", Verify())
    yield script.ask("VERIFY again", Verify())
    yield script.ask("COMMIT of what is not tried", Commit(FACTORY))
    yield script.ask("APPLY to another bank", Apply(b"no bank!"))
    yield script.ask("REVERT of what is staged", Revert(RevertWhat.UNSETTLED))


def _refusals(script: Script, counter: int, active: bytes) -> Iterator[Step]:
    good = some_edit(counter + 1)
    header = bytearray(good.header)
    for name, place, value in (
        ("another edit version", 0, 9),
        ("an unknown codec", 1, 9),
        ("an unknown prototype", 2, 9),
        ("unknown flags", 3, 0x80),
        ("an old counter", 4, counter),
        ("another base", 8, 0xEE),
        ("another layout", 16, 0xEE),
        ("another length", 32, 9),
    ):
        wrong = header.copy()
        wrong[place] = value
        yield script.ask(f"BEGIN, {name}", Begin(bytes(wrong)))
    for name, edit in _wrong(good).items():
        yield script.ask(f"BEGIN, {name}", Begin(edit.header, edit.body))
        yield script.ask(f"VERIFY, {name}", Verify())
    yield script.ask("BEGIN", Begin(good.header, good.body))
    yield script.ask("TRY of what is not verified", Try())
    yield script.ask("VERIFY", Verify())
    yield script.ask("TRY", Try(4))
    yield script.ask("COMMIT of what is not durable", Commit(active))
    yield script.ask("CONFIRM of nothing", Confirm(good.digest))
    yield script.ask("REVERT to no bank", Revert(RevertWhat.BANK, b"no bank!"))


def _wrong(good: Edit) -> dict[str, Edit]:
    """Edits that only VERIFY can refuse."""
    f32 = some_edit(good.counter, codec=Codec.F32)
    floats = np.frombuffer(f32.payload, "<f4")
    nan, large = floats.copy(), floats.copy()
    nan[3], large[5] = np.nan, 7.0
    signed = good.sign(KEY.key)
    return {
        "a NaN": replace(f32, payload=nan.tobytes()),
        "beyond T": replace(f32, payload=large.tobytes()),
        "level -128": replace(good, payload=b"\x80" + good.payload[1:]),
        "another digest": replace(good, digest=b"no bank!"),
        "another MAC": replace(signed, mac=bytes(16)),
        "a sparse position beyond the end": replace(good, codec=Codec.SPARSE, payload=b"\xfe\x01"),
    }


def _durable(script: Script, counter: int, active: bytes) -> Iterator[Step]:
    failing, kept, dropped = (
        failing_edit(counter, durable=True),
        some_edit(counter, durable=True).sign(KEY.key),
        some_edit(counter + 1, durable=True, prototype=2),
    )
    yield from _tried(script, failing)
    yield from _tried(script, kept)
    yield script.ask("APPLY of what is durable", Apply(active))
    yield script.ask("COMMIT", Commit(active, 5))
    yield script.ask("STATUS on probation", Status())
    yield script.ask("BEGIN on probation", Begin(dropped.header))
    yield Step("wait", "two seconds", struct.pack("<I", 2_000_000))
    yield script.ask("CONFIRM", Confirm(kept.digest))
    yield script.ask("CONFIRM again", Confirm(kept.digest))
    yield from _tried(script, dropped)
    yield script.ask("COMMIT", Commit(kept.digest, 5))
    yield Step("wait", "six seconds", struct.pack("<I", 6_000_000))
    yield script.ask("STATUS after the probation", Status())
    yield script.ask("READ of the history", Read(Region.HISTORY, 0, 200))


def _tried(script: Script, edit: Edit) -> Iterator[Step]:
    yield script.ask("BEGIN, durable", Begin(edit.header, edit.body))
    yield script.ask("VERIFY", Verify())
    yield script.ask("TRY", Try())


def text_without_replies() -> str:
    """The file, with an empty reply behind each request."""
    lines = [_HEADING]
    for step in conversation():
        lines.append(step.line())
        if step.what == "request":
            lines.append(f"reply {step.name}: \n")
    return "".join(lines)


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        player = build_player(assemble("tiny_bundle", work), work)
        asked = work / "asked.txt"
        asked.write_text(text_without_replies(), "ascii")
        played = subprocess.run([player, "--print", asked], check=True, capture_output=True, timeout=60)
        WIRE_V2.write_bytes(played.stdout)
    sys.stdout.write(f"wrote {WIRE_V2}\n")


if __name__ == "__main__":
    main()
