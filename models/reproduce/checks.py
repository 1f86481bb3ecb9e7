"""What else is said of the shipped model: how steady Eq. 12 is, and what the trial vectors let pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.evaluation.origin import origin
from models.evaluation.piece import Piece
from models.evaluation.study import Report
from models.evaluation.table import markdown
from models.reproducible import reproducible
from models.rivals.bench import Bench
from models.steadiness import steadiness
from models.train import train
from models.trained import Trained
from models.trial_vectors import banks_of, choose, pass_rates, rights

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Checks:
    """A training of the digits fleet for each of `seeds`."""

    seeds: int

    def pieces(self) -> list[Piece]:
        """One a seed."""
        return [
            Piece(f"checks-seed{seed}", "models.reproduce.checks:run", {"seed": seed}, origin("digits fleet"))
            for seed in range(self.seeds)
        ]

    def report(self, results: Sequence[Values]) -> Report:
        """Means over the seeds."""
        kinds = {kind: float(np.mean([result["trials"][kind] for result in results])) for kind in results[0]["trials"]}
        steady = [
            {key: float(np.mean([result["steadiness"][place][key] for result in results])) for key in row}
            for place, row in enumerate(results[0]["steadiness"])
        ]
        looks = markdown(
            ("hysteresis", "switches a device", "devices that switch", "accuracy"),
            [
                (
                    f"{row['hysteresis']:g}",
                    f"{row['switches']:.2f}",
                    f"{row['switching']:.0%}",
                    f"{row['accuracy']:.3f}",
                )
                for row in steady
            ],
        )
        passed = markdown(("bank", "passes the trial vectors"), [(kind, f"{rate:.1%}") for kind, rate in kinds.items()])
        return Report(f"{looks}\n\n{passed}", {"steadiness": steady, "trials": kinds})


def run(seed: int) -> dict[str, Any]:
    """One seed."""
    trained = train(seed)
    with reproducible(seed):
        return {
            "steadiness": [asdict(row) for row in steadiness(Bench.of(trained), seed)],
            "trials": trial_rates(trained),
        }


def trial_rates(trained: Trained) -> dict[str, float]:
    """Share of each kind of bank, made for the held-out devices, that passes the trial vectors."""
    bench = Bench.of(trained)
    head, validation = bench.problem.head, bench.problem.validation
    choice = choose(head, banks_of(trained, validation), validation)
    embeddings, labels = (part[choice.windows] for part in validation.target_rows)
    banks = banks_of(trained, bench.devices)
    return pass_rates(banks, lambda values: rights(head, values, embeddings, labels).sum(1), choice.least)
