"""Frozen evaluation vectors on the device, with which TRY judges an edit before COMMIT (docs/protocol.md).

A vector is right where the largest element of the model's first output, the first of equals, is the labelled one.
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

COUNT_MOST: Final = 65_535
_MATRIX: Final = 2


@dataclass(frozen=True, eq=False)
class Trials:
    """Vectors for one model.

    Attributes:
        inputs: uint8 [n, bytes of all inputs in graph order], as a device takes them.
        labels: uint8 [n].
        least: vectors that must be right, 0..n.
    """

    inputs: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    least: int

    @classmethod
    def of(cls, inputs: Sequence[npt.NDArray[Any]], labels: npt.NDArray[Any], least: int) -> Trials:
        """Vectors from one array [n, *shape] for each graph input, in the device's elements, and labels [n].

        Raises:
            AdaptiveError: counts that differ, no vectors, or a label or `least` out of range.
        """
        count = len(labels)
        if not 0 < count <= COUNT_MOST or not all(len(array) == count for array in inputs):
            raise _wrong("inputs and labels", f"the same number of each, 1 to {COUNT_MOST}", f"{count} labels")
        if not 0 <= least <= count:
            raise _wrong("the number that must be right", f"0 to {count}", str(least))
        whole = np.asarray(labels).astype(np.int64)
        if whole.ndim != 1 or whole.min() < 0 or whole.max() > np.iinfo(np.uint8).max:
            raise _wrong("a label", "0 to 255, an element of the first output", f"{whole.min()} to {whole.max()}")
        rows = [np.ascontiguousarray(array).reshape(count, -1).view(np.uint8) for array in inputs]
        return cls(np.concatenate(rows, axis=1), whole.astype(np.uint8), least)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def table_bytes(self) -> int:
        """Bytes in the device's flash."""
        return self.inputs.nbytes + self.labels.nbytes

    def pack(self) -> bytes:
        """The file `trials.safetensors`: `inputs` uint8 [n, bytes], `labels` uint8 [n], `least` int32 [1]."""
        return tensors.save({"inputs": self.inputs, "labels": self.labels, "least": np.array([self.least], np.int32)})

    @classmethod
    def parse(cls, data: bytes) -> Trials:
        """Read what `pack` wrote.

        Raises:
            BundleError: not such a file.
        """
        try:
            arrays = tensors.load(data)
            inputs, labels, (least,) = arrays["inputs"], arrays["labels"], arrays["least"].tolist()
            if inputs.dtype != np.uint8 or inputs.ndim != _MATRIX:
                raise _wrong("inputs", "uint8 [n, bytes]", f"{inputs.dtype} {inputs.shape}")
            return cls.of((inputs,), labels, int(least))
        except (SafetensorError, KeyError, ValueError, AdaptiveError) as error:
            raise BundleError(
                "trials.safetensors is damaged", received=str(error), remedy="compile the bundle again"
            ) from error


def _wrong(what: str, expected: str, received: str) -> AdaptiveError:
    return AdaptiveError(
        f"the trial vectors cannot be: {what}", expected=expected, received=received, remedy="export the model again"
    )
