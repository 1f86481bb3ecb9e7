"""Bytes of the constant tables in the generated C: weights, biases, multipliers, prototypes, attachments.

These are exact: C lays arrays out as they are. Code and argument structs depend on the compiler and come on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from toolchain.graph import ABSENT
from toolchain.model import Model
from toolchain.operators.base import Kernel, MacroTable


def weight_bytes(model: Model) -> int:
    """Constant tensors as kernels read them, each counted once; adaptive ones are in the prototypes."""
    called = [kernel for kernel in model.kernels if kernel.function]
    packed = {(i, array.tobytes()): array.nbytes for kernel in called for i, array in kernel.packed.items()}
    used = {i for kernel in called for i in kernel.inputs if i != ABSENT and i not in model.adaptive}
    plain = sum(
        model.graph.tensors[i].nbytes for i in used - {i for i, _ in packed} if model.graph.tensors[i].data is not None
    )
    return plain + sum(packed.values())


def table_bytes(kernel: Kernel) -> int:
    """Tables in one kernel's argument struct: folded biases, multipliers, places."""
    return _tables(kernel.args) if kernel.function else 0


def _tables(args: Mapping[str, Any]) -> int:
    arrays = sum(value.nbytes for value in args.values() if isinstance(value, np.ndarray | MacroTable))
    return arrays + sum(_tables(value) for value in args.values() if isinstance(value, Mapping))


def prototype_bytes(model: Model) -> int:
    """The prototype table; nothing for a model without adaptive parameters."""
    return 4 * model.prototypes.size if model.layout.size else 0


def constant_bytes(model: Model) -> int:
    """All constant tables of the generated C: a lower bound of the model's flash."""
    tables = sum(table_bytes(kernel) for kernel in model.kernels)
    attached = sum(model.attachments.table_bytes.values())
    return weight_bytes(model) + tables + prototype_bytes(model) + attached
