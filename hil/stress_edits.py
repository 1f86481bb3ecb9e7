"""Edits with known banks and outputs, for a stress test to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from toolchain.bundle import Bundle
from toolchain.edit import Codec, Edit, apply_edit, encode_edit
from toolchain.layout import Vector
from toolchain.reference import Reference

_PER_CODEC: Final = 8
_WINDOWS: Final = 2
_KEPT_EVERY: Final = 8


@dataclass(frozen=True)
class Choice:
    """An edit, the bank that it makes, and what the reference says of a few inputs under that bank."""

    edit: Edit
    bank: Vector
    windows: tuple[bytes, ...]
    outputs: tuple[bytes, ...]


def choices(bundle: Bundle, seed: int) -> list[Choice]:
    """Eight edits of each codec, of all prototypes; their counters are for the sender to set."""
    chance = np.random.default_rng(seed)
    known = [codec for codec in Codec if codec is not Codec.LATENT or bundle.latent is not None]
    return [_choice(bundle, chance, codec) for codec in known for _ in range(_PER_CODEC)]


def some_edit(bundle: Bundle, chance: np.random.Generator, codec: Codec, counter: int = 1) -> Edit:
    """An edit of random deltas as large as the layout allows; a sparse one moves every eighth parameter."""
    largest = bundle.layout.clip_vector
    delta = chance.uniform(-largest, largest).astype(np.float32)
    if codec is Codec.SPARSE:
        delta[np.arange(delta.size) % _KEPT_EVERY != 0] = 0
    return encode_edit(
        delta,
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=int(chance.integers(len(bundle.prototypes))),
        counter=counter,
        codec=codec,
        latent=bundle.latent,
    )


def _choice(bundle: Bundle, chance: np.random.Generator, codec: Codec) -> Choice:
    edit = some_edit(bundle, chance, codec)
    bank = apply_edit(edit, layout=bundle.layout, base=bundle.base, prototypes=bundle.prototypes, latent=bundle.latent)
    places = range(min(_WINDOWS, len(bundle.golden)))
    return Choice(
        edit,
        bank,
        tuple(bundle.golden.input_bytes(place) for place in places),
        tuple(Reference(bundle.model).run(bundle.golden.window(place), bank).output_bytes for place in places),
    )
