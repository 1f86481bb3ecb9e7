"""One operator lowered, whatever the file says about it: a kernel or one ModelError.

A lowering function computes with shapes, scales and options that come from a file. Where they contradict each other
(a bias that is too short, a scale of zero, two dimensions where four are needed) NumPy and Python raise errors of their
own; they are translated here, once, instead of being foreseen in every operator.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from toolchain.operators.base import Kernel, Lower, Lowering

_CONTRADICTIONS: Final = (ArithmeticError, IndexError, KeyError, MemoryError, TypeError, ValueError)
_INT32: Final = np.iinfo(np.int32)


def guarded(lower: Lower, low: Lowering) -> Kernel:
    """Call `lower`.

    Raises:
        ModelError: the operator's form is not supported or contradicts itself.
    """
    try:
        with np.errstate(all="ignore"):
            kernel = lower(low)
    except _CONTRADICTIONS as error:
        raise low.unsupported(f"its shapes, scales or options do not fit together ({error})") from error
    wide = [name for name, value in kernel.args.items() if isinstance(value, int) and not _fits(value)]
    if wide:
        raise low.unsupported(f"{wide[0]} = {kernel.args[wide[0]]} does not fit 32 bits")
    return kernel


def _fits(value: int) -> bool:
    return _INT32.min <= value <= _INT32.max
