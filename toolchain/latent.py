"""The latent table: the editor's last, linear stage in int8, as it lies on the device for the codec `latent`.

For one adaptive tensor with the part c of a code and its rows G, g:

    delta[i] = clip((float)(sum over k of c[k] * G[k][i] + 127 * g[i]) * scale), -T..T

The sum is one of integers below 2^24, so that its float32 is exact (docs/protocol.md, "Edit").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors import numpy as tensors

from toolchain.errors import AdaptiveError, BundleError
from toolchain.layout import Layout, Vector

CODE_MOST: Final = 256
"""Most bytes of a code: a device copies it to its stack."""

LEVELS: Final = 127
_FLOAT_BYTES: Final = 4
_MATRIX: Final = 2
Code = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Part:
    """How one adaptive tensor comes from a code.

    Attributes:
        first: where its part of the code begins.
        scale: a float32 above 0, real size of one unit of the sum.
        rows: int8 [count + 1, tensor's size]: G, then g.
    """

    first: int
    scale: float
    rows: npt.NDArray[np.int8]

    @property
    def count(self) -> int:
        """Levels of the code that this tensor uses."""
        return len(self.rows) - 1

    @property
    def span(self) -> slice:
        """Its part of the code."""
        return slice(self.first, self.first + self.count)


@dataclass(frozen=True, eq=False)
class Latent:
    """The parts of all adaptive tensors, in the order of the layout."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, parts: Sequence[Part], layout: Layout) -> Latent:
        """The table of `parts`, checked against the layout.

        Raises:
            AdaptiveError: a part does not fit its tensor, or the code would be too long for a device.
        """
        if len(parts) != len(layout.tensors):
            raise _wrong("the latent table", f"{len(layout.tensors)} parts", str(len(parts)))
        for part, tensor in zip(parts, layout.tensors, strict=True):
            name = f"the latent table of {tensor.name!r}"
            if part.rows.dtype != np.int8 or part.rows.ndim != _MATRIX or part.rows.shape[1] != tensor.size:
                shape = f"int8 [levels + 1, {tensor.size}]"
                raise _wrong(name, shape, f"{part.rows.dtype} {list(part.rows.shape)}")
            if not len(part.rows) or part.first < 0:
                raise _wrong(name, "a part of the code and one row more", f"first {part.first}, {len(part.rows)} rows")
            if not (np.isfinite(np.float32(part.scale)) and np.float32(part.scale) > 0):
                raise _wrong(name, "a scale above 0 in float32", str(part.scale))
        table = cls(tuple(Part(p.first, float(np.float32(p.scale)), np.ascontiguousarray(p.rows)) for p in parts))
        most = min(CODE_MOST, _FLOAT_BYTES * layout.size)
        if not 0 < table.code_bytes <= most:
            raise _wrong("the latent table's code", f"1 to {most} bytes, which fit a bank", str(table.code_bytes))
        return table

    @property
    def code_bytes(self) -> int:
        """Bytes of a code, which are those of a payload."""
        return max((part.first + part.count for part in self.parts), default=0)

    @property
    def table_bytes(self) -> int:
        """Bytes of the rows in the device's flash."""
        return sum(part.rows.nbytes for part in self.parts)

    def decode(self, code: Code, layout: Layout) -> Vector:
        """The delta, float32 [size], that a device makes of `code`, int8 [code_bytes] in -127..127."""
        delta = np.empty(layout.size, np.float32)
        for part, tensor in zip(self.parts, layout.tensors, strict=True):
            weights = np.append(code[part.span].astype(np.int32), np.int32(LEVELS))
            sums = weights @ part.rows.astype(np.int32)
            most = np.float32(tensor.clip)
            delta[tensor.span] = np.clip(sums.astype(np.float32) * np.float32(part.scale), -most, most)
        return delta

    def fit(self, delta: npt.NDArray[Any], layout: Layout) -> Code:
        """The code, int8 [code_bytes], whose delta is nearest to `delta`, float32 [size]: least squares, then rounded.

        Parts of the code that two tensors share are fitted to both. Clipping by T is left out of account.
        """
        rows = np.zeros((layout.size, self.code_bytes))
        wanted = np.empty(layout.size)
        for part, tensor in zip(self.parts, layout.tensors, strict=True):
            rows[tensor.span, part.span] = part.scale * part.rows[:-1].T.astype(np.float64)
            wanted[tensor.span] = delta[tensor.span] - part.scale * LEVELS * part.rows[-1].astype(np.float64)
        found = np.linalg.lstsq(rows, wanted, rcond=None)[0]
        code: Code = np.clip(np.rint(found), -LEVELS, LEVELS).astype(np.int8)
        return code

    def rounding_bound(self, layout: Layout) -> Vector:
        """Most that rounding a code to whole levels moves each delta, float32 [size]; no level may leave -127..127."""
        bound = np.empty(layout.size, np.float32)
        for part, tensor in zip(self.parts, layout.tensors, strict=True):
            bound[tensor.span] = part.scale / 2 * np.abs(part.rows[:-1].astype(np.int32)).sum(axis=0)
        return bound

    def pack(self) -> bytes:
        """The file `latent.safetensors`: `first` int32 [tensors], `scale` float32 [tensors], `rows_i` int8 for each."""
        arrays: dict[str, npt.NDArray[Any]] = {f"rows_{i}": part.rows for i, part in enumerate(self.parts)}
        arrays["first"] = np.array([part.first for part in self.parts], np.int32)
        arrays["scale"] = np.array([part.scale for part in self.parts], np.float32)
        return tensors.save(arrays)

    @classmethod
    def parse(cls, data: bytes, layout: Layout) -> Latent:
        """Read what `pack` wrote.

        Raises:
            BundleError: not such a file, or it does not fit the layout.
        """
        try:
            arrays = tensors.load(data)
            first, scale = arrays["first"].tolist(), arrays["scale"].tolist()
            parts = [Part(at, size, arrays[f"rows_{i}"]) for i, (at, size) in enumerate(zip(first, scale, strict=True))]
            return cls.of(parts, layout)
        except (SafetensorError, KeyError, ValueError, AdaptiveError) as error:
            raise BundleError(
                "latent.safetensors is damaged", received=str(error), remedy="compile the bundle again"
            ) from error


def _wrong(what: str, expected: str, received: str) -> AdaptiveError:
    return AdaptiveError(
        f"{what} does not fit the layout", expected=expected, received=received, remedy="export the editor again"
    )
