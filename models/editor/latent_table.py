"""The hypernetwork's generators as the device keeps them: int8 rows, one scale for each adaptive tensor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from models.editor.spec import layer_of, layer_sizes
from toolchain.latent import LEVELS, Latent, Part
from toolchain.layout import Layout

Floats = npt.NDArray[np.float32]

_LEAST_SCALE: Final = 1e-12


def quantise_rows(rows: Mapping[str, Floats], layout: Layout) -> Latent:
    """Round each layer's generator and, below it, its offset, float32 [code + 1, layer's size], to int8.

    The layers' codes follow one another in the code of an edit; the tensors of a layer share the layer's part.
    """
    parts: list[Part] = []
    firsts, starts = _firsts(rows), _starts(layout)
    for tensor in layout.tensors:
        layer = layer_of(tensor.name)
        own = rows[layer][:, tensor.offset - starts[layer] :][:, : tensor.size]
        largest = max(float(np.abs(own).max()), _LEAST_SCALE)
        levels = np.rint(own * (LEVELS / largest)).astype(np.int8)
        # A level of a code stands for 1/127 of z, a level of a row for 1/127 of the largest entry.
        parts.append(Part(firsts[layer], largest / (LEVELS * LEVELS), levels))
    return Latent.of(parts, layout)


def real_rows(latent: Latent, layout: Layout) -> dict[str, Floats]:
    """What `quantise_rows` left of each layer's generator and offset, float32 [code + 1, layer's size]."""
    columns: dict[str, list[Floats]] = {}
    for part, tensor in zip(latent.parts, layout.tensors, strict=True):
        real = part.rows.astype(np.float32) * np.float32(LEVELS * part.scale)
        columns.setdefault(layer_of(tensor.name), []).append(real)
    return {layer: np.concatenate(parts, axis=1) for layer, parts in columns.items()}


def to_levels(codes: Floats) -> npt.NDArray[np.int8]:
    """Codes in -1..1 as the bytes of an edit."""
    return np.asarray(np.rint(codes * LEVELS), np.int8)


def _firsts(rows: Mapping[str, Floats]) -> dict[str, int]:
    widths = [len(own) - 1 for own in rows.values()]
    return dict(zip(rows, np.cumsum([0, *widths[:-1]]).tolist(), strict=True))


def _starts(layout: Layout) -> dict[str, int]:
    sizes = layer_sizes(layout)
    return dict(zip(sizes, np.cumsum([0, *list(sizes.values())[:-1]]).tolist(), strict=True))
