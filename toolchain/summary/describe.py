"""The description of a compiled model: what `persona inspect` shows, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from toolchain.graph import Tensor
from toolchain.model import Model
from toolchain.operators.base import Kernel
from toolchain.summary.constants import constant_bytes, table_bytes, weight_bytes
from toolchain.summary.timeline import Timeline, timeline


@dataclass(frozen=True)
class Step:
    """One operator: its place in the model, TFLite name, kernel ("" for a view), output, cost."""

    operator: int
    kind: str
    kernel: str
    output: str
    shape: tuple[int, ...]
    dtype: str
    macs: int
    constant_bytes: int
    alive_bytes: int
    adaptive: tuple[str, ...]


@dataclass(frozen=True)
class Attached:
    """What the device holds beside the model; 0 and false for what is missing.

    Attributes:
        code_bytes: a payload of the codec `latent`.
        latent_bytes: its table.
        trial_vectors: vectors of TRY.
        trials_least: how many of them must be right.
        trials_bytes: their bytes.
        drift_reference: whether the device knows what its embedding looked like in training.
    """

    code_bytes: int
    latent_bytes: int
    trial_vectors: int
    trials_least: int
    trials_bytes: int
    drift_reference: bool

    @classmethod
    def of(cls, model: Model) -> Attached:
        """That of a model."""
        sizes, latent, trials = model.attachments.table_bytes, model.latent, model.trials
        return cls(
            code_bytes=0 if latent is None else latent.code_bytes,
            latent_bytes=sizes["latent"],
            trial_vectors=0 if trials is None else len(trials),
            trials_least=0 if trials is None else trials.least,
            trials_bytes=sizes["trials"],
            drift_reference=model.reference is not None,
        )


@dataclass(frozen=True)
class Summary:
    """A compiled model in numbers; sizes in bytes."""

    name: str
    rounding: str
    base: str
    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    types: dict[str, int]
    adaptive: tuple[dict[str, Any], ...]
    macs: int
    constant_bytes: int
    weight_bytes: int
    adaptive_bytes: int
    prototypes: int
    attached: Attached
    memory: Timeline

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        memory = self.memory
        return {
            "name": self.name,
            "rounding": self.rounding,
            "base": self.base,
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "types": self.types,
            "operators": [vars(step) for step in self.steps],
            "adaptive": list(self.adaptive),
            "prototypes": self.prototypes,
            **vars(self.attached),
            "macs": self.macs,
            "memory": {
                "constant_bytes": self.constant_bytes,
                "weight_bytes": self.weight_bytes,
                "arena_bytes": memory.arena_bytes,
                "arena_lower_bound": memory.lower_bound,
                "adaptive_bytes": self.adaptive_bytes,
                "peak_operator": memory.peak_name,
                "alive_bytes": [memory.alive(step) for step in range(len(memory.steps))],
                "blocks": [vars(lane) for lane in memory.lanes],
            },
        }


def describe(model: Model) -> Summary:
    """Describe a compiled model."""
    memory = timeline(model)
    graph = model.graph
    activations = {i for kernel in model.kernels for i in (*kernel.inputs, *kernel.outputs) if i >= 0}
    types: dict[str, int] = {}
    for index in activations:
        types[graph.tensors[index].dtype.value] = types.get(graph.tensors[index].dtype.value, 0) + 1
    return Summary(
        name=graph.name,
        rounding=model.rounding.value,
        base=model.base.hex(),
        steps=tuple(_step(model, kernel, memory.alive(number)) for number, kernel in enumerate(model.kernels)),
        inputs=tuple(_signal(graph.tensors[i]) for i in graph.inputs),
        outputs=tuple(_signal(graph.tensors[i]) for i in graph.outputs),
        types=dict(sorted(types.items())),
        adaptive=tuple({"name": t.name, "shape": list(t.shape), "clip": t.clip} for t in model.layout.tensors),
        macs=model.macs,
        constant_bytes=constant_bytes(model),
        weight_bytes=weight_bytes(model),
        adaptive_bytes=4 * model.layout.size,
        prototypes=len(model.prototypes) if model.layout.size else 0,
        attached=Attached.of(model),
        memory=memory,
    )


def _step(model: Model, kernel: Kernel, alive: int) -> Step:
    op, out = model.operator(kernel), model.graph.tensors[kernel.outputs[0]]
    weights = {i for i in kernel.inputs if i >= 0 and i not in model.adaptive}
    constants = sum(t.nbytes for t in (model.graph.tensors[i] for i in weights) if t.data is not None)
    return Step(
        operator=op.index,
        kind=op.kind,
        kernel=kernel.function,
        output=out.name,
        shape=out.shape,
        dtype=out.dtype.value,
        macs=kernel.macs,
        constant_bytes=constants + table_bytes(kernel) if kernel.function else 0,
        alive_bytes=alive,
        adaptive=tuple(model.adaptive[i] for i in kernel.inputs if i in model.adaptive),
    )


def _signal(tensor: Tensor) -> str:
    return f"{tensor.name}: {tensor.dtype.value} {'x'.join(map(str, tensor.shape)) or 'scalar'}"
