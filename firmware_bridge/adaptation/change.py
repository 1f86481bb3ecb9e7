"""Does an edit pay: how far would it move the bank that runs?"""

from __future__ import annotations

import numpy as np

from toolchain.layout import Layout, Vector


def change_of(running: Vector, proposed: Vector, layout: Layout) -> float:
    """Root mean square of the change of each parameter, as a share of T of its tensor.

    Args:
        running: the bank that the device runs, float32 [size].
        proposed: the bank that the edit would make, float32 [size].
        layout: gives T.
    """
    shares = (proposed.astype(np.float64) - running) / layout.clip_vector
    return float(np.sqrt(np.mean(np.square(shares)))) if shares.size else 0.0
