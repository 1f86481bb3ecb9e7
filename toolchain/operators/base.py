"""What an operator becomes: a call of one C kernel with constants, and the same arithmetic in NumPy.

Each module of this package turns one TFLite operator into a `Kernel`. The C function and `run` take the same operands
in the same order and compute the same bits; the tests hold one against the other and both against TFLite Micro.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.errors import ModelError
from toolchain.graph import DType, Graph, Operator, Tensor
from toolchain.requant import Rounding

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class MacroTable:
    """A constant table that the C compiler finishes: each class of core may keep its elements in a form of its own.

    Attributes:
        macro: name of the macro (runtime/kernels/packing.h); it gives one element or several, comma-separated.
        rows: its arguments, integers [calls, arguments].
        element: element type of the table.
        size: number of elements that all calls give together.
    """

    macro: str
    rows: Array
    element: np.dtype[Any]
    size: int

    @property
    def nbytes(self) -> int:
        """Size of the table in bytes."""
        return self.size * self.element.itemsize

    def tobytes(self) -> bytes:
        """What the table is made of."""
        return self.rows.tobytes()


Constant = int | float | Array | MacroTable | Mapping[str, Any] | None
"""A field of a kernel's argument struct; arrays become constant tables, mappings structs in the struct, None NULL."""

Run = Callable[[Sequence[Array]], tuple[Array, ...]]
"""Arrays of the input operands, empty where absent, to a tuple of output arrays."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """One operator, ready for emission and for the NumPy reference.

    Attributes:
        operator: the operator's place in the graph.
        function: name of the C kernel without its prefix; "" for an operator that only renames its input.
        operands: tensor indices of the C function's pointer arguments: inputs, outputs, states; ABSENT becomes NULL.
        outputs: tensor indices that it writes, also in `operands`.
        run: the same arithmetic in NumPy, in the graph's shapes and dtypes; it takes states after the inputs and
            returns them after the outputs.
        args: fields of the kernel's constant argument struct.
        macs: multiply-accumulate operations.
        in_place: position among the input operands whose memory the first output may take over, or None.
        lead: bytes by which that output begins before that input: what it takes for an output that is longer, so that
            nothing is overwritten before it was read.
        scratch_bytes: bytes of working memory in the arena, passed as the last argument if not 0.
        listed: "inputs" or "outputs" if the C function takes those as one array of pointers, because there may be
            any number of them.
        states: variable tensors that it reads and writes, also the last of `operands`.
        packed: constant operands that the C code holds in another form: tensor index to the table it gets instead.
        offsets: where each output begins in the input, in bytes, for an operator that only renames it; () is all 0.
    """

    operator: int
    function: str
    operands: tuple[int, ...]
    outputs: tuple[int, ...]
    run: Run
    args: Mapping[str, Constant] = field(default_factory=dict)
    macs: int = 0
    in_place: int | None = None
    lead: int = 0
    scratch_bytes: int = 0
    listed: str = ""
    states: tuple[int, ...] = ()
    offsets: tuple[int, ...] = ()
    packed: Mapping[int, Array | MacroTable] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[int, ...]:
        """Operands that are read only."""
        return self.operands[: len(self.operands) - len(self.outputs) - len(self.states)]


@dataclass(frozen=True)
class Lowering:
    """What a lowering function needs to know: its operator, the graph around it, the rounding contract."""

    op: Operator
    graph: Graph
    rounding: Rounding

    def tensor(self, position: int) -> Tensor:
        """The input at `position`.

        Raises:
            ModelError: the operator has no such input.
        """
        found = self.optional(position)
        if found is None:
            raise self.unsupported(f"input {position} is missing")
        return found

    def optional(self, position: int) -> Tensor | None:
        """The input at `position`, or None where it is left out."""
        if position >= len(self.op.inputs) or self.op.inputs[position] < 0:
            return None
        return self.graph.tensors[self.op.inputs[position]]

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.graph.tensors[self.op.outputs[0]]

    def constant(self, position: int) -> Array:
        """Values of a constant input.

        Raises:
            ModelError: the input is computed at run time.
        """
        tensor = self.tensor(position)
        if tensor.data is None:
            raise self.unsupported(f"input {tensor.name!r} is not a constant")
        return tensor.data

    def types(self, *positions: int) -> tuple[DType, ...]:
        """Element types of some inputs, then of the output."""
        return (*(self.tensor(p).dtype for p in positions), self.output.dtype)

    def expect_output(self, shape: tuple[int, ...]) -> None:
        """Refuse an output of another shape.

        Raises:
            ModelError: what the operator gives would not fit into the memory of its output.
        """
        if self.output.shape != shape:
            raise self.unsupported(f"it gives {shape}, but its output has shape {self.output.shape}")

    def expect_elements(self, count: int) -> None:
        """Refuse an output of another number of elements.

        Raises:
            ModelError: what the operator gives would not fit into the memory of its output.
        """
        if self.output.elements != count:
            raise self.unsupported(f"it gives {count} elements, but its output has {self.output.elements}")

    def unsupported(self, why: str) -> ModelError:
        """The error for a form of the operator that the compiler does not know."""
        return ModelError(
            f"operator {self.op.index} ({self.op.kind}) is not supported: {why}",
            remedy="see docs/operators.md for the forms that are",
        )


Lower = Callable[[Lowering], Kernel]


def clamp(values: Array, low: float, high: float, dtype: type[np.generic]) -> Array:
    """Clamp and cast."""
    return np.clip(values, low, high).astype(dtype)


def float_range(activation: str) -> tuple[float, float]:
    """Clamp of a fused activation on floats."""
    largest = float(np.finfo(np.float32).max)
    ranges = {"RELU": (0.0, largest), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}
    return ranges.get(activation, (-largest, largest))
