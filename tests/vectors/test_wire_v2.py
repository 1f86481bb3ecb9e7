"""The frozen bytes of wire version 2: a C program and the host's own classes both read them (P25)."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from firmware_bridge.frame import WIRE_VERSION, Drop, Frame, Receiver
from firmware_bridge.messages import REPLY_BIT, Code, Refusal, Traced, split_reply
from tests.firmware.tiny_model import applied, assemble
from tests.vectors import WIRE_V2, read_vectors
from tests.vectors.conversation import KEY, Step, conversation
from tests.vectors.player import build_player
from toolchain.edit import EDIT_VERSION, Codec, Edit
from toolchain.keys import device_key

FROZEN: Final = {2: "666176c93fa24bf6"}
"""BLAKE2s-256 of the vector file of each wire version, first sixteen digits. A changed file is a new version."""

VECTORS: Final = read_vectors(WIRE_V2)
REQUESTS: Final = [step for step in conversation() if step.what == "request"]
LEGAL: Final = [step for step in REQUESTS if step.ask is not None]
EDITS: Final = [name.removeprefix("edit ") for name in VECTORS if name.startswith("edit ")]

pytestmark = pytest.mark.property("P25")


def frames(name: str) -> list[Frame]:
    """The frames of one line of the file, all intact."""
    found = Receiver().feed(VECTORS[name])
    assert not any(isinstance(item, Drop) for item in found)
    return [item for item in found if isinstance(item, Frame)]


@pytest.fixture(scope="session")
def player(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C program."""
    folder = tmp_path_factory.mktemp("player")
    return build_player(assemble("tiny_bundle", folder), folder)


def test_the_file_is_the_one_that_was_frozen_with_this_version() -> None:
    """Another byte is another version: bump WIRE_VERSION, then freeze the new file."""
    assert FROZEN[WIRE_VERSION] == hashlib.blake2s(WIRE_V2.read_bytes()).hexdigest()[:16]


def test_the_c_core_gives_every_reply_of_the_file(player: Path) -> None:
    """A C program feeds each request to the core and compares all that it sends, byte by byte."""
    played = subprocess.run([player, WIRE_V2], capture_output=True, text=True, timeout=60, check=False)
    assert played.returncode == 0, played.stdout
    assert played.stdout == f"{len(REQUESTS)} of {len(REQUESTS)} replies are those of the file\n"


def test_the_c_program_sees_a_changed_byte(player: Path, tmp_path: Path) -> None:
    """One digit in one reply, and it says which line."""
    lines = WIRE_V2.read_text("ascii").splitlines(keepends=True)
    place = next(place for place, line in enumerate(lines) if line.startswith("reply 014"))
    digit = "1" if lines[place][-2] != "1" else "2"
    lines[place] = f"{lines[place][:-2]}{digit}\n"
    (tmp_path / "wrong.txt").write_text("".join(lines), "ascii")
    played = subprocess.run([player, tmp_path / "wrong.txt"], capture_output=True, text=True, timeout=60, check=False)
    assert played.returncode == 1
    assert "the file has reply 014" in played.stdout


def test_the_host_packs_every_request_of_the_file() -> None:
    """The same conversation, packed by today's classes: same lines in the same order, same bytes."""
    mine = [(f"{step.what} {step.name}", step.data) for step in conversation()]
    assert [(name, data) for name, data in VECTORS.items() if not name.startswith("reply ")] == mine


@pytest.mark.parametrize("step", LEGAL, ids=lambda step: step.name)
def test_the_host_reads_every_reply_of_the_file(step: Step) -> None:
    """Each parses, carries the request's seq and type, and a message that can be packed packs to the same bytes."""
    *traces, reply = frames(f"reply {step.name}")
    (request,) = frames(f"request {step.name}")
    assert (reply.kind, reply.seq) == (request.kind | REPLY_BIT, request.seq)
    assert all(Traced.parse(trace.payload).pack() == trace.payload for trace in traces)
    fields = split_reply(reply.payload)
    if isinstance(fields, Refusal):
        assert fields.pack() == reply.payload
        return
    assert step.ask is not None
    parsed = step.ask.parse_reply(fields)
    assert not hasattr(parsed, "pack") or parsed.pack() == fields


def test_the_conversation_meets_most_refusals() -> None:
    """All but those that another device, another build or a worn flash is needed for."""
    met = {frame.payload[0] for step in REQUESTS for frame in frames(f"reply {step.name}") if frame.kind & REPLY_BIT}
    elsewhere = {Code.UNSIGNED, Code.THROTTLED, Code.NO_STORAGE, Code.STORAGE_FAILED}
    assert set(Code) - met == elsewhere


@pytest.mark.parametrize("name", EDITS)
def test_the_host_reads_every_edit_of_the_file(name: str) -> None:
    """It packs to the same bytes, makes the bank of the file bit for bit, and its MAC is the device key's."""
    edit = Edit.parse(VECTORS[f"edit {name}"])
    assert edit.pack() == VECTORS[f"edit {name}"]
    assert edit.pack()[0] == EDIT_VERSION
    assert edit.codec is Codec[name.partition(",")[0].upper()]
    assert np.asarray(applied(edit), "<f4").tobytes() == VECTORS[f"bank {name}"]
    assert edit.authentic(KEY.key) is edit.signed is name.endswith("signed")


def test_the_keys_of_the_file_follow_from_the_fleet_key() -> None:
    """The derivation is part of what is frozen."""
    device = VECTORS["key device"]
    assert device_key(VECTORS["key fleet"], device[:8]) == device[8:]


def test_every_codec_is_in_the_file_signed_and_not() -> None:
    """Nothing was forgotten."""
    names = [codec.name.lower() for codec in Codec]
    assert EDITS == [text for name in names for text in (name, f"{name}, signed")]


@pytest.mark.property("P26")
def test_the_examples_of_the_specification_are_frozen_bytes() -> None:
    """Each run of hex in the section "Examples" of docs/protocol.md stands in the vector file."""
    page = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    section = page.partition("## Examples")[2].partition("\n## ")[0]
    examples = re.findall(r"`([0-9a-f]{10,})`", section)
    frozen = (Path(__file__).parent / "wire-v2.txt").read_text()
    assert len(examples) > 10
    assert [] == [example for example in examples if example not in frozen]
