"""What makes an edit from the examples of one user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.recompile.opened import OpenedBase
from models.recompile.start import Start

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


Proposal = Start
"""An edit before it is written has the form of what it starts from."""


class Make(Protocol):
    """Makes the proposal for embeddings float32 [n, E] with labels int64 [n]."""

    def __call__(self, base: OpenedBase, embeddings: Floats, labels: Labels, /) -> Proposal:
        """Do it.

        Raises:
            LearningError: not from these examples, or not for this base.
        """
        ...


@dataclass(frozen=True)
class Method:
    """One row of the command line's `--method`.

    `version` changes with whatever changes its edits; `labelled` methods need two classes among the examples.
    """

    name: str
    make: Make
    about: str
    version: int = 1
    labelled: bool = True
