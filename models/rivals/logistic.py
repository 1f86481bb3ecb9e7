"""Multinomial logistic regression with a Gaussian prior on what the logits may be, for many devices at once."""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from models.editor.material import PADDING
from models.rivals.linear_systems import solve

_STEPS: Final = 4
_LENGTHS: Final = (1.0, 0.5, 0.25, 0.1, 0.0)


def posterior_mode(kernel: Tensor, prior: Tensor, labels: Tensor) -> Tensor:
    """Weights a float32 [d, n, C] so that the logits `prior` + `kernel` a are the most probable ones.

    Newton's method with the exact Hessian in n * C dimensions (Rasmussen and Williams, Gaussian Processes for Machine
    Learning, 3.5); the length of a step is the best of a few for each device. `kernel` float32 [d, n * C, n * C],
    `prior` logits [d, n, C], `labels` int64 [d, n]; padding has no weight.
    """
    problem = _Mode(kernel, prior, labels)
    weights = torch.zeros(*kernel.shape[:2], 1)
    for _ in range(_STEPS):
        weights = problem.step(weights)
    return weights.reshape_as(prior)


class _Mode:
    """The objective and a step towards its minimum; weights are [d, n * C, 1]."""

    def __init__(self, kernel: Tensor, prior: Tensor, labels: Tensor) -> None:
        self._kernel, self._prior = kernel, prior
        self._real = (labels != PADDING)[..., None]
        self._truth = F.one_hot(labels.clamp(min=0), prior.shape[2]) * self._real

    def step(self, weights: Tensor) -> Tensor:
        moved = self._kernel @ weights
        p = torch.softmax(self._prior + moved.reshape_as(self._prior), dim=-1)
        curvature = self._curvature(p)
        error = ((self._truth - p) * self._real).flatten(1)[..., None]
        system = torch.eye(curvature.shape[-1]) + curvature @ self._kernel
        way = solve(system, curvature @ moved + error) - weights
        tries = torch.stack([weights + length * way for length in _LENGTHS])
        best = torch.stack([self._objective(each) for each in tries]).argmin(0)
        return tries[best, torch.arange(len(best))]

    def _curvature(self, p: Tensor) -> Tensor:
        """The Hessian of the loss by the logits [d, n * C, n * C]: one block for each window."""
        blocks = (torch.diag_embed(p) - p[..., :, None] * p[..., None, :]) * self._real[..., None]
        spread = torch.einsum("dnab,nm->dnamb", blocks, torch.eye(p.shape[1]))
        return spread.flatten(3, 4).flatten(1, 2)

    def _objective(self, weights: Tensor) -> Tensor:
        moved = self._kernel @ weights
        fit = torch.log_softmax(self._prior + moved.reshape_as(self._prior), dim=-1) * self._truth
        return 0.5 * (weights * moved).sum((1, 2)) - fit.sum((1, 2))
