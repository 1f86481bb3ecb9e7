"""The hypernetwork: a layer's code to the edit of that layer's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

INITIAL_STD: Final = 0.01


class Hypernetwork(nn.Module):
    """dW_n = z_n G_n + g_n for every adaptive layer n, weights and bias of the layer in one row.

    The generators are parameters and start small, so that an untrained editor hardly edits at all. (In the paper's
    released code they stay at their random start and nearly every edit saturates at T.)
    """

    def __init__(self, code: int, sizes: Sequence[int]) -> None:
        super().__init__()
        self.generators = nn.ParameterList(nn.Parameter(INITIAL_STD * torch.randn(code, size)) for size in sizes)
        self.offsets = nn.ParameterList(nn.Parameter(torch.zeros(size)) for size in sizes)

    def forward(self, codes: Sequence[Tensor]) -> Tensor:
        """Unclipped edit float32 [d, sum of sizes] from N codes float32 [d, code]."""
        layers = zip(codes, self.generators, self.offsets, strict=True)
        return torch.cat([code @ generator + offset for code, generator, offset in layers], dim=1)
