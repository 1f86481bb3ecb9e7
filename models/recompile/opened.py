"""A base that edits are made for: its bundle, opened and compiled for this machine, so that scores are the device's."""

from __future__ import annotations

import math
from functools import cached_property
from types import TracebackType
from typing import Final, final

import numpy as np
import numpy.typing as npt
import torch

from models.editor.observation import Observation, observe
from models.errors import RecompileError
from models.networks.flat_head import FlatHead
from models.quantise import Int8Range
from models.recompile.dense_head import dense_head, no_dense_head
from models.runtime import Editor
from toolchain.bundle import Bundle
from toolchain.errors import ToolchainError
from toolchain.layout import Layout
from toolchain.native import NativeModel

Floats = npt.NDArray[np.float32]

_CLOSE: Final = 1e-3


@final
class OpenedBase:
    """One bundle ready for work; a context manager, since it holds a library.

    Raises:
        RecompileError: the bundle has no adaptive layers behind an int8 embedding, or several inputs.
        NativeError: this machine cannot compile it.
    """

    def __init__(self, bundle: Bundle) -> None:
        if bundle.embedding is None or not bundle.layout.size or len(bundle.inputs) != 1:
            raise RecompileError(
                f"{bundle.path} cannot be personalised from labelled windows",
                expected="one input, and adaptive layers behind an int8 embedding",
                received=f"{len(bundle.inputs)} inputs, {bundle.layout.size} adaptive parameters",
                remedy="compile the model with adaptive layers: docs/adaptive.md",
            )
        self.bundle = bundle
        self._embedding = bundle.embedding
        self._native = NativeModel.build(bundle.model)

    def __enter__(self) -> OpenedBase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Unload the library."""
        self._native.close()

    @property
    def layout(self) -> Layout:
        """The adaptive layout."""
        return self.bundle.layout

    @property
    def table(self) -> Floats:
        """The prototype table float32 [1 + N_M, size]; row 0 is the factory head, which an unedited device runs."""
        return self.bundle.prototypes

    @property
    def classes(self) -> int:
        """Number of classes."""
        return math.prod(self.bundle.outputs[0].shape)

    def elements(self, windows: Floats) -> npt.NDArray[np.generic]:
        """Windows float32 [n, *shape] as the device's input has them.

        Raises:
            RecompileError: the base reads windows of another shape.
        """
        try:
            return self.bundle.inputs[0].encode(windows)
        except ToolchainError as error:
            raise RecompileError(
                "the stored examples are no input of the new base",
                expected=error.expected or "windows that the base reads",
                received=error.received or error.what,
                remedy="use a base with the same input, or store windows as the new base reads them",
            ) from error

    def embed(self, windows: Floats) -> Floats:
        """The embeddings float32 [n, E] that the device's int8 elements stand for."""
        found = self._native.run((self.elements(windows),)).embeddings
        if found is None:
            raise RecompileError("the compiled base gives no embedding", remedy="compile it again")
        return self._embedding.decode(found)

    def accuracy(self, windows: Floats, labels: npt.NDArray[np.int64], bank: Floats) -> float:
        """Share of windows float32 [n, *shape] whose label int64 [n] a device with the bank float32 [size] gives."""
        scores = self._scores(self.elements(windows), bank)
        return float(np.mean(scores.argmax(1) == labels))

    def _scores(self, elements: npt.NDArray[np.generic], bank: Floats) -> Floats:
        output = self.bundle.outputs[0]
        return output.decode(self._native.run((elements,), bank).outputs[0]).reshape(len(elements), -1)

    @cached_property
    def head(self) -> FlatHead:
        """The adaptive layers in torch, held against the device on the bundle's golden windows.

        Raises:
            RecompileError: the device computes something else.
        """
        golden = self.bundle.golden
        windows = np.stack([golden.window(place)[0] for place in range(len(golden))])
        windows = windows.reshape(len(golden), *self.bundle.inputs[0].shape)
        head, embedded = dense_head(self.layout), self._native.run((windows,)).embeddings
        factory = self.table[0]
        if embedded is not None:
            real = torch.from_numpy(self._embedding.decode(embedded))
            mine = head.logits(real[None], torch.from_numpy(factory.copy())[None])[0].numpy()
            theirs = self._scores(windows, factory)
            if mine.shape == theirs.shape and np.allclose(mine, theirs, atol=_CLOSE, rtol=_CLOSE):
                return head
        raise no_dense_head("layers that give other scores than such a chain does")

    @cached_property
    def editor(self) -> Editor:
        """The editor of the bundle.

        Raises:
            TrainedError: it has none, or one that cannot be read.
            RecompileError: the editor belongs to another layout.
        """
        editor = Editor.from_files(self.bundle.files)
        if editor.layout.fingerprint != self.layout.fingerprint:
            raise RecompileError(
                "the editor in the bundle does not belong to its model",
                expected=f"layout {self.layout.fingerprint.hex()}",
                received=f"layout {editor.layout.fingerprint.hex()}",
                remedy="compile the trained model again",
            )
        return editor

    def observe(self, embeddings: Floats) -> Observation:
        """What a device tells about embeddings float32 [n, E], both ways."""
        return observe(embeddings, Int8Range(self._embedding.scale, self._embedding.zero_point))
