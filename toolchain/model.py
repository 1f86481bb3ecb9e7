"""A compiled model: the graph, its kernels, its memory plan, and which of its parameters are adaptive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.attachments import Attachments
from toolchain.digest import fingerprint
from toolchain.errors import AdaptiveError
from toolchain.graph import DType, Graph, Operator, Tensor
from toolchain.latent import Latent
from toolchain.layout import Layout
from toolchain.operators import lower_graph
from toolchain.operators.base import Kernel
from toolchain.passes import ALL_PASSES, Pass
from toolchain.passes.constants import fold_constants
from toolchain.passes.dead_channels import remove_dead_channels
from toolchain.passes.fuse_add import fuse_add
from toolchain.passes.fuse_pad import fuse_pad
from toolchain.passes.in_place import choose_in_place, forbid_in_place
from toolchain.passes.quantised_tables import quantise_tables
from toolchain.passes.variables import resolve_variables
from toolchain.passes.views import use_views
from toolchain.planner import Plan, plan_memory
from toolchain.requant import Rounding
from toolchain.statistics import Reference
from toolchain.trials import Trials

_NOTHING: Final = Attachments()


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that the code generator, the reference and the bundle need to know.

    Attributes:
        source: the mixed graph as it was read; the base fingerprint is taken over it.
        graph: what the passes made of it; tensor and operator indices are those of `source`.
        kernels: its operators, lowered.
        plan: the memory plan.
        rounding: contract of the integer operators.
        layout: the adaptive buffer; empty if nothing is adaptive.
        adaptive: tensor index in the graph to name in the layout.
        prototypes: float32 [entries, layout.size]; entry 0 is the factory head.
        embedding: tensor index of the int8 activation that the first adaptive operator sees, or None.
        attachments: what the device holds beside the model.
    """

    source: Graph
    graph: Graph
    kernels: tuple[Kernel, ...]
    plan: Plan
    rounding: Rounding
    layout: Layout
    adaptive: Mapping[int, str]
    prototypes: npt.NDArray[np.float32]
    embedding: int | None
    attachments: Attachments = _NOTHING

    @classmethod
    def of(  # noqa: PLR0913  # a model has that many independent parts
        cls,
        graph: Graph,
        *,
        rounding: Rounding = Rounding.TFLM,
        layout: Layout | None = None,
        adaptive: Mapping[int, str] | None = None,
        prototypes: npt.NDArray[np.float32] | None = None,
        passes: frozenset[Pass] = ALL_PASSES,
        latent: Latent | None = None,
        trials: Trials | None = None,
        reference: Reference | None = None,
    ) -> Model:
        """Run the passes over `graph`, lower and plan it.

        Raises:
            ModelError: an operator is not supported.
            AdaptiveError: the adaptive tensors and the layout do not agree, or what is attached is another model's.
        """
        layout = layout or Layout(())
        adaptive = dict(adaptive or {})
        _check_adaptive(graph, layout, adaptive)
        if prototypes is None:
            factory = layout.flatten({name: _data(graph.tensors[i]) for i, name in adaptive.items()})
            prototypes = factory[None]
        if prototypes.shape[1:] != (layout.size,) or not len(prototypes):
            raise AdaptiveError(
                "the prototype table does not fit the layout",
                expected=f"rows of {layout.size} floats",
                received=str(prototypes.shape),
            )
        embedding = _embedding(graph, adaptive)
        keep = frozenset(graph.outputs) | (frozenset() if embedding is None else {embedding})
        folded = fold_constants(resolve_variables(graph), rounding, frozenset(adaptive))
        resolved = quantise_tables(folded, rounding, frozenset(adaptive))
        lower_graph(resolved, rounding)  # refuses what is not supported before a pass looks at it
        optimised = _optimise(resolved, rounding, keep, passes)
        kernels = _choose(optimised, lower_graph(optimised, rounding), keep, passes)
        plan = plan_memory(optimised, kernels, keep=tuple(keep))
        table = np.ascontiguousarray(prototypes, np.float32)
        model = cls(graph, optimised, kernels, plan, rounding, layout, adaptive, table, embedding)
        return model.attach(latent=latent, trials=trials, reference=reference)

    def attach(
        self, *, latent: Latent | None = None, trials: Trials | None = None, reference: Reference | None = None
    ) -> Model:
        """The same model with these instead of what was attached to it; its base fingerprint is another one.

        Raises:
            AdaptiveError: one of them was made for another model.
        """
        attachments = Attachments(latent, trials, reference)
        attachments.check(self.graph, self.layout, self.embedding)
        return replace(self, attachments=attachments)

    @property
    def latent(self) -> Latent | None:
        """Table of the codec `latent`."""
        return self.attachments.latent

    @property
    def trials(self) -> Trials | None:
        """Frozen evaluation vectors of TRY."""
        return self.attachments.trials

    @property
    def reference(self) -> Reference | None:
        """What the embedding looked like in training."""
        return self.attachments.reference

    @cached_property
    def base(self) -> bytes:
        """The base fingerprint: eight bytes over all that is frozen, from weights to prototypes and attachments."""
        digest = [json.dumps(self._structure(), sort_keys=True, separators=(",", ":")).encode()]
        frozen = [t.data for t in self.source.tensors if t.data is not None and t.index not in self.adaptive]
        frozen += [t.start for t in self.graph.tensors if t.variable]
        digest += [np.ascontiguousarray(data).tobytes() for data in frozen]
        digest.append(self.prototypes.astype("<f4").tobytes())
        digest += self.attachments.fingerprint_parts()
        return fingerprint(*digest)

    def _structure(self) -> dict[str, Any]:
        tensors = [
            [
                list(t.shape),
                t.dtype.value,
                None
                if t.quantisation is None
                else [
                    [float(s).hex() for s in t.quantisation.scale],
                    t.quantisation.zero_point.tolist(),
                    t.quantisation.axis,
                ],
                t.data is not None,
            ]
            for t in self.source.tensors
        ]
        operators = [[o.kind, list(o.inputs), list(o.outputs), dict(o.options)] for o in self.source.operators]
        return {
            "rounding": self.rounding.value,
            "tensors": tensors,
            "operators": operators,
            "inputs": list(self.source.inputs),
            "outputs": list(self.source.outputs),
            "adaptive": {str(i): name for i, name in self.adaptive.items()},
        }

    def operator(self, kernel: Kernel) -> Operator:
        """The operator that `kernel` computes (the last one, where a pass has fused several)."""
        return self.source.operators[kernel.operator]

    @property
    def stateful(self) -> bool:
        """Whether an inference depends on those before it."""
        return any(tensor.variable and tensor.index in self.plan.offsets for tensor in self.graph.tensors)

    @property
    def macs(self) -> int:
        """Multiply-accumulate operations of one inference."""
        return sum(kernel.macs for kernel in self.kernels)


