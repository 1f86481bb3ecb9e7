"""The client against the real C core, as a process of this machine."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.client import Device, open_device
from firmware_bridge.errors import MismatchError, RefusedError, StaleError
from firmware_bridge.messages import Code, EditState, Refusal, Region, RevertWhat
from firmware_bridge.messages.editing import Begin, Write
from firmware_bridge.messages.switching import Revert
from hil.emulator import Emulator
from tests.device_fixtures import LAYOUT
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest
from toolchain.edit import Codec, Edit, apply_edit, encode_edit
from toolchain.errors import EditError
from toolchain.layout import Vector
from toolchain.reference import Reference


def some_edit(bundle: Bundle, counter: int = 1, codec: Codec = Codec.INT8, prototype: int = 1) -> Edit:
    """A legal edit whose delta reaches beyond T in places."""
    delta = np.random.default_rng(counter).normal(scale=0.4, size=LAYOUT.size).astype(np.float32)
    return encode_edit(
        delta,
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=prototype,
        counter=counter,
        codec=codec,
        latent=bundle.latent,
    )


def bank_of(edit: Edit, bundle: Bundle) -> Vector:
    """What the device should hold after `edit`."""
    return apply_edit(edit, layout=bundle.layout, base=bundle.base, prototypes=bundle.prototypes, latent=bundle.latent)


def forged(edit: Edit, payload: bytes) -> Edit:
    """The same edit with another payload and its old digest."""
    return Edit(edit.codec, edit.prototype, edit.counter, edit.base, edit.layout, edit.digest, payload)


def no_refusals(device: Device) -> bool:
    """Whether the device itself has refused nothing yet."""
    counters = device.status().named_counters
    return not any(counters[code.name.lower()] for code in Code if code is not Code.OK)


def require_untouched(device: Device, bundle: Bundle) -> None:
    """The device runs its factory head and no edit is under way."""
    status = device.status()
    assert status.edit_state is EditState.IDLE
    assert status.active_digest == bank_digest(bundle.prototypes[0])
    assert np.array_equal(device.read_bank(), bundle.prototypes[0])


def test_hello_describes_the_bundle(device: Device, small_bundle: Bundle) -> None:
    """Sizes, fingerprints, codecs and the name are those of what was built."""
    hello = device.hello
    assert (hello.base, hello.layout) == (small_bundle.base, small_bundle.layout.fingerprint)
    assert (hello.adaptive_floats, hello.prototypes) == (LAYOUT.size, 3)
    assert (hello.input_bytes, hello.output_bytes, hello.embedding_bytes) == (8, 12, 4)
    assert set(hello.codecs) >= {Codec.F32, Codec.INT8, Codec.F16, Codec.INT4, Codec.SPARSE}
    assert (Codec.LATENT in hello.codecs) is (small_bundle.latent is not None)
    assert hello.largest_clip == max(tensor.clip for tensor in LAYOUT.tensors)
    assert (hello.platform, hello.counter, hello.signed_only) == ("posix", 0, False)


def test_inferences_are_those_of_the_reference(device: Device, small_bundle: Bundle) -> None:
    """Every golden vector gives the golden output, bit for bit, from the factory bank."""
    golden = small_bundle.golden
    for index in range(len(golden)):
        answer = device.infer(golden.input_bytes(index))
        assert answer.output == golden.output_bytes(index)
    assert device.status().named_counters["inferences"] == len(golden)


def test_only_remembered_windows_become_context(device: Device, small_bundle: Bundle) -> None:
    """The context is the reference's embeddings, oldest first, and can be forgotten."""
    golden = small_bundle.golden
    assert golden.embedding is not None
    device.infer(golden.input_bytes(0))
    for index in (3, 1, 2):
        device.infer(golden.input_bytes(index), remember=True)
    came = device.context()
    assert came.serial == 3
    assert np.array_equal(came.embeddings, golden.embedding[[3, 1, 2]].reshape(3, 4))
    device.context(forget=True)
    assert device.context().embeddings.shape == (0, 4)


def test_a_full_ring_keeps_the_newest_and_is_read_in_pieces(device: Device, small_bundle: Bundle) -> None:
    """More embeddings than one reply holds come in several, and the oldest are overwritten."""
    capacity = device.hello.context_capacity
    windows = np.random.default_rng(5).integers(-128, 128, (capacity + 3, 8)).astype(np.int8)
    for window in windows:
        device.infer(window.tobytes(), remember=True)
    came = device.context()
    reference = Reference(small_bundle.model)
    expected = [reference.run([window[None]]).embedding for window in windows[3:]]
    assert came.serial == capacity + 3
    assert np.array_equal(came.embeddings, np.concatenate([e for e in expected if e is not None]))


