"""docs/benchmarks.md and its plot, from figures of ours and recorded ones of others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import float_head
from benchmarks.bars import Panel
from benchmarks.cases import CORES, M3, M4, M55, MODELS, Case
from firmware_bridge.build_settings import SIZE, SPEED
from hil.bench.figures import Figures

RECORDED: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded.json").read_text())
_MILLION: Final = 1e6

Measured = Mapping[Case, Figures]
Row = tuple[str, ...]


def summary(measured: Measured) -> list[str]:
    """The tables of all models, as Markdown; what was not measured is left out."""
    lines: list[str] = []
    for board in CORES:
        rows = [*_ours(measured, board), *_theirs(board)]
        lines += [f"Million instructions per inference on the {CORES[board]} ({board}):", ""]
        lines += [*_table(("", *MODELS), rows), ""]
    lines += ["Flash of the image for the Cortex-M4F in bytes:", ""]
    lines += [*_table(("", *MODELS), _bytes(measured, "flash_bytes")), ""]
    lines += ["RAM in bytes (ours: the arena, working memory included):", ""]
    lines += _table(("", *MODELS), _bytes(measured, "ram_bytes"))
    heads = [(case, figures) for case, figures in sorted(measured.items()) if case.model == float_head.NAME]
    if heads:
        lines += [
            "",
            "Adaptive layers, float32, 64 to 32 to 10, instructions per multiply-accumulate of each layer:",
            "",
        ]
        rows = [(CORES[case.board], *_layers(figures)) for case, figures in heads]
        lines += _table(("", "64 to 32", "32 to 10", "the whole inference"), rows)
    return lines


def _ours(measured: Measured, board: str) -> Iterator[Row]:
    for optimise in (SPEED, SIZE):
        found = [measured.get(Case(model, board, optimise)) for model in MODELS]
        if any(found):
            yield (f"**Persona, built for {optimise}**", *("" if one is None else _millions(one) for one in found))


def _millions(figures: Figures) -> str:
    return f"**{figures.instructions / _MILLION:.3f}**"


def _theirs(board: str) -> Iterator[Row]:
    for runtime, title in RECORDED["runtimes"].items():
        found = [RECORDED["models"][model].get(board, {}).get(runtime) for model in MODELS]
        if any(found):
            yield (title, *("" if one is None else f"{one / _MILLION:.3f}" for one in found))


def _bytes(measured: Measured, figure: str) -> Iterator[Row]:
    for optimise in (SPEED, SIZE):
        ours = [measured.get(Case(model, M4, optimise)) for model in MODELS]
        if any(ours):
            values = ("" if one is None else f"**{getattr(one, figure):,}**" for one in ours)
            yield (f"**Persona, built for {optimise}**", *values)
    for runtime, title in RECORDED["runtimes"].items():
        theirs = [RECORDED["models"][model][figure].get(runtime) for model in MODELS]
        if any(theirs):
            yield (title, *("" if one is None else f"{one:,}" for one in theirs))


def _layers(figures: Figures) -> Row:
    layers = [f"{row.per_mac:.2f}" for row in figures.per_op if row.per_mac is not None]
    return (*layers, f"{figures.instructions:,} instructions")


def page(measured: Measured, versions: Mapping[str, str]) -> str:
    """The whole page."""
    provenance = RECORDED["provenance"]
    today = dt.datetime.now(tz=dt.timezone.utc).date().isoformat()
    oracles = ", ".join(sorted({figures.oracle for figures in measured.values()}))
    exact = all(figures.counter == "plugin" for figures in measured.values())
    compared = sum(figures.equal for figures in measured.values())
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench` on {today}: {', '.join(f'{name} {version}' for name, version in versions.items())}.",
        "The models are the int8 ones of MLPerf Tiny. An inference is counted from the first instruction of the",
        "model's function to its return, with the libraries that it calls: every executed instruction is one,",
        "whatever a core takes for it. **Instructions are no cycles.** "
        + ("The counts are exact and the same on every run." if exact else "SysTick counted, in steps of a tick."),
        f"All {compared} outputs behind these figures were equal to the bit to the NumPy reference and to: {oracles}.",
        "",
        *summary(measured),
        "",
        "![instructions](plots/benchmarks.svg)",
        "",
        "`speed` is `-O2` with the kernels of the class of core; `size` is `-Os` with the plain C ones.",
        "The image holds the model, a start-up routine, a polled UART and the loop around it, about half a kilobyte",
        "(`firmware_bridge/firmware/bench/infer.c`); RAM does not count its stack.",
        "",
        "## Figures of others",
        "",
        f"{provenance['instructions']} {provenance['bytes']}",
        "",
        f"Closed stacks, in milliseconds. {provenance['closed_stacks']}",
        "",
        *_table(
            ("", *MODELS),
            [
                (name, *(f"{values[model]:g}" for model in MODELS))
                for name, values in RECORDED["closed_stacks_ms"].items()
            ],
        ),
        "",
        "## By operator",
        "",
        "Beside each count is what the instruction set allows at best for a multiply-accumulate: three quarters of an",
        "instruction with the DSP extension (two products an SMLAD, half as much again for operands), a sixteenth with",
        "Helium (sixteen products a VMLADAVA), two in plain C, two for floats that are not fused (half of one with",
        "Helium). What lies between is explained in [kernels.md](kernels.md).",
    ]
    for case, figures in sorted(measured.items(), key=_place):
        lines += ["", *_operators(case, figures)]
    return "\n".join(lines) + "\n"


def _place(item: tuple[Case, Figures]) -> tuple[int, int, int]:
    case = item[0]
    models = [*MODELS, float_head.NAME]
    return (models.index(case.model), list(CORES).index(case.board), (SPEED, SIZE).index(case.optimise))


def _operators(case: Case, figures: Figures) -> list[str]:
    stack = f"stack at most {figures.stack_bytes:,} bytes"
    title = f"{case.model}, {CORES[case.board]}, {case.optimise}: {figures.instructions:,} instructions, {stack}"
    rows = [
        (
            str(row.op),
            row.kind,
            f"`{row.kernel}`",
            f"{row.macs:,}" if row.macs else "",
            f"{row.instructions:,}",
            "" if row.per_mac is None else f"{row.per_mac:.2f}",
            "" if row.bound is None else f"{row.bound:.4g}",
        )
        for row in figures.per_op
        if row.kernel
    ]
    names = ("", "operator", "kernel", "multiply-accumulates", "instructions", "each", "bound")
    return [f"<details><summary>{title}</summary>", "", *_table(names, rows), "", "</details>"]


def _table(names: Sequence[str], rows: Sequence[Row] | Iterator[Row]) -> list[str]:
    return [_line(names), "|---" * len(names) + "|", *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def panels(measured: Measured) -> list[Panel]:
    """What is drawn: a panel for each class of core."""
    drawn = {
        M4: ("tflm_reference", "tflm_cmsis_nn", "codegen_cmsis_nn"),
        M55: ("tflm_cmsis_nn",),
        M3: ("tflm_cmsis_nn",),
    }
    made = []
    for board, runtimes in drawn.items():
        models = [model for model in MODELS if Case(model, board) in measured]
        if not models:
            continue
        values: list[list[float | None]] = [
            [RECORDED["models"][model].get(board, {}).get(runtime) for model in models] for runtime in runtimes
        ]
        values.append([float(measured[Case(model, board)].instructions) for model in models])
        labels = [["" if one is None else f"{one / _MILLION:.3g} M" for one in row] for row in values]
        names = [*(RECORDED["runtimes"][runtime] for runtime in runtimes), "Persona"]
        made.append(Panel(f"Instructions per inference, {CORES[board]}", models, names, values, labels))
    return made
