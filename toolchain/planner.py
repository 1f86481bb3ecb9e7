"""The static memory plan: where each activation lies in the arena, known before anything is flashed.

Tensors that are only other names for the same bytes (reshapes), and outputs that may take over the memory of an input,
are placed as one block. Blocks are placed one after the other at the lowest free offset, in several orders; the best
plan wins. The liveness lower bound (the largest sum of blocks alive at once) says how good that is.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from toolchain.graph import Graph
from toolchain.operators.base import Kernel

ALIGNMENT: Final = 4
_SHUFFLES: Final = 200


@dataclass(frozen=True)
class Block:
    """Bytes that are alive from step `first` to step `last`, both included.

    `tensors` share them; each begins at its place in `shifts`, in bytes.
    """

    tensors: tuple[int, ...]
    shifts: tuple[int, ...]
    size: int
    first: int
    last: int


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
    blocks = _blocks(graph, kernels, keep)
    bound = max((_alive(blocks, step) for step in range(-1, len(kernels) + 1)), default=0)
    placed = _best(blocks, bound)
    offsets, scratch = {}, {}
    for offset, block in placed:
        for tensor, shift in zip(block.tensors, block.shifts, strict=True):
            if tensor < 0:
                scratch[~tensor] = offset
            else:
                offsets[tensor] = offset + shift
    size = max((offset + block.size for offset, block in placed), default=0)
    return Plan(offsets, scratch, size, bound, tuple(placed))


def _alive(blocks: Sequence[Block], step: int) -> int:
    return sum(block.size for block in blocks if block.first <= step <= block.last)


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


def _blocks(graph: Graph, kernels: Sequence[Kernel], keep: Sequence[int]) -> list[Block]:
    lives = _lifetimes(graph, kernels, keep)
    shared = _Sharing(graph, lives)
    for step, kernel in enumerate(kernels):
        if kernel.in_place is not None:
            shared.offer(step, kernel, kernel.in_place)
    blocks = [
        Block(
            tuple(members),
            tuple(members.values()),
            _align(max(shift + graph.tensors[t].nbytes for t, shift in members.items())),
            min(lives[t][0] for t in members),
            max(lives[t][1] for t in members),
        )
        for members in shared.members.values()
    ]
    scratch = [
        Block((~step,), (0,), _align(kernel.scratch_bytes), step, step)
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
            self._join(kernel.outputs[0], source, 0)

    def _may_overwrite(self, step: int, kernel: Kernel, position: int) -> bool:
        source, target = kernel.inputs[position], kernel.outputs[0]
        block = self._owner[source]
        if max(self._lives[t][1] for t in self.members[block]) != step:
            return False
        others = [t for place, t in enumerate(kernel.operands) if place != position]
        alone = all(self._owner.get(t) != block for t in others)  # no other operand is the same memory
        return alone and self._graph.tensors[target].nbytes <= self._graph.tensors[source].nbytes

    def _join(self, tensor: int, source: int, offset: int) -> None:
        block = self._owner[source]
        self.members[block][tensor] = self.members[block][source] + offset
        self._owner[tensor] = block
        del self.members[tensor]


def _align(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _best(blocks: list[Block], bound: int) -> list[tuple[int, Block]]:
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
    for attempt in range(len(candidates) + _SHUFFLES):
        order = candidates[attempt] if attempt < len(candidates) else _perturbed(candidates[0], chance)
        placed = _place(order)
        size = max((offset + block.size for offset, block in placed), default=0)
        if best_size < 0 or size < best_size:
            best, best_size = placed, size
        if best_size <= bound:
            break
    return best


def _perturbed(blocks: Sequence[Block], chance: random.Random) -> list[Block]:
    weights = {id(block): block.size * chance.uniform(0.25, 1.0) for block in blocks}
    return sorted(blocks, key=lambda block: -weights[id(block)])


def _place(order: Sequence[Block]) -> list[tuple[int, Block]]:
    """Each block at the lowest offset where it disturbs no block that is alive at the same time."""
    placed: list[tuple[int, Block]] = []
    for block in order:
        rivals = sorted(
            (offset, offset + other.size)
            for offset, other in placed
            if other.first <= block.last and block.first <= other.last
        )
        at = 0
        for start, stop in rivals:
            if at + block.size <= start:
                break
            at = max(at, stop)
        placed.append((at, block))
    return placed
