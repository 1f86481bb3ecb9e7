"""Linear systems for many devices at once, by NumPy.

torch's batched LU (2.13.0, CPU) fails now and then where MKL runs it on two threads: SLASWP complains of its pivots.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def solve(systems: Tensor, right: Tensor) -> Tensor:
    """X float32 [d, n, k] with systems float32 [d, n, n] x = right float32 [d, n, k].

    Raises:
        numpy.linalg.LinAlgError: a system has no unique solution.
    """
    return torch.from_numpy(np.linalg.solve(systems.detach().numpy(), right.detach().numpy()))
