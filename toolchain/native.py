"""The generated C of a model, compiled for this machine and called in process: a device's arithmetic at speed.

    with NativeModel.build(model) as native:
        batch = native.run((windows,), adaptive)

The bits are those of the firmware and of `toolchain.reference.Reference`, some thousand times sooner.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from toolchain.errors import NativeError, ToolchainError
from toolchain.graph import Tensor
from toolchain.host_library import build_library, unload
from toolchain.model import Model

Array = npt.NDArray[Any]

_ALIGN: Final = 64


@dataclass(frozen=True, eq=False)
class Batch:
    """What n windows gave: one array [n, *shape] for each output of the graph, and int8 [n, E] (or None)."""

    outputs: tuple[Array, ...]
    embeddings: npt.NDArray[np.int8] | None


@final
class NativeModel:
    """A model as a library of this machine; `build` makes one. One run at a time: it has one arena."""

    def __init__(self, model: Model, library: ctypes.CDLL) -> None:
        self.model = model
        self._library: ctypes.CDLL | None = library
        library.persona_native_arena_bytes.restype = ctypes.c_uint32
        # A view keeps the memory behind it alive, so the aligned part is all that is held.
        raw = np.zeros(int(library.persona_native_arena_bytes()) + _ALIGN, np.uint8)
        self._arena = raw[-raw.ctypes.data % _ALIGN :]
        self.reset()

    @classmethod
    def build(cls, model: Model, folder: Path | None = None) -> NativeModel:
        """Compile `model` with the C compiler of this machine (`CC`, or `cc`), with the options of the posix firmware.

        Args:
            model: any compiled model.
            folder: where its sources and library are kept; it must not hold another's. By default nothing is kept.

        Raises:
            NativeError: there is no compiler, it fails, or the folder holds a model already.
        """
        return cls(model, build_library(model, folder))

    def __enter__(self) -> NativeModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Unload the library; a closed model runs no more."""
        if self._library is not None:
            unload(self._library)
            self._library = None

    def reset(self) -> None:
        """Forget what earlier inferences left in the model's variables."""
        self._open().persona_native_reset(_pointer(self._arena))

    def run(
        self, inputs: Sequence[Array], adaptive: npt.NDArray[np.float32] | None = None, *, keep_state: bool = False
    ) -> Batch:
        """Run n windows.

        Args:
            inputs: one array [n, *shape] for each input of the graph, in the device's elements (`Signal.encode`).
            adaptive: float32 [layout.size] for all windows, [n, layout.size] for each its own, None: the factory head.
            keep_state: a model with variables goes on where the window before it ended, as a device does, instead of
                starting anew with each window.

        Raises:
            ToolchainError: an array has another shape or dtype.
            NativeError: the model was closed.
        """
        library, graph = self._open(), self.model.graph
        fed = _fed(inputs, [graph.tensors[i] for i in graph.inputs])
        windows = len(fed[0])
        bank, step = self._bank(adaptive, windows)
        outputs = [self._room(windows, i) for i in graph.outputs]
        embedding = self.model.embedding
        embeddings = None if embedding is None else np.empty((windows, self._size(embedding)), np.int8)
        library.persona_native_run(
            _pointer(self._arena),
            ctypes.c_uint32(windows),
            ctypes.c_uint8(not keep_state),
            _pointers(fed),
            None if bank is None else _pointer(bank),
            ctypes.c_uint32(step),
            _pointers(outputs),
            None if embeddings is None else _pointer(embeddings),
        )
        return Batch(tuple(outputs), embeddings)

    def _open(self) -> ctypes.CDLL:
        if self._library is None:
            raise NativeError("the native model was closed", remedy="build it anew, or run it inside its `with` block")
        return self._library

    def _size(self, tensor: int) -> int:
        return math.prod(self.model.graph.tensors[tensor].shape)

    def _room(self, windows: int, tensor: int) -> Array:
        found = self.model.graph.tensors[tensor]
        return np.empty((windows, *found.shape), found.dtype.numpy)

    def _bank(
        self, adaptive: npt.NDArray[np.float32] | None, windows: int
    ) -> tuple[npt.NDArray[np.float32] | None, int]:
        """The parameters and the number of floats from one window's to the next one's."""
        size = self.model.layout.size
        if adaptive is None or not size:
            return None, 0
        if adaptive.dtype != np.float32 or adaptive.shape not in {(size,), (windows, size)}:
            raise ToolchainError(
                "the adaptive parameters do not fit the model",
                expected=f"float32 ({size},) or ({windows}, {size})",
                received=f"{adaptive.dtype} {adaptive.shape}",
            )
        return np.ascontiguousarray(adaptive), 0 if adaptive.ndim == 1 else size


def _fed(inputs: Sequence[Array], tensors: Sequence[Tensor]) -> list[Array]:
    """The inputs as the library reads them."""
    if len(inputs) != len(tensors) or len({len(array) for array in inputs}) > 1:
        raise ToolchainError(
            "the inputs do not fit the model",
            expected=f"{len(tensors)} array(s) with as many windows in each",
            received=f"{len(inputs)} with {', '.join(str(len(array)) for array in inputs)} windows",
        )
    return [_fitting(array, tensor) for array, tensor in zip(inputs, tensors, strict=True)]


def _fitting(array: Array, tensor: Tensor) -> Array:
    window = math.prod(tensor.shape)
    if array.dtype != tensor.dtype.numpy or not array.ndim or array.size != len(array) * window:
        raise ToolchainError(
            f"the windows do not fit input {tensor.name!r}",
            expected=f"{tensor.dtype.value} [n, {', '.join(map(str, tensor.shape))}]",
            received=f"{array.dtype} {list(array.shape)}",
            remedy="toolchain.signal.Signal.of(tensor).encode makes elements of real numbers",
        )
    return np.ascontiguousarray(array)


def _pointer(array: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _pointers(arrays: Sequence[Array]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])
