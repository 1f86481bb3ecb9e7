"""The interface of an oracle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy.typing as npt


class Oracle(Protocol):
    """A runtime that runs one .tflite file."""

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """One inference: an array for each graph input to an array for each graph output."""

    def tensor(self, index: int) -> npt.NDArray[Any]:
        """A tensor of the last inference, by its index in the file."""
