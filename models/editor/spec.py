"""The shape of a parameter editor: everything that is fixed before it is trained."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from toolchain.layout import Layout

KIND: Final = "persona"

Encoder = Literal["gru", "summary"]
"""What an editor reads: `gru` the embeddings one by one, `summary` the two bytes a dimension that sum them up."""

ENCODERS: Final[tuple[Encoder, ...]] = ("gru", "summary")


@dataclass(frozen=True)
class EditorSpec:
    """Sizes of one editor.

    `embedding` is the width E of what it reads; `hidden` that of the encoder's summary; `code` that of the code z_n of
    each adaptive layer, the only thing that a `latent` edit sends.
    """

    embedding: int
    hidden: int = 32
    code: int = 16
    encoder: Encoder = "summary"

    def to_json(self) -> dict[str, Any]:
        """As `editor.json` holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> EditorSpec:
        """Read what `to_json` wrote.

        Raises:
            ValueError: a size that is none, or an encoder that this version does not know.
        """
        encoder = next((known for known in ENCODERS if known == values["encoder"]), None)
        spec = cls(int(values["embedding"]), int(values["hidden"]), int(values["code"]), encoder or "summary")
        if encoder is None or min(spec.embedding, spec.hidden, spec.code) < 1:
            raise ValueError(f"no editor has this shape: {values}")
        return spec


def layer_sizes(layout: Layout) -> dict[str, int]:
    """Floats of each adaptive layer (`fc1.weight` and `fc1.bias` are layer `fc1`), in layout order.

    The tensors of a layer lie next to one another, so that the edits of the layers, one after the other, are the edit
    of the whole buffer.
    """
    sizes: dict[str, int] = {}
    for tensor in layout.tensors:
        layer = layer_of(tensor.name)
        sizes[layer] = sizes.get(layer, 0) + math.prod(tensor.shape)
    return sizes


def layer_of(name: str) -> str:
    """The layer of an adaptive tensor."""
    return name.rpartition(".")[0]
