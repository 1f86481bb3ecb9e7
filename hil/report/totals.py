"""The figures of a run in a few numbers, for machines."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hil.report.boards import by_board
from hil.report.run import FAILED, PASSED, SKIPPED, Run


def totals(run: Run) -> dict[str, Any]:
    """Boards, results by verdict, inferences verified, failures by class."""
    verdicts = Counter(result.verdict for result in run.results)
    boards = by_board(run)
    failures = Counter(result.failure_class or "" for result in run.results if result.verdict == FAILED)
    return {
        "boards": len(boards),
        "results": len(run.results),
        **{verdict: verdicts[verdict] for verdict in (PASSED, FAILED, SKIPPED)},
        "verified": sum(board.verified for board in boards),
        "total": sum(board.total or 0 for board in boards),
        "failures": dict(failures),
    }
