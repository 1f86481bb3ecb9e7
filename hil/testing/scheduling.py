"""Boards in parallel: pytest-xdist gives all tests of a board to one of its processes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pytest
from xdist.scheduler import LoadGroupScheduling

# Some releases of pytest and xdist together lose the groups of `xdist_group`, so that they are told from the ids here.
_PARAMETERS = re.compile(r"\[(.*)\]$")


def board_of(nodeid: str, boards: Iterable[str]) -> str | None:
    """The board among the parameters in a test's id; the longest name that is there between hyphens or ends."""
    found = _PARAMETERS.search(nodeid)
    if found is None:
        return None
    parameters = f"-{found[1]}-"
    return next((board for board in sorted(boards, key=len, reverse=True) if f"-{board}-" in parameters), None)


class BoardScheduling(LoadGroupScheduling):  # type: ignore[misc]  # xdist tells no types
    """As --dist loadgroup, with a group for each board.

    Args:
        config: of the run.
        log: xdist's own.
        boards: ids of the boards of the run.
    """

    def __init__(self, config: pytest.Config, log: object, boards: Sequence[str]) -> None:
        super().__init__(config, log)
        self._boards = boards

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return board_of(nodeid, self._boards) or scope if scope == nodeid else scope
