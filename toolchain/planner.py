"""The static memory plan: where each activation lies in the arena, known before anything is flashed.

Tensors that are only other names for the same bytes (reshapes), and outputs that may take over the memory of an input,
lie at fixed distances from each other and are placed as one block. At each step a block occupies only what its living
tensors need, so that its rest is free for others. Blocks are placed one after the other at the lowest free offset, in
several orders; the best plan wins. The liveness lower bound (the most bytes alive at once) says how good that is.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from toolchain.graph import Graph
from toolchain.operators.base import Kernel

ALIGNMENT: Final = 4
_SHUFFLES: Final = 200


class Member(NamedTuple):
    """A tensor of a block: where it begins and stops in the block, in bytes, its first step and its last one."""

    tensor: int
    start: int
    stop: int
    first: int
    last: int


class Span(NamedTuple):
    """What a block occupies from step `first` to step `last`, both included: its bytes `start` to `stop`."""

    tensors: tuple[int, ...]
    start: int
    stop: int
    first: int
    last: int


@dataclass(frozen=True)
class Block:
    """Tensors at fixed distances from each other; the spans are in order and do not overlap in time."""

    members: tuple[Member, ...]
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, members: Sequence[Member]) -> Block:
        """The block of these tensors, moved so that it begins near 0, with all alignments kept."""
        base = min(member.start for member in members) // ALIGNMENT * ALIGNMENT
        moved = tuple(m._replace(start=m.start - base, stop=m.stop - base) for m in members)
        return cls(moved, _spans(moved))

    @property
    def tensors(self) -> tuple[int, ...]:
        """All that lie in it; ~step for the scratch memory of a step."""
        return tuple(member.tensor for member in self.members)

    @property
    def size(self) -> int:
        """Bytes from the lowest to the highest that it ever occupies."""
        return max(span.stop for span in self.spans)

    @property
    def first(self) -> int:
        """The step at which it comes to life."""
        return self.spans[0].first

    @property
    def last(self) -> int:
        """The last step at which something in it lives."""
        return self.spans[-1].last

    def alive(self, step: int) -> int:
        """Bytes that it occupies at a step."""
        return sum(span.stop - span.start for span in self.spans if span.first <= step <= span.last)


def _spans(members: Sequence[Member]) -> tuple[Span, ...]:
    """Steps between which nothing is born or dies; neighbours that occupy the same bytes are one."""
    spans: list[Span] = []
    turns = sorted({m.first for m in members} | {m.last + 1 for m in members})
    for first, following in pairwise(turns):
        living = [m for m in members if m.first <= first <= m.last]
        if not living:
            continue
        start = min(m.start for m in living) // ALIGNMENT * ALIGNMENT
        stop = _align(max(m.stop for m in living))
        named = tuple(m.tensor for m in living)
        before = spans[-1] if spans else None
        if before is not None and (before.start, before.stop, before.last) == (start, stop, first - 1):
            names = tuple(dict.fromkeys(before.tensors + named))
            spans[-1] = before._replace(tensors=names, last=following - 1)
        else:
            spans.append(Span(named, start, stop, first, following - 1))
    return tuple(spans)


@dataclass(frozen=True)
class Plan:
    """Offset of every tensor in the arena, of the scratch memory of each step, and the arena's size in bytes."""

    offsets: dict[int, int]
    scratch: dict[int, int]
    arena_bytes: int
    lower_bound: int
    blocks: tuple[tuple[int, Block], ...]


def plan_memory(graph: Graph, kernels: Sequence[Kernel], keep: Sequence[int] = ()) -> Plan:
    """Place every tensor that is computed at run time.

    Args:
        graph: the model.
        kernels: its operators in the order of execution.
        keep: tensors that must be intact after the last step (outputs always are).
    """
    lives = _lifetimes(graph, kernels, keep)

    def planned(refused: frozenset[int], shuffles: int) -> Plan:
        return _plan(_blocks(graph, kernels, lives, refused), len(kernels), shuffles)

    leading = {step for step, kernel in enumerate(kernels) if kernel.in_place is not None and kernel.lead}
    refused: frozenset[int] = frozenset()
    best = planned(refused, 0)
    while leading - refused:
        tried = [refused | {step} for step in sorted(leading - refused)]
        plan, choice = min(((planned(steps, 0), steps) for steps in tried), key=lambda pair: pair[0].arena_bytes)
        if plan.arena_bytes >= best.arena_bytes:
            break
        best, refused = plan, choice
    return planned(refused, _SHUFFLES)


def _plan(blocks: list[Block], steps: int, shuffles: int) -> Plan:
    bound = max((sum(block.alive(step) for block in blocks) for step in range(-1, steps + 1)), default=0)
    placed = _best(blocks, bound, shuffles)
    offsets, scratch = {}, {}
    for offset, block in placed:
        for member in block.members:
            if member.tensor < 0:
                scratch[~member.tensor] = offset
            else:
                offsets[member.tensor] = offset + member.start
    return Plan(offsets, scratch, _height(placed), bound, tuple(placed))


def _height(placed: Sequence[tuple[int, Block]]) -> int:
    return max((offset + block.size for offset, block in placed), default=0)


