"""How long-running functions report progress without knowing who shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with the stage's name and how many of its steps are done."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Report that `done` of `total` steps of `stage` are done."""


def silent(stage: str, done: int, total: int, /) -> None:
    """The progress listener that shows nothing."""
