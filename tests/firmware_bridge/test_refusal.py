"""Refusals in words: code, both numbers decoded, names where the layout is known."""

import struct

import pytest

from firmware_bridge.errors import MismatchError, RefusedError, SignatureError, StaleError, ThrottledError
from firmware_bridge.messages import Code, Refusal
from firmware_bridge.refusal import NOTHING_ADAPTIVE, Setting, refused
from toolchain.edit import Codec
from toolchain.layout import Layout

LAYOUT = Layout.of({"fc1.weight": (2, 3), "fc1.bias": (2,)}, {"fc1.weight": 0.5, "fc1.bias": 0.25})


def bits(value: float) -> int:
    """The bits of a float32."""
    return int(struct.unpack("<I", struct.pack("<f", value))[0])


@pytest.mark.parametrize("code", sorted(set(Code) - {Code.OK}))
def test_every_code_has_words(code: Code) -> None:
    """No refusal is a bare number: each says its name, its number, what was expected, what came, what to do."""
    error = refused(Refusal(code, 3, 4), step="BEGIN")
    assert f"{code.name} (code {code.value})" in str(error)
    assert "received: " in str(error)
    assert "what to do: " in str(error)
    assert error.code == code


@pytest.mark.parametrize(
    ("refusal", "setting", "texts"),
    [
        (
            Refusal(Code.OUT_OF_BOUNDS, 7, bits(0.3)),
            Setting(LAYOUT, Codec.F32),
            ["|delta| <= T = 0.25 in fc1.bias[1] (float 7)", "0.300000012 (bits 0x3e99999a)"],
        ),
        (Refusal(Code.OUT_OF_BOUNDS, 1, 0xFFFF_FF80), Setting(LAYOUT, Codec.INT8), ["fc1.weight[1]", "level -128"]),
        (Refusal(Code.NOT_FINITE, 6, bits(float("nan"))), Setting(LAYOUT), ["fc1.bias[0]", "nan (bits 0x7fc00000)"]),
        (Refusal(Code.NOT_FINITE, 6, bits(float("-inf"))), Setting(), ["float 6", "-inf"]),
        (Refusal(Code.BASE_MISMATCH, 0x04030201, 0x14131211), Setting(), ["base 01020304...", "base 11121314..."]),
        (Refusal(Code.STALE_COUNTER, 9, 9), Setting(), ["a counter above 9", "received: 9"]),
        (Refusal(Code.BAD_CODEC, 1, 1), Setting(), ["0 (f32)", "1 (int8)"]),
        (Refusal(Code.BAD_STATE, 1, 0), Setting(), ["writing", "idle"]),
        (Refusal(Code.UNKNOWN_TYPE, 0, 0x13), Setting(), ["type 0x13"]),
        (Refusal(Code.BAD_PROTOTYPE, 5, 7), Setting(), ["0..4", "received: 7"]),
        (NOTHING_ADAPTIVE, Setting(), ["no adaptive layers"]),
        (Refusal(Code.UNSIGNED, 1, 0), Setting(), ["signed (flags 0x01)", "neither signed nor durable (flags 0x00)"]),
        (Refusal(Code.WRONG_VERB, 2, 1), Setting(), ["durable (flags 0x02)", "signed (flags 0x01)"]),
        (Refusal(Code.TRIAL_FAILED, 7, 4), Setting(), ["at least 7 evaluation vectors", "received: 4 right"]),
        (Refusal(Code.THROTTLED, 1500, 0), Setting(), ["in 1.5 s"]),
        (Refusal(Code.STORAGE_FAILED, 1032, 0), Setting(), ["byte 1032 of the storage"]),
        (Refusal(Code.BAD_PAYLOAD, 5, 0x88), Setting(), ["payload byte 5", "received: 0x88"]),
        (Refusal(Code.NO_KEY, 0, 0), Setting(), ["persona provision"]),
        (Refusal(Code.BAD_STATE, 0, 4), Setting(), ["idle", "probation"]),
    ],
)
def test_numbers_are_decoded(refusal: Refusal, setting: Setting, texts: list[str]) -> None:
    """Floats, levels, fingerprints, states and tensor names instead of raw numbers."""
    message = str(refused(refusal, step="VERIFY", setting=setting))
    for text in texts:
        assert text in message


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (Code.BASE_MISMATCH, MismatchError),
        (Code.LAYOUT_MISMATCH, MismatchError),
        (Code.STALE_COUNTER, StaleError),
        (Code.STALE_BANK, StaleError),
        (Code.BAD_CODEC, RefusedError),
        (Code.BAD_MAC, SignatureError),
        (Code.NO_KEY, SignatureError),
        (Code.UNSIGNED, SignatureError),
        (Code.THROTTLED, ThrottledError),
        (Code.TRIAL_FAILED, RefusedError),
    ],
)
def test_the_kind_of_error_is_what_the_caller_does_next(code: Code, kind: type[RefusedError]) -> None:
    """A mismatch and a stale edit can be caught apart from the rest."""
    assert type(refused(Refusal(code, 0, 0), step="BEGIN")) is kind


def test_a_throttled_host_knows_how_long_to_wait() -> None:
    """Milliseconds on the wire, seconds for the caller."""
    error = refused(Refusal(Code.THROTTLED, 250, 0), step="APPLY")
    assert isinstance(error, ThrottledError)
    assert error.wait_s == 0.25
