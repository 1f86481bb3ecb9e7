"""Closed form, unlabelled: the moments of a device's embeddings are moved towards those of the factory devices."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from models.editor.material import Material
from models.rivals.bench import Bench
from models.rivals.edited import Edited
from models.rivals.method import Method

_STRENGTHS: Final = (0.0, 0.1, 0.25, 0.5, 1.0)


def alignment(bench: Bench) -> Edited:
    """Scale and shift of the embedding, folded into the first adaptive layer; how far is chosen on validation."""
    heads = bench.choose(lambda material, strength: _aligned(bench, material, strength), _STRENGTHS)
    return Edited.around(bench.base, heads, bench.clip)


def _aligned(bench: Bench, material: Material, strength: float) -> Tensor:
    """Fold x -> x + strength * (ratio * (x - mean) + factory mean - x) into the first layer; clipped to T."""
    own, (factory, _) = material.contexts, bench.factory.rows
    scale = 1 + strength * (factory.std(0) / (own.std(1) + 1e-3) - 1)
    shift = strength * factory.mean(0) - (scale - 1 + strength) * own.mean(1)
    named = bench.problem.head.named(bench.base.expand(material.devices, -1))
    weight, bias = (tensor.name for tensor in bench.layout.tensors[:2])
    moved = dict(named)
    moved[bias] = named[bias] + torch.einsum("doe,de->do", named[weight], shift)
    moved[weight] = named[weight] * scale[:, None]
    flat = torch.cat([moved[tensor.name].flatten(1) for tensor in bench.layout.tensors], dim=1)
    return bench.base + torch.clamp(flat - bench.base, -bench.clip, bench.clip)


METHODS: Final = (Method("alignment", alignment, "the embedding's moments moved to the factory's, in closed form"),)
