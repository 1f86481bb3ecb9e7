"""The shape of a parameter editor: everything that is fixed before it is trained."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from toolchain.layout import Layout

KIND: Final = "persona"

Encoder = Literal["gru", "summary", "set"]
"""What an editor reads: `gru` the embeddings one by one and `set` all of them in no order; `summary` the two bytes a
dimension that sum them up."""

ENCODERS: Final[tuple[Encoder, ...]] = ("gru", "summary", "set")


@dataclass(frozen=True)
class EditorSpec:
    """Sizes of one editor.

    `embedding` is the width E of what it reads; `hidden` that of the encoder's summary; `code` that of the code z_n of
    each adaptive layer, the only thing that a `latent` edit sends. Without `clkt` every layer has the same code z_0.
    With `classes` it reads the labels of the context too, of so many classes. With `aligned` the closed form of
    `models.editor.shift` is added to what the codes make; no code can hold that.
    """

    embedding: int
    hidden: int = 32
    code: int = 16
    encoder: Encoder = "summary"
    clkt: bool = True
    classes: int = 0
    aligned: bool = False

    @property
    def labelled(self) -> bool:
        """Whether it reads labels."""
        return self.classes > 0

    @property
    def reads_windows(self) -> bool:
        """Whether it needs the embeddings themselves; else mean and spread are enough."""
        return self.encoder != "summary" or self.labelled

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
        sizes = (int(values["embedding"]), int(values["hidden"]), int(values["code"]))
        classes = int(values.get("classes", 0))
        if encoder is None or min(sizes) < 1 or classes < 0:
            raise ValueError(f"no editor has this shape: {values}")
        return cls(*sizes, encoder, bool(values.get("clkt", True)), classes, bool(values.get("aligned", False)))


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