def _optimise(graph: Graph, rounding: Rounding, keep: frozenset[int], passes: frozenset[Pass]) -> Graph:
    """The graph passes."""
    if Pass.FUSE_PAD in passes:
        graph = fuse_pad(graph)
    if Pass.DEAD_CHANNELS in passes:
        graph = remove_dead_channels(graph, rounding, keep)
    return graph


def _choose(
    graph: Graph, kernels: tuple[Kernel, ...], keep: frozenset[int], passes: frozenset[Pass]
) -> tuple[Kernel, ...]:
    """The kernel passes."""
    chosen = list(kernels)
    if Pass.FUSE_ADD in passes:
        chosen = fuse_add(chosen, keep)
    if Pass.VIEWS in passes:
        chosen = use_views(graph, chosen)
    chosen = choose_in_place(graph, chosen, keep) if Pass.IN_PLACE in passes else forbid_in_place(chosen)
    return tuple(chosen)


def _data(tensor: Tensor) -> npt.NDArray[Any]:
    if tensor.data is None:
        raise AdaptiveError(f"adaptive tensor {tensor.name!r} has no values in the model")
    return tensor.data


def _check_adaptive(graph: Graph, layout: Layout, adaptive: Mapping[int, str]) -> None:
    shapes = {tensor.name: tensor.shape for tensor in layout.tensors}
    if sorted(adaptive.values()) != sorted(shapes):
        raise AdaptiveError(
            "the adaptive tensors of the graph and the layout differ",
            expected=", ".join(sorted(shapes)),
            received=", ".join(sorted(adaptive.values())),
        )
    for index, name in adaptive.items():
        tensor = graph.tensors[index]
        if tensor.dtype is not DType.FLOAT32 or tensor.shape != shapes[name]:
            raise AdaptiveError(
                f"adaptive tensor {name!r} is not what the layout says",
                expected=f"float32 {shapes[name]}",
                received=f"{tensor.dtype.value} {tensor.shape}",
            )


def _embedding(graph: Graph, adaptive: Mapping[int, str]) -> int | None:
    """The int8 tensor that feeds the first adaptive operator through a DEQUANTIZE (and renamings), if there is one."""
    first = next((op for op in graph.operators if any(i in adaptive for i in op.inputs)), None)
    if first is None:
        return None
    tensor = first.inputs[0]
    while graph.tensors[tensor].dtype is not DType.INT8:
        producer = graph.producer(tensor)
        if producer is None or producer.kind not in {"DEQUANTIZE", "RESHAPE", "SQUEEZE", "EXPAND_DIMS"}:
            return None
        tensor = producer.inputs[0]
    return tensor
