"""What every evaluation is: some pieces that any process may run, and a report of their results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.evaluation.piece import Piece


@dataclass(frozen=True, eq=False)
class Report:
    """`text` for people (Markdown), `values` for machines (JSON), and what draws the plot (SVG) if there is one.

    Drawing needs matplotlib, the rest does not.
    """

    text: str
    values: dict[str, Any] = field(default_factory=dict)
    plot: Callable[[], str] | None = None


class Study(Protocol):
    """A request that was checked against its data set."""

    def pieces(self) -> list[Piece]:
        """What has to be computed."""
        ...

    def report(self, results: Sequence[dict[str, Any]]) -> Report:
        """What comes of the results of `pieces`, in their order."""
        ...
