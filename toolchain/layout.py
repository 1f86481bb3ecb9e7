"""The layout of the adaptive buffer: which named tensor lies where, and how far an edit may move it.

All adaptive parameters of a model live in one float32 vector. Tensors lie in it one after the other in the order of the
layout, each in C order. The layout's fingerprint goes into every edit, so that an edit made for another arrangement of
the same parameters is refused even when the sizes agree.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.digest import fingerprint
from toolchain.errors import AdaptiveError

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class AdaptiveTensor:
    """One adaptive tensor: `name`, `shape`, `offset` in floats from the start of the buffer, clip `T` of its edits."""

    name: str
    shape: tuple[int, ...]
    offset: int
    clip: float

    @property
    def size(self) -> int:
        """Number of floats."""
        return math.prod(self.shape)

    @property
    def span(self) -> slice:
        """Where the tensor lies in the flat buffer."""
        return slice(self.offset, self.offset + self.size)


@dataclass(frozen=True)
class Layout:
    """The adaptive tensors in the order in which they lie in the buffer."""

    tensors: tuple[AdaptiveTensor, ...]

    @classmethod
    def of(cls, shapes: Mapping[str, Sequence[int]], clips: Mapping[str, float]) -> Layout:
        """Lay out `shapes` without gaps; `clips` gives T > 0 for each name.

        Raises:
            AdaptiveError: a name has no clip, or a clip is not a positive finite number.
        """
        tensors: list[AdaptiveTensor] = []
        offset = 0
        for name, shape in shapes.items():
            clip = float(np.float32(clips.get(name, math.nan)))
            if not (math.isfinite(clip) and clip > 0):
                raise AdaptiveError(
                    f"adaptive tensor {name!r} has no usable clip T",
                    expected="a finite number above 0 for each adaptive tensor",
                    received=repr(clips.get(name)),
                    remedy="pass a clip for each adaptive tensor",
                )
            tensor = AdaptiveTensor(name, tuple(int(n) for n in shape), offset, clip)
            tensors.append(tensor)
            offset += tensor.size
        return cls(tuple(tensors))

    @property
    def size(self) -> int:
        """Number of floats in the buffer."""
        return sum(tensor.size for tensor in self.tensors)

    @cached_property
    def fingerprint(self) -> bytes:
        """Eight bytes that name this arrangement: names, shapes, offsets and clips."""
        return fingerprint(json.dumps(self.to_json(), sort_keys=True, separators=(",", ":")).encode())

    @cached_property
    def clip_vector(self) -> Vector:
        """T of every float of the buffer, float32 [size]."""
        clips = np.empty(self.size, np.float32)
        for tensor in self.tensors:
            clips[tensor.span] = np.float32(tensor.clip)
        return clips

    def flatten(self, values: Mapping[str, npt.NDArray[Any]]) -> Vector:
        """Named arrays to one float32 vector [size].

        Raises:
            AdaptiveError: a tensor is missing or has another shape.
        """
        flat = np.empty(self.size, np.float32)
        for tensor in self.tensors:
            value = values.get(tensor.name)
            if value is None or tuple(value.shape) != tensor.shape:
                raise AdaptiveError(
                    f"adaptive tensor {tensor.name!r} does not fit the layout",
                    expected=f"shape {tensor.shape}",
                    received="no such tensor" if value is None else f"shape {tuple(value.shape)}",
                )
            flat[tensor.span] = np.asarray(value, np.float32).reshape(-1)
        return flat

    def unflatten(self, vector: npt.NDArray[Any]) -> dict[str, npt.NDArray[np.float32]]:
        """One float32 vector [size] to named arrays."""
        if vector.shape != (self.size,):
            raise AdaptiveError(
                "an adaptive vector does not fit the layout",
                expected=f"{self.size} floats",
                received=f"an array of shape {vector.shape}",
            )
        return {t.name: np.asarray(vector[t.span], np.float32).reshape(t.shape) for t in self.tensors}

    def to_json(self) -> list[dict[str, Any]]:
        """The layout as the manifest holds it."""
        return [{"name": t.name, "shape": list(t.shape), "offset": t.offset, "clip": t.clip} for t in self.tensors]

    @classmethod
    def from_json(cls, rows: Sequence[Mapping[str, Any]]) -> Layout:
        """Read what `to_json` wrote."""
        layout = cls.of(
            {str(row["name"]): [int(n) for n in row["shape"]] for row in rows},
            {str(row["name"]): float(row["clip"]) for row in rows},
        )
        if [t.offset for t in layout.tensors] != [int(row["offset"]) for row in rows]:
            raise AdaptiveError("the offsets of the adaptive tensors leave gaps or overlap")
        return layout
