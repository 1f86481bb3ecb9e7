"""The hypernetwork survives int8, and the device's decoder gives what the editor meant."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.editor.latent_table import quantise_rows, real_rows, to_levels
from models.networks.dscnn import DsCnn
from models.networks.network import layout_of

LAYOUT = layout_of(DsCnn(), 10.0)
SIZES = {"fc1": 792, "fc2": 250}


def _rows(seed: int, code: int = 5) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    return {name: chance.normal(size=(code + 1, size)).astype(np.float32) for name, size in SIZES.items()}


def test_each_tensor_has_a_scale_of_its_own_and_half_a_step_of_error() -> None:
    """No entry moves by more than half a level of its tensor; the largest one is a full 127."""
    rows = _rows(0)
    rows["fc2"][:, 240:] *= 1e-3
    latent = quantise_rows(rows, LAYOUT)
    real = real_rows(latent, LAYOUT)
    for part, tensor in zip(latent.parts, LAYOUT.tensors, strict=True):
        assert np.abs(part.rows.astype(int)).max() == 127
        layer = tensor.name.split(".")[0]
        start = tensor.offset - (0 if layer == "fc1" else 792)
        wanted, got = (r[layer][:, start : start + tensor.size] for r in (rows, real))
        assert np.abs(wanted - got).max() <= 0.5001 * 127 * part.scale
    assert [0, 0, 5, 5] == [part.first for part in latent.parts]
    assert 10 == latent.code_bytes


def test_rounding_twice_is_rounding_once() -> None:
    """What a table holds is quantised to the same table again."""
    once = quantise_rows(_rows(1), LAYOUT)
    twice = quantise_rows(real_rows(once, LAYOUT), LAYOUT)
    for a, b in zip(once.parts, twice.parts, strict=True):
        np.testing.assert_array_equal(a.rows, b.rows)
        np.testing.assert_allclose(a.scale, b.scale, rtol=1e-6)


@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_the_device_decodes_what_the_editor_means(seed: int) -> None:
    """The same as z G + g in real numbers, for codes that are whole levels."""
    latent = quantise_rows(_rows(seed), LAYOUT)
    codes = np.random.default_rng(seed).integers(-127, 128, 10).astype(np.int8)
    real = real_rows(latent, LAYOUT)
    z = codes.astype(np.float32) / 127
    wanted = np.concatenate([z[:5] @ real["fc1"][:-1] + real["fc1"][-1], z[5:] @ real["fc2"][:-1] + real["fc2"][-1]])
    np.testing.assert_allclose(latent.decode(codes, LAYOUT), np.clip(wanted, -10, 10), atol=1e-4)


def test_codes_become_levels() -> None:
    """The ends of -1..1 are the ends of -127..127; between them it is the nearest."""
    np.testing.assert_array_equal([-127, 0, 0, 1, 127], to_levels(np.array([-1, 0, 0.003, 0.005, 1], np.float32)))


def test_a_table_of_zeros_is_a_table() -> None:
    """Generators that never learned anything give edits of nothing."""
    rows = {name: np.zeros((4, size), np.float32) for name, size in SIZES.items()}
    latent = quantise_rows(rows, LAYOUT)
    assert not latent.decode(np.full(6, 127, np.int8), LAYOUT).any()
