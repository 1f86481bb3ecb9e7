"""The body of a model's invoke function: straight-line calls, and loops where a network was unrolled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from toolchain.codegen.calls import Call
from toolchain.codegen.rolling import Run, find_runs


def write_body(calls: Sequence[Call]) -> str:
    """C statements for all calls; the names `arena`, `adaptive`, `trace` and `user` are in scope."""
    keys = [(call.pattern, len(call.offsets), call.out_bytes) for call in calls]
    numbers = count()
    parts = []
    for run in find_runs(keys):
        if run.times == 1:
            parts.append(_straight(calls[run.start]))
        else:
            parts.append(_loop(calls, run, next(numbers)))
    return "".join(parts)


def _straight(call: Call) -> str:
    text = f"    {call.pattern.format(*call.offsets)}" if call.pattern else ""
    return f"    /* {call.title} */\n{text}{_trace(str(call.op), str(call.out), call.out_bytes, '    ')}"


def _trace(op: str, out: str, size: int, indent: str) -> str:
    return f"{indent}if (trace != NULL) {{\n{indent}    trace(user, {op}u, arena + {out}, {size}u);\n{indent}}}\n"


def _loop(calls: Sequence[Call], run: Run, number: int) -> str:
    """One row of offsets a repetition: for each call its offsets, its operator's place and its output."""
    name = f"loop_{number}"
    repetitions = [calls[run.start + t * run.length : run.start + (t + 1) * run.length] for t in range(run.times)]
    rows = [[n for call in repetition for n in (*call.offsets, call.op, call.out)] for repetition in repetitions]
    table = "".join(f"        {{ {', '.join(f'{n}u' for n in row)} }},\n" for row in rows)
    first, last = calls[run.start], calls[run.start + run.length * run.times - 1]
    text = f"    /* {first.title} to {last.title}: {run.times} times the same */\n"
    text += f"    static const uint32_t {name}[{run.times}][{len(rows[0])}] = {{\n{table}    }};\n"
    text += f"    for (uint32_t i = 0; i < {run.times}u; i++) {{\n        const uint32_t *at = {name}[i];\n"
    column = 0
    for call in repetitions[0]:
        places = [f"at[{column + k}]" for k in range(len(call.offsets))]
        column += len(call.offsets)
        if call.pattern:
            text += f"        {call.pattern.format(*places)}"
        text += f"        if (trace != NULL) {{\n            trace(user, at[{column}], arena + at[{column + 1}], "
        text += f"{call.out_bytes}u);\n        }}\n"
        column += 2
    return f"{text}    }}\n"
