"""Each fault moves the one counter that is its own, by one (P19)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.frame import Frame
from firmware_bridge.messages import (
    COUNTERS,
    Apply,
    Begin,
    Commit,
    Confirm,
    Infer,
    Load,
    Provision,
    Read,
    Revert,
    RevertWhat,
    Status,
    Try,
    Verify,
    Write,
)
from hil.flash_faults import FlashSizes
from hil.library import LibraryDevice, build_library
from tests.firmware.settling import apply, commit, stage
from tests.firmware.tiny_model import INPUT_BYTES, WINDOW, failing_edit, some_edit
from tests.firmware.wire import LibraryWire, moved
from toolchain.edit import Codec, Edit

Steps = Generator[None, None, None]
Fault = Callable[[LibraryWire], Steps]
KEY = bytes(range(32))
NO_BANK = b"another!"
TRAFFIC = {"rx_bytes", "rx_frames", "discarded_bytes"}


def bytes_of_the_line(data: bytes) -> Fault:
    """Bytes that are no frame."""

    def fault(wire: LibraryWire) -> Steps:
        yield
        wire.send(data)

    return fault


def header(**changes: object) -> Fault:
    """An edit whose header is refused."""

    def fault(wire: LibraryWire) -> Steps:
        yield
        wire.refusal(Begin(replace(some_edit(1), **changes).header))  # type: ignore[arg-type]

    return fault


def patched_header(offset: int, value: int) -> Fault:
    """A header with a byte that no `Edit` can hold."""
    data = bytearray(some_edit(1).header)
    data[offset] = value

    def fault(wire: LibraryWire) -> Steps:
        yield
        wire.refusal(Begin(bytes(data)))

    return fault


def payload(edit: Edit) -> Fault:
    """An edit that only VERIFY refuses."""

    def fault(wire: LibraryWire) -> Steps:
        wire.ask(Begin(edit.header, edit.body))
        yield
        wire.refusal(Verify())

    return fault


def floats(value: float) -> bytes:
    """A payload of the codec f32."""
    return np.full(15, value, "<f4").tobytes()


def raw(kind: int, data: bytes = b"") -> Fault:
    """A request that is refused whatever the device does."""

    def fault(wire: LibraryWire) -> Steps:
        yield
        wire.raw(kind, data)

    return fault


def replayed(wire: LibraryWire) -> Steps:
    """The same request twice."""
    yield
    frame = wire.frame(Status.KIND)
    wire.exchange(frame)
    wire.exchange(frame)


def incomplete_input(wire: LibraryWire) -> Steps:
    """INFER with half of the input loaded."""
    wire.ask(Load(0, bytes(INPUT_BYTES // 2)))
    yield
    wire.refusal(Infer(None))


def incomplete_edit(wire: LibraryWire) -> Steps:
    """VERIFY without a payload."""
    wire.ask(Begin(some_edit(1).header))
    yield
    wire.refusal(Verify())


def bad_offset(wire: LibraryWire) -> Steps:
    """WRITE beyond the payload."""
    wire.ask(Begin(some_edit(1).header))
    yield
    wire.refusal(Write(1, b"1"))


def stale_counter(wire: LibraryWire) -> Steps:
    """An edit that was taken already."""
    apply(wire, some_edit(1))
    yield
    wire.refusal(Begin(some_edit(1).header))


def stale_bank(wire: LibraryWire) -> Steps:
    """APPLY in place of another bank."""
    stage(wire, some_edit(1))
    yield
    wire.refusal(Apply(NO_BANK))


def wrong_verb(wire: LibraryWire) -> Steps:
    """APPLY of a durable edit."""
    stage(wire, some_edit(1, durable=True))
    yield
    wire.refusal(Apply(wire.status().active_digest))


def bad_mac(wire: LibraryWire) -> Steps:
    """The MAC of another key."""
    wire.ask(Provision(b"a device", KEY))
    edit = some_edit(1).sign(bytes(32))
    wire.ask(Begin(edit.header, edit.body))
    yield
    wire.refusal(Verify())


def provisioned(wire: LibraryWire) -> Steps:
    """A second key."""
    wire.ask(Provision(b"a device", KEY))
    yield
    wire.refusal(Provision(b"a device", bytes(32)))


def trial_failed(wire: LibraryWire) -> Steps:
    """An edit within all bounds that gives wrong answers."""
    stage(wire, failing_edit(1, durable=True))
    yield
    wire.refusal(Try())


def throttled(wire: LibraryWire) -> Steps:
    """One switch too many."""
    for counter in range(1, 33):
        apply(wire, some_edit(counter))
    stage(wire, some_edit(33))
    yield
    wire.refusal(Apply(wire.status().active_digest))


def storage_failed(wire: LibraryWire) -> Steps:
    """A flash that says yes and does nothing."""
    stage(wire, some_edit(1, durable=True))
    wire.ask(Try())
    active = wire.status().active_digest
    yield
    wire.device.silence(0, 1000)
    wire.refusal(Commit(active))


def nothing_to_revert(wire: LibraryWire) -> Steps:
    """A bank that neither of the two is."""
    yield
    wire.refusal(Revert(RevertWhat.BANK, NO_BANK))


def infer(wire: LibraryWire) -> Steps:
    """An inference."""
    yield
    wire.ask(Infer(WINDOW.tobytes()))


def applied(wire: LibraryWire) -> Steps:
    """APPLY."""
    yield
    apply(wire, some_edit(1))


def committed(wire: LibraryWire) -> Steps:
    """COMMIT."""
    yield
    commit(wire, some_edit(1))


def confirmed(wire: LibraryWire) -> Steps:
    """CONFIRM."""
    edit = commit(wire, some_edit(1))
    yield
    wire.ask(Confirm(edit.digest))


def reverted(wire: LibraryWire) -> Steps:
    """REVERT of a probation."""
    commit(wire, some_edit(1))
    yield
    wire.ask(Revert(RevertWhat.UNSETTLED))


def ran_out(wire: LibraryWire) -> Steps:
    """A probation that nobody confirms."""
    commit(wire, some_edit(1))
    yield
    wire.device.advance(61)


HELLO_OF_VERSION_1 = Frame(0x02, 1, b"").pack(1)
CUT = Frame(0x02, 1, b"").pack()
FAULTS: dict[str, Fault] = {
    "bad_cobs": bytes_of_the_line(b"\xff12345678\0"),
    "too_short": bytes_of_the_line(b"\x08\x02\x02\x03\x04\x05\x06\x07\0"),
    "too_long": bytes_of_the_line(b"\xff" * 600 + b"\0"),
    "bad_crc": bytes_of_the_line(CUT[:1] + bytes([CUT[1] ^ 1]) + CUT[2:]),
    "bad_version": bytes_of_the_line(HELLO_OF_VERSION_1),
    "replayed": replayed,
    "unknown_type": raw(0x7E),
    "bad_length": raw(Status.KIND, b"1"),
    "bad_state": raw(Verify.KIND),
    "bad_offset": bad_offset,
    "bad_region": raw(Read.KIND, bytes([9, 0, 0, 0, 0, 1, 0])),
    "input_incomplete": incomplete_input,
    "edit_version": patched_header(0, 1),
    "base_mismatch": header(base=NO_BANK),
    "layout_mismatch": header(layout=NO_BANK),
    "bad_prototype": header(prototype=3),
    "bad_codec": patched_header(1, 9),
    "bad_payload_length": header(payload=b"12"),
    "stale_counter": stale_counter,
    "edit_incomplete": incomplete_edit,
    "not_finite": payload(replace(some_edit(1, codec=Codec.F32), payload=floats(np.nan))),
    "out_of_bounds": payload(replace(some_edit(1, codec=Codec.F32), payload=floats(9))),
    "digest_mismatch": payload(replace(some_edit(1), digest=NO_BANK)),
    "stale_bank": stale_bank,
    "nothing_to_revert": nothing_to_revert,
    "bad_flags": patched_header(3, 0x80),
    "bad_mac": bad_mac,
    "no_key": header(mac=bytes(16)),
    "unsigned": header(),
    "trial_failed": trial_failed,
    "throttled": throttled,
    "no_storage": raw(Provision.KIND, b"a device" + KEY),
    "storage_failed": storage_failed,
    "provisioned": provisioned,
    "bad_payload": payload(replace(some_edit(1, codec=Codec.SPARSE), payload=b"\xff\x01")),
    "wrong_verb": wrong_verb,
    "inferences": infer,
    "applies": applied,
    "commits": committed,
    "confirms": confirmed,
    "reverts": reverted,
    "ran_out": ran_out,
}


@pytest.fixture(scope="module")
def release_library(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny device as a release build without a key."""
    return build_library(tiny_bundle, tmp_path_factory.mktemp("release"), BuildSettings(release=True))


@pytest.mark.property("P19")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_moves_its_own_counter_by_one(tiny_library: Path, release_library: Path, name: str) -> None:
    """And no other but those of the bytes and frames themselves."""
    flash = FlashSizes(sectors=0) if name == "no_storage" else None
    device = LibraryDevice(release_library if name == "unsigned" else tiny_library, flash)
    wire = LibraryWire(device)
    wire.reset()
    steps = FAULTS[name](wire)
    next(steps)
    before = wire.status().named_counters
    next(steps, None)
    wire.take_all()
    change = moved(before, wire.status().named_counters)
    assert {name: 1} == {counter: by for counter, by in change.items() if counter not in TRAFFIC}
    device.close()


@pytest.mark.property("P19")
def test_no_counter_is_without_its_fault() -> None:
    """But for those that count the traffic."""
    assert set(COUNTERS) - TRAFFIC == set(FAULTS)
