"""A recommender in the arithmetic of its device: int8 embedding table and shared layers, float32 adaptive layers.

The device gives the user's vector (or, for a network that reads the candidate, its score). The dot products with the
candidates are taken with the device's own int8 table: wherever the candidates are, the table is there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from models.networks.network import adaptive_values, layout_of
from models.networks.ranker import Ranker
from models.sequences.audience import Audience
from models.sequences.training import as_module
from toolchain.compile import Compiled, compile_torch
from toolchain.errors import AdaptiveError
from toolchain.graph import Tensor
from toolchain.native import NativeModel
from toolchain.signal import Signal

CALIBRATION: Final = 512
_CHUNK: Final = 256


@dataclass(frozen=True, eq=False)
class DeviceRanker:
    """A compiled recommender, called in process."""

    network: Ranker
    compiled: Compiled
    native: NativeModel
    table: npt.NDArray[np.float32]

    @classmethod
    def build(cls, network: Ranker, inputs: npt.NDArray[np.int32], clip: float = 1.0) -> DeviceRanker:
        """Compile `network`; `inputs` int32 [n, *input] give the ranges of its int8 layers.

        Raises:
            ToolchainError: the network cannot be compiled, or there is no C compiler.
        """
        compiled = compile_ranker(network, inputs, clip)
        return cls(network, compiled, NativeModel.build(compiled.model), decoded_table(compiled))

    def embed(self, inputs: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """The int8 embeddings of inputs int32 [n, *input] in real numbers, float32 [n, E]."""
        model = self.compiled.model
        if model.embedding is None:
            raise AdaptiveError("the compiled model has no int8 embedding", remedy="see docs/adaptive.md")
        signal = Signal.of(model.graph.tensors[model.embedding])
        elements = self.native.run((inputs[:, None],)).embeddings
        assert elements is not None  # noqa: S101  # a model with an embedding writes it
        return np.asarray((elements.astype(np.float32) - signal.zero_point) * np.float32(signal.scale), np.float32)

    def scores(self, audience: Audience, heads: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.float32]:
        """Scores float32 [u, 1 + c] of what the users are scored on, with the factory head or one for each user."""
        if audience.windows.ndim > 2:  # noqa: PLR2004  # [u, 1 + c, length + 1]: each candidate has an input
            return self._pairwise(audience.windows, heads)
        found = []
        for first in range(0, audience.users, _CHUNK):
            part = slice(first, first + _CHUNK)
            own = None if heads is None else heads[part]
            (vectors,) = self.native.run((audience.windows[part][:, None],), own).outputs
            candidates = audience.scored.candidates[part, 0].numpy()
            found.append(np.einsum("ucw,uw->uc", self.table[candidates], vectors.reshape(len(vectors), -1)))
        return np.asarray(np.concatenate(found), np.float32)

    def _pairwise(
        self, windows: npt.NDArray[np.int32], heads: npt.NDArray[np.float32] | None
    ) -> npt.NDArray[np.float32]:
        own = [None] * len(windows) if heads is None else list(heads)
        runs = [self.native.run((inputs[:, None],), head).outputs[0] for inputs, head in zip(windows, own, strict=True)]
        return np.asarray(np.stack(runs).reshape(windows.shape[:2]), np.float32)


def compile_ranker(network: Ranker, inputs: npt.NDArray[np.int32], clip: float = 1.0) -> Compiled:
    """`network` as a model of a device; `inputs` int32 [n, *input] give the ranges of its int8 layers.

    Raises:
        ToolchainError: the network cannot be compiled.
        AdaptiveError: the converter laid the adaptive parameters out in another way than torch does.
    """
    layout = layout_of(network, clip)
    compiled = compile_torch(
        as_module(network),
        torch.zeros(1, *network.input_shape, dtype=torch.int32),
        name=str(network.name),
        layout=layout,
        prototypes=layout.flatten(adaptive_values(network))[None],
        calibration=inputs[:CALIBRATION],
    )
    if compiled.model.layout.fingerprint != layout.fingerprint:
        raise AdaptiveError(
            "the editor's layout is not the compiled model's",
            expected=str(layout.to_json()),
            received=str(compiled.model.layout.to_json()),
            remedy="make adaptive layers fully connected",
        )
    return compiled


def embedding_table(compiled: Compiled) -> Tensor:
    """The int8 embedding table in the device's flash, [1 + items, width].

    Raises:
        AdaptiveError: the model looks nothing up in an int8 table.
    """
    graph = compiled.model.graph
    tables = [graph.tensors[op.inputs[1]] for op in graph.operators if op.kind == "EMBEDDING_LOOKUP"]
    if not tables or tables[0].data is None or tables[0].data.dtype != np.int8:
        raise AdaptiveError("the compiled model has no int8 embedding table", received=f"{len(tables)} tables")
    return tables[0]


def decoded_table(compiled: Compiled) -> npt.NDArray[np.float32]:
    """The item embeddings that the device has, in real numbers, float32 [1 + items, width]."""
    table = embedding_table(compiled)
    scale, zero = table.scale_zero
    assert table.data is not None  # noqa: S101  # `embedding_table` checked
    return np.asarray((table.data.astype(np.float32) - np.float32(zero)) * scale, np.float32)
