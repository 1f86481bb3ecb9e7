"""A chapter of the report: a study, what is said before its tables, and the figures that it was to reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.evaluation.piece import Piece
from models.evaluation.study import Report, Study
from models.reproduce.bars import Bar
from models.reproduce.remarks import remarks

Values = dict[str, Any]


@dataclass(frozen=True)
class Chapter:
    """`name` for files and progress, `title` and `about` for readers, `study` opens it, `bars` reads its values."""

    name: str
    title: str
    about: str
    study: Callable[[], Study]
    bars: Callable[[Values], Sequence[Bar]] = field(default=lambda _: ())


@dataclass(frozen=True, eq=False)
class Written:
    """A chapter whose pieces are done."""

    chapter: Chapter
    report: Report
    bars: Sequence[Bar]
    seconds: float

    def markdown(self, plot: str | None) -> str:
        """The chapter; `plot` is the path of its plot, seen from the document."""
        parts = [f"## {self.chapter.title}", self.chapter.about, self.report.text]
        said = remarks(self.report.values["rows"]) if _has_methods(self.report.values) else []
        parts += ["\n".join(f"- {sentence}" for sentence in said)] if said else []
        parts += [f"![{self.chapter.title}]({plot})"] if plot else []
        parts.append(f"{self.seconds:,.0f} seconds of one core.")
        return "\n\n".join(parts)


def _has_methods(values: Values) -> bool:
    rows = values.get("rows") or [{}]
    return "accuracy_validation" in rows[0]


@dataclass(frozen=True)
class Single:
    """A study of one piece whose result is its report: `text` makes the table."""

    piece: Piece
    text: Callable[[Values], str]

    def pieces(self) -> list[Piece]:
        """The one."""
        return [self.piece]

    def report(self, results: Sequence[Values]) -> Report:
        """Its result."""
        return Report(self.text(results[0]), results[0])
