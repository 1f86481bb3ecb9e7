"""What is asked of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """None stands for what suits the data set.

    `editors` are names of methods (the base is always among them), `guarded` says whether a guard may refuse edits
    besides, `budget` scales all numbers of training steps, `sweep` is T, N_M or None.
    """

    dataset: str
    network: str | None = None
    editors: tuple[str, ...] | None = None
    folds: int | None = None
    seeds: int = 3
    context: int | None = None
    guarded: bool = True
    budget: float = 1.0
    sweep: str | None = None
