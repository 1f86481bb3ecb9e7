"""Cross-layer knowledge transfer: a stacked GRU that derives each layer's code from that of the layer before it."""

from __future__ import annotations

from torch import Tensor, nn


class CrossLayerTransfer(nn.Module):
    """Codes z_1 .. z_N from the device's code z_0.

    One GRU cell per adaptive layer: its input is the previous layer's code and its state the device's code z_0, so that
    a later layer knows both what the device is and what has been edited before it.
    """

    def __init__(self, code: int, layers: int) -> None:
        super().__init__()
        self.cells = nn.ModuleList(nn.GRUCell(code, code) for _ in range(layers))

    def forward(self, first: Tensor) -> list[Tensor]:
        """N codes float32 [d, code] from z_0 float32 [d, code]."""
        codes: list[Tensor] = []
        below = first
        for cell in self.cells:
            below = cell(below, first)
            codes.append(below)
        return codes
