"""Labelled: low-rank edits of the adaptive matrices by gradient descent on the labelled context (LoRA)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

import torch
from torch import Tensor

from models.editor.material import Material
from models.reproducible import reproducible
from models.rivals.bench import Bench
from models.rivals.descent import STOPS, context_loss, descend, stopped
from models.rivals.edited import Edited
from models.rivals.method import Method
from models.rivals.redrawn import with_redrawn_validation
from toolchain.layout import Layout

_RANKS: Final = (1, 2, 4)
_RATES: Final = (3e-3, 1e-2)
_MATRIX: Final = 2


def lora(bench: Bench) -> Edited:
    """From the factory head; rank, rate, steps and T are chosen on validation. Biases stay as they are.

    The product of the two factors is cut off at T, so that it can be sent: as floats, not as factors.
    """
    clips = bench.clips

    def run(material: Material, choice: tuple[int, float]) -> Iterator[Tensor]:
        rank, rate = choice
        factors = Factors(bench.problem.head.layout, material.devices, rank, bench.seed)
        tuned = descend(
            context_loss(bench.problem.head, material), factors.parameters, lambda: bench.base + factors.edits(), rate
        )
        return (bench.base + torch.clamp(heads - bench.base, -clip, clip) for heads in tuned for clip in clips)

    heads, _, place = stopped(
        with_redrawn_validation(bench), run, list(product(_RANKS, _RATES)), len(STOPS) * len(clips)
    )
    return Edited.around(bench.base, heads, clips[place % len(clips)])


class Factors:
    """Edits B A of every matrix, for many devices; A starts at random, B at 0, so that the edits start at 0."""

    def __init__(self, layout: Layout, devices: int, rank: int, seed: int) -> None:
        self._layout = layout
        matrices = [tensor for tensor in layout.tensors if len(tensor.shape) == _MATRIX]
        with reproducible(seed):
            self._right = {t.name: torch.randn(rank, t.shape[1]) / t.shape[1] ** 0.5 for t in matrices}
        self._right = {name: a.expand(devices, -1, -1).clone().requires_grad_() for name, a in self._right.items()}
        self._left = {t.name: torch.zeros(devices, t.shape[0], rank, requires_grad=True) for t in matrices}
        self._devices = devices

    @property
    def parameters(self) -> list[Tensor]:
        """All factors."""
        return [*self._left.values(), *self._right.values()]

    def matrices(self) -> dict[str, Tensor]:
        """The products of the factors, float32 [d, *shape] by the names of their matrices."""
        return {name: left @ self._right[name] for name, left in self._left.items()}

    def edits(self) -> Tensor:
        """Edits float32 [d, size], 0 for what is no matrix."""
        parts = []
        for tensor in self._layout.tensors:
            known = tensor.name in self._left
            move = self._left[tensor.name] @ self._right[tensor.name] if known else torch.zeros(tensor.shape)
            parts.append(move.expand(self._devices, *tensor.shape).flatten(1))
        return torch.cat(parts, dim=1)


METHODS: Final = (
    Method(
        "lora",
        lora,
        "gradient descent on factors of rank 1, 2 or 4 of each matrix's edit, cut off at T",
        labelled=True,
        backpropagation=True,
    ),
)
