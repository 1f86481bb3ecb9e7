"""The honest table: Persona and its rivals on devices that neither the base nor the editor has seen.

Run as `python -m models.evaluate --seeds 6`. All accuracies are those of the float head on int8 embeddings; the int8
error of the shared layers themselves is measured on the device, not here.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt

from models.datasets.fleet import Role
from models.editor.persona import PersonaPlan
from models.editor.spec import ENCODERS
from models.reproducible import reproducible
from models.rivals.bench import Bench
from models.rivals.registry import METHODS, Method
from models.steadiness import steadiness
from models.train import TrainingPlan, train
from models.trained import Trained
from models.trial_vectors import banks_of, choose, pass_rates, rights

Accuracies = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One method over some devices.

    `mean` accuracy, its standard `error` over devices, the accuracy of the `worst` device, the shares of devices that
    are `improved` and that are made `worse` against the base, the largest `loss` of a device, and the mean gain of the
    seed where it is smallest.
    """

    method: str
    mean: float
    error: float
    worst: float
    improved: float
    worse: float
    loss: float
    smallest_gain: float


def accuracies(
    trained: Trained, role: Role = Role.HELD_OUT, methods: Mapping[str, Method] = METHODS
) -> dict[str, Accuracies]:
    """Accuracy of every device of `role` under every method, float64 [d] each."""
    with reproducible(int(trained.report["seed"])):
        bench = Bench.of(trained, role)
        return {
            name: np.asarray(bench.accuracy(method.run(bench).heads).numpy(), np.float64)
            for name, method in methods.items()
        }


def tabulate(runs: Sequence[Mapping[str, Accuracies]]) -> list[Row]:
    """Pool the devices of several seeds; the first method is the one that the others are held against."""
    reference = next(iter(runs[0]))
    return [_row(method, [run[method] for run in runs], [run[reference] for run in runs]) for method in runs[0]]


def _row(method: str, own: Sequence[Accuracies], before: Sequence[Accuracies]) -> Row:
    pooled, reference = np.concatenate(own), np.concatenate(before)
    gains = [float((a - b).mean()) for a, b in zip(own, before, strict=True)]
    return Row(
        method=method,
        mean=float(pooled.mean()),
        error=float(pooled.std() / np.sqrt(len(pooled))),
        worst=float(pooled.min()),
        improved=float((pooled > reference).mean()),
        worse=float((pooled < reference).mean()),
        loss=float((reference - pooled).max(initial=0.0)),
        smallest_gain=min(gains),
    )


def trial_rates(trained: Trained) -> dict[str, float]:
    """Share of each kind of bank, made for the held-out devices, that passes the trial vectors."""
    bench = Bench.of(trained)
    head, validation = bench.problem.head, bench.problem.validation
    choice = choose(head, banks_of(trained, validation), validation)
    embeddings, labels = (part[choice.windows] for part in validation.target_rows)
    banks = banks_of(trained, bench.devices)
    return pass_rates(banks, lambda values: rights(head, values, embeddings, labels).sum(1), choice.least)


def render(rows: Sequence[Row]) -> str:
    """The table as Markdown."""
    lines = [
        "| method | mean | std. error | worst device | improved | worse | largest loss | smallest gain of a seed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = f"{row.mean:.3f} | {row.error:.3f} | {row.worst:.3f} | {row.improved:.0%} | {row.worse:.0%}"
        lines.append(f"| {row.method} | {figures} | {row.loss:.3f} | {row.smallest_gain:+.3f} |")
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and evaluate some seeds; progress goes to stderr, the table (or JSON) to stdout."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=6, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--outside", type=float, help="weight of other groups' devices in a group's editor (0: none)")
    parser.add_argument("--encoder", choices=ENCODERS, default="summary", help="what the editor reads")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    chosen = PersonaPlan(encoder=options.encoder)
    if options.outside is not None:
        chosen = replace(chosen, outside=options.outside)
    plan = TrainingPlan(persona=chosen)
    runs, seconds, rates, steady = [], [], [], []
    for seed in range(options.first, options.first + options.seeds):
        start = time.perf_counter()
        trained = train(seed, plan=plan)
        seconds.append(round(time.perf_counter() - start, 1))
        runs.append(accuracies(trained))
        rates.append(trial_rates(trained))
        steady.append([asdict(row) for row in steadiness(Bench.of(trained), seed)])
        means = ", ".join(f"{name} {values.mean():.3f}" for name, values in runs[-1].items())
        clip = trained.report["validation"]["clip"]
        sys.stderr.write(f"seed {seed}: trained in {seconds[-1]} s, T {clip:g}; {means}\n")
    rows = tabulate(runs)
    about = {
        "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
        "seeds": [options.first, options.first + options.seeds - 1],
        "encoder": plan.persona.encoder,
        "outside": plan.persona.outside,
        "devices": sum(len(run["base"]) for run in runs),
        "seconds": seconds,
        "trials_passed": {kind: _mean([run[kind] for run in rates]) for kind in rates[0]},
        "hysteresis": [{key: _mean([run[i][key] for run in steady]) for key in steady[0][i]} for i in range(2)],
        "versions": trained.report["versions"],
    }
    if options.json:
        sys.stdout.write(json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    else:
        sys.stdout.write(f"{render(rows)}\n\n{json.dumps(about)}\n")


if __name__ == "__main__":
    main()
