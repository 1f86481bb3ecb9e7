"""The parameter editor as a torch module: encoder, MLP, cross-layer transfer, hypernetwork, clip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

from models.editor.clkt import CrossLayerTransfer
from models.editor.encoder import SequenceEncoder
from models.editor.hypernetwork import Hypernetwork
from models.editor.set_encoder import SetEncoder
from models.editor.shift import MeanShift
from models.editor.spec import EditorSpec, Encoder, layer_sizes
from models.editor.summary_encoder import SummaryEncoder
from toolchain.layout import Layout

AnyEncoder = SequenceEncoder | SummaryEncoder | SetEncoder

_KINDS: Final[dict[Encoder, Callable[[int, int, int], AnyEncoder]]] = {
    "gru": SequenceEncoder,
    "summary": SummaryEncoder,
    "set": SetEncoder,
}


class ParameterEditor(nn.Module):
    """Edits for one prototype, as `method.md` of the paper has them: h, z_0, z_n, dW_n, clip.

    Editors of several prototypes may share one `hypernetwork`.

    Args:
        spec: sizes.
        layout: the adaptive buffer that the edits belong to; the clip T is read from it.
    """

    clip: Tensor

    def __init__(self, spec: EditorSpec, layout: Layout) -> None:
        super().__init__()
        sizes = layer_sizes(layout)
        self.spec = spec
        self.encoder: AnyEncoder = _KINDS[spec.encoder](spec.embedding, spec.hidden, spec.classes)
        self.mlp = nn.Sequential(
            nn.Linear(spec.hidden, spec.hidden), nn.ReLU(), nn.Linear(spec.hidden, spec.code), nn.Tanh()
        )
        self.transfer = CrossLayerTransfer(spec.code, len(sizes)) if spec.clkt else None
        self.hypernetwork = Hypernetwork(spec.code, sizes)
        self.shift = MeanShift(layout, spec.embedding) if spec.aligned else None
        self.register_buffer("clip", torch.from_numpy(layout.clip_vector.copy()), persistent=False)

    def codes(self, context: Tensor, lengths: Tensor | None = None, labels: Tensor | None = None) -> list[Tensor]:
        """One code float32 [d, code] for each adaptive layer, from contexts float32 [d, n, E].

        `labels` int64 [d, n] are read by an editor with `spec.classes` only.
        """
        first = self.mlp(self.encoder(context, lengths, labels))
        if self.transfer is None:
            return [first] * len(self.hypernetwork.layers)
        codes: list[Tensor] = self.transfer(first)
        return codes

    def forward(self, context: Tensor, lengths: Tensor | None = None, labels: Tensor | None = None) -> Tensor:
        """Clipped edits float32 [d, size], in the flat order of the layout."""
        edit = self.hypernetwork(self.codes(context, lengths, labels))
        if self.shift is not None:
            edit = edit + self.shift(context, lengths)
        return torch.clamp(edit, -self.clip, self.clip)
