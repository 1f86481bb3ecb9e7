"""Hold a device to the NumPy reference and to an oracle, vector by vector.

What is integer must be equal to the bit. What is float is equal to the bit with the reference, whose order of
operations the device shares, and within `FLOAT_TOLERANCE` of an oracle, whose order differs (docs/numerics.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from firmware_bridge.client import Device
from firmware_bridge.matching import require_bundle
from firmware_bridge.messages import Traced
from hil.comparison import Tally, describe
from toolchain.bundle import Bundle
from toolchain.digest import fingerprint
from toolchain.golden import Golden, random_inputs
from toolchain.layout import Vector
from toolchain.model import Model
from toolchain.oracles import adaptive_values, open_oracle
from toolchain.progress import Progress, silent
from toolchain.reference import Inference, Reference

FLOAT_TOLERANCE: Final = 1e-5
"""Largest difference from an oracle's float output, relative to the largest value of that output (at least 1)."""

_SEED: Final = 0

Array = npt.NDArray[Any]
Ask = Callable[[tuple[Array, ...]], tuple[list[Array], dict[int, Array]]]
"""An oracle: inputs to outputs, and to the tensors between them that can be compared."""


@dataclass
class Report:
    """What came out. A vector is equal if the device agrees with the reference and the reference with the oracle."""

    equal: int = 0
    total: int = 0
    reference: Tally = field(default_factory=Tally)
    layers: Tally = field(default_factory=Tally)
    oracle_integers: Tally = field(default_factory=Tally)
    oracle_float_difference: float = 0.0
    first_difference: str = ""


def verify(
    device: Device, bundle: Bundle, oracle: str | None = None, samples: int | None = None, progress: Progress = silent
) -> Report:
    """Run the bundle's golden vectors on `device` with the bank that it runs now.

    Args:
        device: built from `bundle`.
        bundle: where vectors, reference and oracle come from.
        oracle: name of an oracle, or None for the reference alone.
        samples: number of vectors; random ones follow where the bundle has fewer. All golden ones if None.
        progress: told of every vector.

    Raises:
        MismatchError: the device was built from another bundle.
        ToolchainError: there is no such oracle.
    """
    require_bundle(device.hello, bundle)
    bank = device.read_bank()
    ask = None if oracle is None else oracle_of(bundle, oracle, bank)
    reference = Reference(bundle.model)
    report = Report()
    vectors = vectors_of(bundle, samples)
    for number, window in enumerate(vectors, 1):
        expected = reference.run(window, bank)
        raw = b"".join(np.ascontiguousarray(array).tobytes() for array in window)
        came = device.infer(raw, forget=number == 1 and bundle.model.stateful, trace=True)
        fine = _layers(report, number, bundle, expected, came.layers)
        fine = report.reference.compare(f"vector {number}, output", expected.output_bytes, came.output) and fine
        if ask is not None:
            fine = agree(report, number, expected, *ask(window)) and fine
        report.equal += fine
        report.total += 1
        progress("verify", number, len(vectors))
    found = (report.layers, report.reference, report.oracle_integers)
    report.first_difference = next((tally.first_difference for tally in found if tally.first_difference), "")
    return report


def _layers(report: Report, number: int, bundle: Bundle, expected: Inference, came: tuple[Traced, ...]) -> bool:
    """Whether the digest of every layer is the reference's; the first that is not is remembered by name."""
    model = bundle.model
    digests = {traced.op: traced.digest for traced in came}
    verdicts = []
    for kernel in model.kernels:
        op, wanted = model.operator(kernel), fingerprint(expected.tensors[kernel.outputs[0]].tobytes())
        where = f"vector {number}, digest of operator {op.index} ({op.kind})"
        verdicts.append(report.layers.compare(where, wanted, digests.get(op.index, b"")))
    return all(verdicts)


def vectors_of(bundle: Bundle, samples: int | None) -> list[tuple[Array, ...]]:
    """The golden inputs, the first `samples` of them; random ones follow where the bundle has fewer."""
    golden: Golden = bundle.golden
    wanted = len(golden) if samples is None else samples
    vectors = [golden.window(index) for index in range(min(wanted, len(golden)))]
    if wanted > len(vectors):
        more = random_inputs(bundle.model, wanted - len(vectors), _SEED)
        vectors += [tuple(array[i] for array in more) for i in range(wanted - len(vectors))]
    return vectors


def oracle_of(bundle: Bundle, name: str, bank: Vector) -> Ask:
    """The oracle `name` on the model of `bundle` with the adaptive parameters `bank`.

    Raises:
        ToolchainError: there is no such oracle, or it cannot run this model.
    """
    patched = adaptive_values(bundle.model, bank) if bundle.layout.size else None
    oracle = open_oracle(name, bundle.tflite, patched)
    # LiteRT's default kernels do not keep what lies between input and output.
    between = [] if name == "litert" else _comparable(bundle.model)

    def ask(window: tuple[Array, ...]) -> tuple[list[Array], dict[int, Array]]:
        outputs = oracle.run(window)
        return outputs, {index: oracle.tensor(index) for index in between}

    return ask


def _comparable(model: Model) -> list[int]:
    """Integer tensors that the device computes in the shape that the .tflite file gives them."""
    outputs = [kernel.outputs[0] for kernel in model.kernels]
    source, graph = model.source.tensors, model.graph.tensors
    return [
        index
        for index in outputs
        if index < len(source) and source[index].shape == graph[index].shape and graph[index].dtype.numpy.kind != "f"
    ]


def agree(report: Report, number: int, expected: Inference, outputs: list[Array], between: dict[int, Array]) -> bool:
    """Whether the oracle agrees with the reference on one vector, layer by layer."""
    pairs = [(f"tensor {index}", expected.tensors[index], theirs) for index, theirs in between.items()]
    pairs += [(f"output {place}", *pair) for place, pair in enumerate(zip(expected.outputs, outputs, strict=True))]
    verdicts = [_same(report, f"vector {number}, oracle's {what}", mine, theirs) for what, mine, theirs in pairs]
    return all(verdicts)


def _same(report: Report, where: str, mine: Array, theirs: Array) -> bool:
    if mine.dtype.kind != "f":
        return report.oracle_integers.compare(where, theirs.tobytes(), np.ascontiguousarray(mine).tobytes())
    largest = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
    difference = float(np.max(np.abs(mine - theirs), initial=0.0)) / largest
    report.oracle_float_difference = max(report.oracle_float_difference, difference)
    if not difference <= FLOAT_TOLERANCE and not report.oracle_integers.first_difference:
        report.oracle_integers.first_difference = describe(where, theirs.tobytes(), mine.tobytes())
    return difference <= FLOAT_TOLERANCE
