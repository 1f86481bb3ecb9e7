"""The base as a device runs it: int8 shared layers, float32 head, in the generated C of this machine's compiler."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import TracebackType
from typing import Final, final

import numpy as np
import numpy.typing as npt
import torch

from models.networks.network import Network, adaptive_values, layout_of
from toolchain.compile import compile_torch
from toolchain.errors import AdaptiveError
from toolchain.native import NativeModel
from toolchain.signal import Signal

Floats = npt.NDArray[np.float32]

_ANY_CLIP: Final = 1.0
"""The arithmetic of an inference does not depend on T."""


@final
@dataclass(frozen=True, eq=False)
class DeviceModel:
    """A compiled network, its input and its embedding; a context manager, since it holds a library."""

    native: NativeModel
    input: Signal
    embedding: Signal

    @classmethod
    def build(cls, network: Network, calibration: Floats) -> DeviceModel:
        """Compile `network` (in eval mode), its int8 ranges from windows float32 [n, *input].

        Raises:
            ToolchainError: it cannot be compiled, or there is no C compiler.
            AdaptiveError: the compiler laid the adaptive parameters out in another way than the editors do.
        """
        if not isinstance(network, torch.nn.Module):
            raise TypeError(f"a network is a torch module, not {type(network).__name__}")
        layout = layout_of(network, _ANY_CLIP)
        compiled = compile_torch(
            network,
            torch.from_numpy(calibration[:1].copy()),
            name=str(network.name),
            layout=layout,
            prototypes=layout.flatten(adaptive_values(network))[None],
            calibration=calibration,
        )
        model = compiled.model
        if model.embedding is None or model.layout.fingerprint != layout.fingerprint:
            raise AdaptiveError(
                "the compiled model's adaptive parameters are not those of the network",
                expected=f"behind an int8 embedding: {layout.to_json()}",
                received=f"{'an' if model.embedding is not None else 'no'} embedding: {model.layout.to_json()}",
                remedy="use a network whose adaptive layers are fully connected",
            )
        tensors = model.graph.tensors
        signals = Signal.of(tensors[model.graph.inputs[0]]), Signal.of(tensors[model.embedding])
        return cls(NativeModel.build(model), *signals)

    def __enter__(self) -> DeviceModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.native.close()

    @property
    def base(self) -> bytes:
        """The base fingerprint."""
        return self.native.model.base

    def embed(self, windows: Floats) -> Floats:
        """The embeddings float32 [n, E] that the device's int8 elements stand for, of windows float32 [n, *input]."""
        if not len(windows):
            return np.empty((0, math.prod(self.embedding.shape)), np.float32)
        found = self.native.run((self.input.encode(windows),)).embeddings
        if found is None:
            raise AdaptiveError("the compiled model has no int8 embedding", remedy="see docs/adaptive.md")
        return self.embedding.decode(found)

    def predict(self, elements: npt.NDArray[np.int8], head: Floats) -> npt.NDArray[np.int64]:
        """The classes int64 [n] that a device with the adaptive parameters `head` float32 [size] gives its elements."""
        logits = self.native.run((elements,), head).outputs[0]
        return np.asarray(logits.reshape(len(logits), -1).argmax(1), np.int64)
