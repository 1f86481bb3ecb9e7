"""The shape of a parameter editor: everything that is fixed before it is trained."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from toolchain.layout import Layout

KIND: Final = "persona"


@dataclass(frozen=True)
class EditorSpec:
    """Sizes of one editor.

    `embedding` is the width E of what it reads; `hidden` that of the sequence encoder; `code` that of the code z_n of
    each adaptive layer, the only thing that a `latent` edit would send.
    """

    embedding: int
    hidden: int = 32
    code: int = 16

    def to_json(self) -> dict[str, Any]:
        """As `editor.json` holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> EditorSpec:
        """Read what `to_json` wrote."""
        return cls(int(values["embedding"]), int(values["hidden"]), int(values["code"]))


def layer_sizes(layout: Layout) -> dict[str, int]:
    """Floats of each adaptive layer (`fc1.weight` and `fc1.bias` are layer `fc1`), in layout order.

    The tensors of a layer lie next to one another, so that the edits of the layers, one after the other, are the edit
    of the whole buffer.
    """
    sizes: dict[str, int] = {}
    for tensor in layout.tensors:
        layer = tensor.name.rpartition(".")[0]
        sizes[layer] = sizes.get(layer, 0) + math.prod(tensor.shape)
    return sizes