def _lifetimes(graph: Graph, kernels: Sequence[Kernel], keep: Sequence[int]) -> dict[int, tuple[int, int]]:
    """First and last step of each tensor in the arena; inputs are there at step -1, variables always."""
    lives = dict.fromkeys(graph.inputs, (-1, -1))
    for step, kernel in enumerate(kernels):
        for tensor in kernel.inputs:
            if tensor in lives:
                lives[tensor] = (lives[tensor][0], step)
        for tensor in kernel.outputs:
            lives[tensor] = (step, step)
    for tensor in (*graph.outputs, *keep):
        if tensor in lives:
            lives[tensor] = (lives[tensor][0], len(kernels))
    used = {tensor for kernel in kernels for tensor in kernel.operands}
    lives |= {t.index: (-1, len(kernels)) for t in graph.tensors if t.variable and t.index in used}
    return lives


def _blocks(
    graph: Graph, kernels: Sequence[Kernel], lives: dict[int, tuple[int, int]], refused: frozenset[int]
) -> list[Block]:
    """All blocks; at the steps in `refused` no memory is taken over."""
    shared = _Sharing(graph, lives)
    for step, kernel in enumerate(kernels):
        if kernel.in_place is not None and step not in refused:
            shared.offer(step, kernel, kernel.in_place)
    blocks = [
        Block.of([Member(t, shift, shift + graph.tensors[t].nbytes, *lives[t]) for t, shift in members.items()])
        for members in shared.members.values()
    ]
    scratch = [
        Block.of([Member(~step, 0, kernel.scratch_bytes, step, step)])
        for step, kernel in enumerate(kernels)
        if kernel.scratch_bytes
    ]
    return blocks + scratch


class _Sharing:
    """Which tensors lie in one block: `members` maps a block's first tensor to all of its tensors and their shifts."""

    def __init__(self, graph: Graph, lives: dict[int, tuple[int, int]]) -> None:
        self._graph = graph
        self._lives = lives
        self._owner = {tensor: tensor for tensor in lives}
        self.members = {tensor: {tensor: 0} for tensor in lives}

    def offer(self, step: int, kernel: Kernel, position: int) -> None:
        """Let the outputs of `kernel` lie in its input at `position`: always for views, else if nobody is hurt."""
        source = kernel.inputs[position]
        if source not in self._owner:
            return
        if not kernel.function:
            for output, offset in zip(kernel.outputs, kernel.offsets or (0,) * len(kernel.outputs), strict=True):
                self._join(output, source, offset)
        elif self._may_overwrite(step, kernel, position):
            self._join(kernel.outputs[0], source, -kernel.lead)

    def _may_overwrite(self, step: int, kernel: Kernel, position: int) -> bool:
        source, target = kernel.inputs[position], kernel.outputs[0]
        block = self._owner[source]
        if max(self._lives[t][1] for t in self.members[block]) != step:
            return False
        others = [t for place, t in enumerate(kernel.operands) if place != position]
        alone = all(self._owner.get(t) != block for t in others)  # no other operand is the same memory
        aligned = (self.members[block][source] - kernel.lead) % ALIGNMENT == 0 or not kernel.lead
        fits = self._graph.tensors[target].nbytes <= kernel.lead + self._graph.tensors[source].nbytes
        return alone and aligned and fits

    def _join(self, tensor: int, source: int, offset: int) -> None:
        block = self._owner[source]
        self.members[block][tensor] = self.members[block][source] + offset
        self._owner[tensor] = block
        del self.members[tensor]


def _align(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _best(blocks: list[Block], bound: int, shuffles: int) -> list[tuple[int, Block]]:
    orders: list[Callable[[Block], tuple[int, ...]]] = [
        lambda b: (-b.size, b.first),
        lambda b: (b.first - b.last, -b.size),
        lambda b: (b.first, -b.size),
        lambda b: (-b.size * (b.last - b.first + 1), b.first),
    ]
    candidates = [sorted(blocks, key=order) for order in orders]
    chance = random.Random(0)  # noqa: S311  # not a secret: the same plan for the same model
    best: list[tuple[int, Block]] = []
    best_size = -1
    for attempt in range(len(candidates) + shuffles):
        order = candidates[attempt] if attempt < len(candidates) else _perturbed(candidates[0], chance)
        placed = _place(order)
        size = _height(placed)
        if best_size < 0 or size < best_size:
            best, best_size = placed, size
        if best_size <= bound:
            break
    return best


def _perturbed(blocks: Sequence[Block], chance: random.Random) -> list[Block]:
    weights = {id(block): block.size * chance.uniform(0.25, 1.0) for block in blocks}
    return sorted(blocks, key=lambda block: -weights[id(block)])


def _place(order: Sequence[Block]) -> list[tuple[int, Block]]:
    """Each block at the lowest offset where it disturbs nothing that is alive at the same time."""
    placed: list[tuple[int, Block]] = []
    for block in order:
        at = 0
        for low, high in sorted(_forbidden(block, placed)):
            if at <= low:
                break
            at = max(at, high)
        placed.append((at, block))
    return placed


def _forbidden(block: Block, placed: Sequence[tuple[int, Block]]) -> list[tuple[int, int]]:
    """Offsets at which `block` would overlap something, as open intervals."""
    return [
        (offset + theirs.start - ours.stop, offset + theirs.stop - ours.start)
        for offset, other in placed
        if other.first <= block.last and block.first <= other.last
        for theirs in other.spans
        for ours in block.spans
        if theirs.first <= ours.last and ours.first <= theirs.last
    ]
