"""What every method hands back: for each device a row of a table and a delta, or heads that no edit could make."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from toolchain.edit import Codec, Edit, encode_edit
from toolchain.layout import Layout


@dataclass(frozen=True, eq=False)
class Edited:
    """The heads of d devices as edits.

    `table` float32 [1 + N, size], row 0 the factory head; `prototypes` int64 [d] the row that each device starts from;
    `deltas` float32 [d, size], within `clip` float32 [size] of each float (infinite where a method knows no clip);
    `codes` int8 [d, K] what the codec `latent` would send instead, where the method has such codes.
    """

    table: Tensor
    prototypes: Tensor
    deltas: Tensor
    clip: Tensor
    codes: npt.NDArray[np.int8] | None = None

    @classmethod
    def around(cls, start: Tensor, heads: Tensor, clip: Tensor) -> Edited:
        """Edits towards `heads` [d, size], no float farther than `clip` [size].

        They start from the head `start` [size], or from the last row of a table `start` [1 + N, size].
        """
        table = start.reshape(-1, start.shape[-1])
        deltas = torch.clamp(heads - table[-1], -clip, clip)
        return cls(table, torch.full((len(heads),), len(table) - 1), deltas, clip)

    @property
    def devices(self) -> int:
        """Number of devices d."""
        return len(self.deltas)

    @property
    def heads(self) -> Tensor:
        """What the devices would run, float32 [d, size]: the sums that a device computes, to the bit."""
        return self.table[self.prototypes] + self.deltas

    def where(self, accepted: Tensor) -> Edited:
        """The same, but with the factory head and no delta on the devices that are not `accepted` (bool [d])."""
        return replace(self, prototypes=self.prototypes * accepted, deltas=self.deltas * accepted[:, None], codes=None)

    def layout(self, own: Layout) -> Layout:
        """The layout `own` with the clip of these edits.

        Raises:
            AdaptiveError: they know no clip, and cannot be sent.
        """
        clips = {tensor.name: float(self.clip[tensor.offset]) for tensor in own.tensors}
        return Layout.of({tensor.name: tensor.shape for tensor in own.tensors}, clips)

    def edits(self, own: Layout, base: bytes, codec: Codec = Codec.F32, counter: int = 1) -> tuple[Edit, ...]:
        """An edit for each device, against `table`, under the layout `own` with the clip of these edits.

        Raises:
            AdaptiveError: they know no clip, and cannot be sent.
            EditError: a delta that is not finite.
        """
        layout, table = self.layout(own), np.asarray(self.table.numpy(), np.float32)
        return tuple(
            encode_edit(
                delta,
                layout=layout,
                base=base,
                prototypes=table,
                prototype=int(prototype),
                counter=counter,
                codec=codec,
            )
            for prototype, delta in zip(self.prototypes, self.deltas.numpy(), strict=True)
        )
