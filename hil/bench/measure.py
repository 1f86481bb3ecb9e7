"""Measure inferences of a bundle on an emulated board."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_bridge.build_settings import SPEED
from firmware_bridge.platforms import Platform
from hil.bench.attribution import Operators, by_function, by_operator, counted_places, total
from hil.bench.bounds import bound
from hil.bench.figures import Figures, OperatorFigures
from hil.bench.line import Shape, open_line
from hil.bench.oracle import Judge, Window, window_bytes
from hil.bench.plugin import InstructionCounter, plugins_work
from hil.bench.program import Program, build_program, require_tools
from hil.conformance import vectors_of
from hil.emulator import start
from hil.errors import MissingToolError, WrongResultError
from toolchain.bundle import Bundle
from toolchain.progress import Progress, silent

SAMPLES: Final = 5
_STAGE: Final = "bench"


@dataclass(frozen=True)
class Counted:
    """Instructions of each vector, of each operator of the first one (if asked for), and by function."""

    inferences: tuple[int, ...]
    operators: Operators
    functions: dict[str, int]


def bench(  # noqa: PLR0913  # a bundle, a board, and what is independent of them
    bundle: Bundle,
    platform: Platform,
    *,
    samples: int = SAMPLES,
    per_op: bool = False,
    optimise: str = SPEED,
    progress: Progress = silent,
) -> Figures:
    """Build the model for `platform` with next to nothing around it, run it, compare every output, and count.

    Args:
        bundle: the model; its golden vectors are the inputs, random ones follow.
        platform: a Cortex-M that QEMU emulates.
        samples: vectors.
        per_op: also count each operator.
        optimise: `build_settings.SPEED` or `SIZE`.
        progress: told of every vector.

    Raises:
        HilError: nothing can be counted on this board, or it crashed.
        MissingToolError, BuildError: a program is missing, or the build fails.
        WrongResultError: an output is wrong, or the model wrote beyond its arena; there is no figure then.
    """
    require_tools(platform)
    with tempfile.TemporaryDirectory(prefix="persona-bench-") as work:
        folder = Path(work)
        counter_works = _can_count(platform, folder)
        program = build_program(bundle.path, platform, folder / "build", optimise, progress, clocked=not counter_works)
        judge = Judge(bundle)
        counted = _run(program, bundle, judge, vectors_of(bundle, samples), folder, per_op=per_op, progress=progress)
    return _figures(program, bundle, judge, counted, optimise)


def _can_count(platform: Platform, folder: Path) -> bool:
    """Whether the plugin can be built and loaded; SysTick is the way without it."""
    try:
        InstructionCounter.build(folder / "trial", 0, 0, ())
    except MissingToolError:
        return False
    return plugins_work(platform.name)


def _run(  # noqa: PLR0913  # as `bench`
    program: Program,
    bundle: Bundle,
    judge: Judge,
    windows: Sequence[Window],
    folder: Path,
    *,
    per_op: bool,
    progress: Progress,
) -> Counted:
    counter = None if program.clocked else program.counter(folder / "plugin")
    operators = len(bundle.model.kernels)
    ticks: list[tuple[int, ...]] = []
    runs = [(window, False) for window in windows] + [(windows[0], True)] * per_op
    with (
        start(program.image, extra=[] if counter is None else counter.options()) as emulator,
        open_line(emulator, Shape(_output_bytes(bundle), operators, program.clocked)) as line,
    ):
        for number, (window, traced) in enumerate(runs, 1):
            answer = line.infer(window_bytes(window), traced=traced)
            judge.require_right(number, window, answer.output)
            ticks.append(answer.ticks)
            progress(_STAGE, number, len(runs))
    if counter is None:
        return _of_ticks(ticks, program.image.platform, per_op=per_op)
    return _of_records(counter, program, len(windows), operators, per_op=per_op)


def _output_bytes(bundle: Bundle) -> int:
    return sum(signal.nbytes for signal in bundle.outputs)


def _of_ticks(ticks: Sequence[tuple[int, ...]], platform: Platform, *, per_op: bool) -> Counted:
    each = platform.instructions_per_tick or 0.0
    plain = ticks[:-1] if per_op else ticks
    operators = ticks[-1][:-1] if per_op else ()
    return Counted(
        tuple(round(each * one[-1]) for one in plain),
        Operators(tuple(round(each * one) for one in operators), exact=False),
        {},
    )


def _of_records(
    counter: InstructionCounter, program: Program, vectors: int, operators: int, *, per_op: bool
) -> Counted:
    """Two records for each inference: what lay before it, and itself; a traced one has one more for each operator."""
    records = counter.records()
    expected = 2 * vectors + (2 + operators) * per_op
    if len(records) != expected:
        raise WrongResultError(
            "QEMU's plugin came to another number of marks", expected=str(expected), received=str(len(records))
        )
    counted = counted_places(counter, program.pieces)
    plain = [record.counts for record in records[1 : 2 * vectors : 2]]
    traced = [record.counts for record in records[2 * vectors + 1 : -1]] if per_op else []
    return Counted(
        tuple(total(counts, counted) for counts in plain),
        by_operator(traced, plain[0], counted) if per_op else Operators((), exact=False),
        by_function(plain[0], counted, counter, program.functions),
    )


def _figures(program: Program, bundle: Bundle, judge: Judge, counted: Counted, optimise: str) -> Figures:
    image, model = program.image, bundle.model
    platform = image.platform
    vectors, instructions_of = len(counted.inferences), counted.operators.instructions
    rows = [
        OperatorFigures(
            op=model.operator(kernel).index,
            kind=model.operator(kernel).kind,
            kernel=kernel.function,
            macs=kernel.macs,
            instructions=instructions,
            bound=bound(kernel.function, platform, optimise) if kernel.macs else None,
        )
        for kernel, instructions in zip(model.kernels, instructions_of, strict=bool(instructions_of))
    ]
    return Figures(
        board=platform.name,
        core=platform.core,
        model=bundle.name,
        rounding=bundle.rounding.value,
        optimise=optimise,
        counter="systick" if program.clocked else "plugin",
        resolution=(platform.instructions_per_tick or 1.0) if program.clocked else 1.0,
        instructions=counted.inferences[0],
        instructions_least=min(counted.inferences),
        instructions_most=max(counted.inferences),
        macs=model.macs,
        flash_bytes=image.flash_bytes,
        harness_bytes=image.shares["port"].flash_bytes,
        ram_bytes=model.plan.arena_bytes,
        ram_total_bytes=image.ram_bytes,
        stack_bytes=program.stack_bytes,
        equal=vectors,
        total=vectors,
        oracle=judge.oracle,
        per_op=tuple(rows),
        per_op_exact=counted.operators.exact,
        functions=counted.functions,
    )