@pytest.mark.property("P7", "P23", "P24")
@pytest.mark.parametrize("codec", list(Codec))
def test_an_edit_becomes_the_bank_that_the_arithmetic_says(device: Device, small_bundle: Bundle, codec: Codec) -> None:
    """After APPLY the bank and the outputs are those of `apply_edit` and of the reference, bit for bit."""
    edit = some_edit(small_bundle, codec=codec)
    delivered = device.send_edit(edit, small_bundle)
    bank = bank_of(edit, small_bundle)
    assert device.read_bank().tobytes() == bank.tobytes()
    assert delivered.active.digest == edit.digest
    assert delivered.cost.wire_bytes > len(edit.pack())
    reference = Reference(small_bundle.model)
    for index in range(len(small_bundle.golden)):
        answer = device.infer(small_bundle.golden.input_bytes(index))
        assert answer.output == reference.run(small_bundle.golden.window(index), bank).output_bytes
        assert (answer.bank, answer.generation) == (delivered.active.bank, delivered.active.generation)


@pytest.mark.property("P7")
def test_edits_are_absolute(device: Device, small_bundle: Bundle) -> None:
    """A then B is B; each starts from its prototype and not from the bank before."""
    for counter, prototype in ((1, 1), (2, 2), (3, 0)):
        edit = some_edit(small_bundle, counter, prototype=prototype)
        device.send_edit(edit, small_bundle)
        assert np.array_equal(device.read_bank(), bank_of(edit, small_bundle))


def test_reverting_goes_back_and_forth(device: Device, small_bundle: Bundle) -> None:
    """The bank before the edit is kept; a bank that is not there cannot be reverted to."""
    edit = some_edit(small_bundle)
    device.send_edit(edit, small_bundle)
    factory = bank_digest(small_bundle.prototypes[0])
    assert device.revert(factory).digest == factory
    assert np.array_equal(device.read_bank(), small_bundle.prototypes[0])
    assert np.array_equal(device.read_bank(Region.OTHER_BANK), bank_of(edit, small_bundle))
    assert device.revert(edit.digest).digest == edit.digest
    with pytest.raises(RefusedError, match="NOTHING_TO_REVERT"):
        device.revert(b"no bank!")


