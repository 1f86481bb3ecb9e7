"""Instructions of each layer, counted by the bench in a run of its own."""

from __future__ import annotations

from dataclasses import replace

from hil.bench.measure import bench
from hil.inventory.board import QEMU
from hil.scenarios.result import PASSED, Result
from hil.scenarios.scenario import Scenario
from hil.scenarios.steps.golden import GoldenVectors
from toolchain.bundle import Bundle
from toolchain.errors import PersonaError


def with_layers(result: Result, scenario: Scenario, bundle: Bundle) -> Result:
    """`result` with the instructions of each operator, if it is that of golden vectors on a board that can be counted.

    What hinders the counting is told as the reason; it says nothing about the board, so the verdict stays.
    """
    board = result.board
    golden = any(isinstance(step, GoldenVectors) for step in scenario.steps)
    if result.verdict != PASSED or not golden or board.runner != QEMU or board.platform.instructions_per_tick is None:
        return result
    try:
        figures = bench(bundle, board.platform, samples=1, per_op=True)
    except PersonaError as error:
        return replace(result, reason=f"the layers were not counted: {error}")
    rows = [
        {"op": row.op, "kind": row.kind, "instructions": row.instructions, "macs": row.macs} for row in figures.per_op
    ]
    return replace(result, per_op=tuple(rows))
