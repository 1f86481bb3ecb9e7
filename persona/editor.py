"""The editor of a bundle as what an adaptation wants: a callable."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from firmware_bridge.adapt import Propose
from models.runtime import Editor
from toolchain.bundle import Bundle
from toolchain.layout import Vector


def proposer(bundle: Bundle) -> Propose:
    """The editor that lies in `bundle`.

    Raises:
        TrainedError: there is none, or it is damaged.
    """
    editor = Editor.load(bundle.path)

    def propose(context: npt.NDArray[np.float32]) -> tuple[int, Vector]:
        proposal = editor.propose(context)
        return proposal.prototype, proposal.delta

    return propose