@pytest.mark.property("P8")
def test_the_host_refuses_what_the_device_would(device: Device, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """Another base, another layout, an old counter, an unknown prototype: told before a byte is sent."""
    edit = some_edit(small_bundle)
    other = some_edit(other_bundle)
    for wrong, kind, code in (
        (other, MismatchError, Code.BASE_MISMATCH),
        (
            Edit(edit.codec, 1, 1, edit.base, b"layouts!", edit.digest, edit.payload),
            MismatchError,
            Code.LAYOUT_MISMATCH,
        ),
        (Edit(edit.codec, 1, 0, edit.base, edit.layout, edit.digest, edit.payload), StaleError, Code.STALE_COUNTER),
        (Edit(edit.codec, 9, 1, edit.base, edit.layout, edit.digest, edit.payload), RefusedError, Code.BAD_PROTOTYPE),
        (forged(edit, edit.payload[1:]), RefusedError, Code.BAD_PAYLOAD_LENGTH),
    ):
        with pytest.raises(kind, match="the host refuses") as raised:
            device.send_edit(wrong, small_bundle)
        assert raised.value.code == code
    assert no_refusals(device)
    require_untouched(device, small_bundle)


@pytest.mark.property("P11")
@pytest.mark.parametrize(
    ("value", "text"), [(np.nan, "not finite"), (np.inf, "not finite"), (0.6, "clip ball"), (-0.25001, "clip ball")]
)
def test_nan_and_values_beyond_t_are_refused_on_both_sides(
    device: Device, small_bundle: Bundle, value: float, text: str
) -> None:
    """With the bundle the host finds them; without it the device does, and names place, bound and value."""
    place = 28
    edit = some_edit(small_bundle, codec=Codec.F32)
    delta = np.frombuffer(edit.payload, "<f4").copy()
    delta[place] = value
    wrong = forged(edit, delta.tobytes())
    with pytest.raises(EditError, match=text):
        device.send_edit(wrong, small_bundle)
    assert no_refusals(device)
    with pytest.raises(RefusedError) as raised:
        device.send_edit(wrong)
    assert raised.value.code in {Code.NOT_FINITE, Code.OUT_OF_BOUNDS}
    assert f"float {place}" in str(raised.value)
    assert f"{np.float32(value):.9g}" in str(raised.value)
    require_untouched(device, small_bundle)


@pytest.mark.property("P11")
def test_an_int8_level_that_does_not_exist_is_refused_on_both_sides(device: Device, small_bundle: Bundle) -> None:
    """-128 would be beyond T."""
    edit = some_edit(small_bundle)
    wrong = forged(edit, b"\x80" + edit.payload[1:])
    with pytest.raises(EditError, match=r"fc1\.weight\[0\]"):
        device.send_edit(wrong, small_bundle)
    with pytest.raises(RefusedError, match="level -128"):
        device.send_edit(wrong)
    require_untouched(device, small_bundle)


@pytest.mark.property("P10")
def test_a_payload_that_does_not_give_the_promised_bank_is_refused_on_both_sides(
    device: Device, small_bundle: Bundle
) -> None:
    """The digest covers the whole resulting bank."""
    edit = some_edit(small_bundle)
    wrong = forged(edit, bytes([edit.payload[0] ^ 1]) + edit.payload[1:])
    with pytest.raises(EditError, match="digest"):
        device.send_edit(wrong, small_bundle)
    with pytest.raises(RefusedError, match="DIGEST_MISMATCH"):
        device.send_edit(wrong)
    require_untouched(device, small_bundle)


def test_an_old_edit_is_refused_on_both_sides(device: Device, small_bundle: Bundle) -> None:
    """What was applied once does not come back by replay."""
    edit = some_edit(small_bundle, counter=7)
    device.send_edit(edit, small_bundle)
    with pytest.raises(StaleError, match="a counter above 7"):
        device.send_edit(edit, small_bundle)
    assert device.link.request(Begin(edit.header)) == Refusal(Code.STALE_COUNTER, 7, 7)


@pytest.mark.property("P9")
def test_a_bank_that_changed_meanwhile_is_not_replaced(device: Device, small_bundle: Bundle) -> None:
    """An APPLY that names another bank than the active one is refused, and what was staged is dropped."""
    edit = some_edit(small_bundle)
    device._session.known.digest = b"old bank"
    with pytest.raises(StaleError, match="another host edits this device"):
        device.send_edit(edit, small_bundle)
    require_untouched(device, small_bundle)
    assert device.send_edit(edit, small_bundle).active.digest == edit.digest


def test_an_interrupted_edit_leaves_nothing_half_written(device: Device, small_bundle: Bundle) -> None:
    """Ctrl-C in the middle of the payload: the staging is dropped and the old bank runs."""

    def interrupt(_stage: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        device.send_edit(some_edit(small_bundle), small_bundle, interrupt)
    require_untouched(device, small_bundle)


def test_a_host_that_dies_in_the_middle_leaves_the_old_bank(running: Emulator, small_bundle: Bundle) -> None:
    """The next host starts anew over a half-sent edit."""
    edit = some_edit(small_bundle)
    with open_device(running.url) as first:
        first.link.request(Begin(edit.header))
        first.link.request(Write(0, edit.payload[:5]))
    with open_device(running.url) as second:
        assert second.status().edit_state is EditState.WRITING
        assert np.array_equal(second.read_bank(), small_bundle.prototypes[0])
        second.send_edit(edit, small_bundle)
        assert np.array_equal(second.read_bank(), bank_of(edit, small_bundle))


def test_input_of_the_wrong_length_is_refused_before_it_is_sent(device: Device) -> None:
    """The message has both lengths."""
    with pytest.raises(RefusedError, match="BAD_LENGTH") as raised:
        device.infer(bytes(9))
    assert "expected: 8 bytes" in str(raised.value)
    assert "received: 9 bytes" in str(raised.value)
    assert device.status().named_counters["bad_length"] == 0


def test_a_staged_payload_can_be_read_back(device: Device, small_bundle: Bundle) -> None:
    """READ shows what arrived, and REVERT of the staging drops it."""
    edit = some_edit(small_bundle)
    device.link.request(Begin(edit.header))
    device.link.request(Write(0, edit.payload))
    assert device.read(Region.STAGED_PAYLOAD, len(edit.payload)) == edit.payload
    device.link.request(Revert(RevertWhat.UNSETTLED))
    require_untouched(device, small_bundle)
