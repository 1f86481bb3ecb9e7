"""Two compiled models side by side, or one and what a device was seen to hold: where they differ, layer by layer.

Differences come in the order in which they act: contract, layout, operators, quantisation, weights, adaptive values,
outputs. The first one is usually the cause of all that follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from toolchain.golden import Golden
from toolchain.graph import Operator, Tensor
from toolchain.model import Model
from toolchain.reference import Reference

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Difference:
    """One difference: of what kind, at which layer or name, and both sides."""

    kind: str
    where: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.kind}, {self.where}: {self.first} against {self.second}"


@dataclass(frozen=True, eq=False)
class Observed:
    """What a device was seen to hold and to answer.

    Attributes:
        base: its base fingerprint.
        layout: its layout fingerprint.
        bank: the adaptive parameters that it runs, float32.
        outputs: its answers to the golden inputs, in order.
        layers: outputs of single operators for the first golden input, by place, where the device can tell them.
    """

    base: bytes
    layout: bytes
    bank: npt.NDArray[np.float32]
    outputs: Sequence[bytes]
    layers: Mapping[int, bytes] = field(default_factory=dict)


def compare_models(first: Model, second: Model, golden: Golden) -> list[Difference]:
    """All differences of two models; the golden inputs are those of the first."""
    found = [*_contracts(first, second), *_layers(first, second)]
    if first.prototypes.shape == second.prototypes.shape:
        rows = zip(first.prototypes, second.prototypes, strict=True)
        for entry, (ours, theirs) in enumerate(rows):
            found += _values("prototype", f"entry {entry}", ours, theirs)
    else:
        found.append(Difference("prototypes", "table", str(first.prototypes.shape), str(second.prototypes.shape)))
    same_inputs = [_form(first.graph.tensors[i]) for i in first.graph.inputs] == [
        _form(second.graph.tensors[i]) for i in second.graph.inputs
    ]
    return found + list(_runs(first, second, golden)) if same_inputs else found


def compare_device(model: Model, golden: Golden, seen: Observed) -> list[Difference]:
    """What a device does otherwise than the reference under the bank that the device holds."""
    found = []
    if seen.base != model.base:
        found.append(Difference("base", "fingerprint", model.base.hex(), seen.base.hex()))
    if seen.layout != model.layout.fingerprint:
        found.append(Difference("layout", "fingerprint", model.layout.fingerprint.hex(), seen.layout.hex()))
    if found:
        return found
    for tensor in model.layout.tensors:
        ours, theirs = model.prototypes[0][tensor.span], seen.bank[tensor.span]
        found += _values("bank against the factory head", tensor.name, ours, theirs)
    reference = Reference(model)
    for number, answer in enumerate(seen.outputs):
        expected = reference.run(golden.window(number), seen.bank)
        if number == 0:
            found += _device_layers(model, expected.tensors, seen.layers)
        where = f"golden vector {number} under the device's bank"
        found += _values("output", where, _raw(expected.output_bytes), _raw(answer))
    return found


def _raw(data: bytes) -> Array:
    return np.frombuffer(data, np.uint8)


def _device_layers(model: Model, tensors: Mapping[int, Array], layers: Mapping[int, bytes]) -> Iterator[Difference]:
    for kernel in model.kernels:
        if kernel.operator in layers:
            ours = np.ascontiguousarray(tensors[kernel.outputs[0]]).tobytes()
            yield from _values("layer", _named(model.operator(kernel)), _raw(ours), _raw(layers[kernel.operator]))


def _contracts(first: Model, second: Model) -> Iterator[Difference]:
    if first.rounding is not second.rounding:
        yield Difference("rounding", "integer operators", first.rounding.value, second.rounding.value)
    for a, b in zip_longest(first.layout.tensors, second.layout.tensors):
        if a != b:
            yield Difference(
                "layout", (a or b).name, *("absent" if t is None else f"{t.shape} T={t.clip:g}" for t in (a, b))
            )


def _layers(first: Model, second: Model) -> Iterator[Difference]:
    """Operators in order, with the tensors they read and write."""
    for a, b in zip_longest(first.source.operators, second.source.operators):
        if a is None or b is None or a.kind != b.kind:
            names = ["none" if op is None else _named(op) for op in (a, b)]
            yield Difference("operators", f"place {(a or b).index}", *names)
            return
        if dict(a.options) != dict(b.options):
            yield Difference("options", _named(a), str(dict(a.options)), str(dict(b.options)))
        for side in ("inputs", "outputs"):
            pairs = zip_longest(_tensors(first, getattr(a, side)), _tensors(second, getattr(b, side)))
            for place, (ours, theirs) in enumerate(pairs):
                yield from _tensor(f"{side[:-1]} {place} of {_named(a)}", ours, theirs)


def _tensors(model: Model, indices: Sequence[int]) -> list[Tensor | None]:
    return [model.source.tensors[i] if i >= 0 else None for i in indices]


def _tensor(where: str, ours: Tensor | None, theirs: Tensor | None) -> Iterator[Difference]:
    if ours is None or theirs is None:
        if ours is not theirs:
            yield Difference("operands", where, *("absent" if t is None else _form(t) for t in (ours, theirs)))
        return
    if _form(ours) != _form(theirs):
        yield Difference("shape or type", where, _form(ours), _form(theirs))
        return
    if _scales(ours) != _scales(theirs):
        yield Difference("quantisation", where, _scales(ours), _scales(theirs))
    if ours.data is not None and theirs.data is not None:
        yield from _values("weights", where, ours.data, theirs.data)


def _form(tensor: Tensor) -> str:
    constant = "constant " if tensor.data is not None else ""
    return f"{constant}{tensor.dtype.value} {tensor.shape}"


def _scales(tensor: Tensor) -> str:
    found = tensor.quantisation
    if found is None:
        return "none"
    return f"scale {found.scale.tolist()}, zero point {found.zero_point.tolist()}, axis {found.axis}"


def _values(kind: str, where: str, ours: Array, theirs: Array) -> list[Difference]:
    """Where two arrays differ in a bit: how many elements, and the first of them."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return [Difference(kind, where, f"{ours.dtype} {ours.shape}", f"{theirs.dtype} {theirs.shape}")]
    bits = [np.ascontiguousarray(a).reshape(-1).view(np.uint8).reshape(max(a.size, 1), -1) for a in (ours, theirs)]
    places = np.flatnonzero((bits[0] != bits[1]).any(axis=1)) if ours.size else np.array([], np.int64)
    if not places.size:
        return []
    place = int(places[0])
    what = f"{where}: {places.size} of {ours.size} elements, first at {place}"
    return [Difference(kind, what, str(ours.reshape(-1)[place]), str(theirs.reshape(-1)[place]))]


def _runs(first: Model, second: Model, golden: Golden) -> Iterator[Difference]:
    """The first layer of the first golden vector whose outputs differ, then the outputs of all vectors."""
    references = Reference(first), Reference(second)
    for number in range(len(golden)):
        runs = [reference.run(golden.window(number)) for reference in references]
        if number == 0:
            yield from _first_layer(first, runs[0].tensors, runs[1].tensors)
        for place, (ours, theirs) in enumerate(zip(runs[0].outputs, runs[1].outputs, strict=False)):
            yield from _values("output", f"{place} of golden vector {number}", ours, theirs)


def _first_layer(model: Model, ours: Mapping[int, Array], theirs: Mapping[int, Array]) -> Iterator[Difference]:
    for kernel in model.kernels:
        tensor = kernel.outputs[0]
        if tensor in ours and tensor in theirs:
            found = _values("layer", f"{_named(model.operator(kernel))}, golden vector 0", ours[tensor], theirs[tensor])
            if found:
                yield from found
                return


def _named(op: Operator) -> str:
    return f"operator {op.index} ({op.kind})"
