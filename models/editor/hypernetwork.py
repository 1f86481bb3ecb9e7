"""The hypernetwork: a layer's code to the edit of that layer's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

INITIAL_STD: Final = 0.01


class Hypernetwork(nn.Module):
    """dW_n = z_n G_n + g_n for every adaptive layer n, weights and bias of the layer in one row.

    The generators are parameters and start small, so that an untrained editor hardly edits at all. (In the paper's
    released code they stay at their random start and nearly every edit saturates at T.)

    Args:
        code: width of each z_n.
        sizes: floats of each layer, by its name.
    """

    def __init__(self, code: int, sizes: Mapping[str, int]) -> None:
        super().__init__()
        self.layers = tuple(sizes)
        sized = sizes.values()
        self.generators = nn.ParameterList(nn.Parameter(INITIAL_STD * torch.randn(code, size)) for size in sized)
        self.offsets = nn.ParameterList(nn.Parameter(torch.zeros(size)) for size in sized)

    def forward(self, codes: Sequence[Tensor]) -> Tensor:
        """Unclipped edit float32 [d, sum of sizes] from N codes float32 [d, code]."""
        layers = zip(codes, self.generators, self.offsets, strict=True)
        return torch.cat([code @ generator + offset for code, generator, offset in layers], dim=1)

    def rows(self) -> dict[str, npt.NDArray[np.float32]]:
        """Each layer's generator and, below it, its offset, float32 [code + 1, size]."""
        stacked = [torch.cat([g, o[None]]).detach().numpy() for g, o in zip(self.generators, self.offsets, strict=True)]
        return dict(zip(self.layers, stacked, strict=True))

    @torch.no_grad()
    def take(self, rows: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """Replace generators and offsets by what `rows` (as `rows()` gives them) holds."""
        for layer, generator, offset in zip(self.layers, self.generators, self.offsets, strict=True):
            generator.copy_(torch.from_numpy(rows[layer][:-1]))
            offset.copy_(torch.from_numpy(rows[layer][-1]))
