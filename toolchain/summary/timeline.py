"""The arena over time: which bytes are alive at which step."""

from __future__ import annotations

from dataclasses import dataclass

from toolchain.model import Model


@dataclass(frozen=True)
class Lane:
    """Bytes `offset` to `offset + size` of the arena, alive from step `first` to `last`, both included.

    What shares memory is one lane as long as it occupies the same bytes.
    Step -1 is the time before the first operator, the number of operators the time after the last one.
    """

    label: str
    offset: int
    size: int
    first: int
    last: int


@dataclass(frozen=True)
class Timeline:
    """All lanes; `steps` are the operators' names in order, `arena_bytes` is the height of the picture."""

    lanes: tuple[Lane, ...]
    steps: tuple[str, ...]
    arena_bytes: int
    lower_bound: int

    def alive(self, step: int) -> int:
        """Bytes alive at a step."""
        return sum(lane.size for lane in self.lanes if lane.first <= step <= lane.last)

    @property
    def peak(self) -> int:
        """The step with the most bytes alive (the first of them)."""
        return max(range(max(1, len(self.steps))), key=lambda step: (self.alive(step), -step))

    @property
    def peak_name(self) -> str:
        """The operator at the peak, with its number."""
        return self.steps[self.peak] if self.steps else "none"


def timeline(model: Model) -> Timeline:
    """The timeline of a planned model."""
    lanes = []
    for offset, span in [(offset, span) for offset, block in model.plan.blocks for span in block.spans]:
        names = [model.graph.tensors[t].name if t >= 0 else f"scratch of step {~t}" for t in span.tensors]
        size = span.stop - span.start
        lanes.append(Lane(" = ".join(names), offset + span.start, size, span.first, span.last))
    lanes.sort(key=lambda lane: (lane.first, lane.offset))
    operators = [model.operator(kernel) for kernel in model.kernels]
    steps = tuple(f"{op.index} {op.kind}" for op in operators)
    return Timeline(tuple(lanes), steps, model.plan.arena_bytes, model.plan.lower_bound)
