"""The codecs of the core against toolchain/edit.py, bit for bit (P7, P11)."""

import struct

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.messages import Code
from tests.firmware.native import Native
from tests.firmware.tiny_model import LAYOUT, PROTOTYPES
from toolchain.edit import INT8_LEVELS, Codec, _decode
from toolchain.errors import EditError
from toolchain.layout import Vector

EXPONENT = 0x7F80_0000
CLIP_BITS = LAYOUT.clip_vector.view(np.uint32)
ENTRIES = st.integers(0, len(PROTOTYPES) - 1)


def near(bits: int) -> st.SearchStrategy[int]:
    """The float with these bits and its neighbours, of either sign."""
    return st.sampled_from([bits - 1, bits, bits + 1]).flatmap(lambda b: st.sampled_from([b, b | 0x8000_0000]))


def delta_bits(clip: int) -> st.SearchStrategy[int]:
    """Mostly what an honest host sends, then the corners: T and its neighbours, zeros, denormals, Inf, NaN payloads."""
    inside = st.integers(0, clip).flatmap(lambda b: st.sampled_from([b, b | 0x8000_0000]))
    return st.one_of(inside, inside, near(clip), near(EXPONENT), near(0x0080_0000), near(1), st.integers(0, 2**32 - 1))


INSIDE = st.tuples(*(st.integers(0, int(b)).flatmap(lambda b: st.sampled_from([b, b | 1 << 31])) for b in CLIP_BITS))
ANYTHING = st.tuples(*(delta_bits(int(b)) for b in CLIP_BITS))


def reference(codec: Codec, payload: bytes, prototype: int) -> Vector:
    """What toolchain/edit.py makes of the payload; it raises EditError where the device refuses."""
    return PROTOTYPES[prototype] + _decode(codec, payload, LAYOUT)


def same_bits(mine: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]) -> bool:
    """Equal as bytes, so that 0 and -0 differ."""
    return mine.astype("<f4").tobytes() == theirs.astype("<f4").tobytes()


@given(bits=INSIDE, prototype=ENTRIES)
def test_f32_gives_the_bits_of_the_reference(native: Native, bits: tuple[int, ...], prototype: int) -> None:
    """Any delta inside the clip ball, denormals and negative zeros among them."""
    payload = struct.pack(f"<{LAYOUT.size}I", *bits)
    verdict, bank = native.decode(Codec.F32, payload, prototype)
    assert verdict[0] == Code.OK
    assert same_bits(reference(Codec.F32, payload, prototype), bank)


@given(levels=st.binary(min_size=LAYOUT.size, max_size=LAYOUT.size), prototype=ENTRIES)
def test_int8_gives_the_bits_of_the_reference(native: Native, levels: bytes, prototype: int) -> None:
    """Any levels; -128 is refused, by index and value."""
    verdict, bank = native.decode(Codec.INT8, levels, prototype)
    if 0x80 in levels:
        assert verdict == (Code.OUT_OF_BOUNDS, levels.index(0x80), 2**32 - 128)
        with pytest.raises(EditError):
            reference(Codec.INT8, levels, prototype)
    else:
        assert verdict[0] == Code.OK
        assert same_bits(reference(Codec.INT8, levels, prototype), bank)


def test_every_level_gives_the_bits_of_the_reference(native: Native) -> None:
    """All 255 levels on every tensor; the outermost ones are T itself and not one rounding beyond."""
    for level in range(-INT8_LEVELS, INT8_LEVELS + 1):
        payload = np.full(LAYOUT.size, level, np.int8).tobytes()
        verdict, bank = native.decode(Codec.INT8, payload, 0)
        assert verdict[0] == Code.OK
        assert same_bits(reference(Codec.INT8, payload, 0), bank)


@given(bits=ANYTHING, prototype=ENTRIES)
def test_host_and_device_refuse_the_same_deltas(native: Native, bits: tuple[int, ...], prototype: int) -> None:
    """P11: over all bit patterns; not finite comes before out of bounds, the lowest index first."""
    payload = struct.pack(f"<{LAYOUT.size}I", *bits)
    verdict, bank = native.decode(Codec.F32, payload, prototype)
    magnitudes = [b & 0x7FFF_FFFF for b in bits]
    not_finite = [i for i, m in enumerate(magnitudes) if m >= EXPONENT]
    outside = [i for i, m in enumerate(magnitudes) if m > CLIP_BITS[i]]
    if not_finite or outside:
        first = (not_finite or outside)[0]
        assert verdict == (Code.NOT_FINITE if not_finite else Code.OUT_OF_BOUNDS, first, bits[first])
        with pytest.raises(EditError), np.errstate(all="ignore"):
            reference(Codec.F32, payload, prototype)
    else:
        assert verdict[0] == Code.OK
        assert same_bits(reference(Codec.F32, payload, prototype), bank)


@pytest.mark.parametrize("index", range(LAYOUT.size))
def test_each_tensor_has_its_own_bound(native: Native, index: int) -> None:
    """T passes, the next float above it does not, anywhere in the buffer."""
    clip = int(CLIP_BITS[index])
    for bits, code in ((clip, Code.OK), (clip + 1, Code.OUT_OF_BOUNDS), ((clip + 1) | 1 << 31, Code.OUT_OF_BOUNDS)):
        delta = np.zeros(LAYOUT.size, np.uint32)
        delta[index] = bits
        assert native.decode(Codec.F32, delta.tobytes(), 0)[0][0] == code
