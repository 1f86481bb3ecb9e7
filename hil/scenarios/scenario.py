"""A scenario as a value: what it is for, what it needs, and its steps in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from hil.scenarios.state import State


class Step(Protocol):
    """One thing that is done with a board; a frozen dataclass whose fields are its arguments."""

    NAME: ClassVar[str]

    def run(self, state: State) -> None:
        """Do it.

        Raises:
            PersonaError: the scenario ends here; `hil.verdict` says what it means.
        """


@dataclass(frozen=True)
class Scenario:
    """A parsed file.

    Attributes:
        name: what reports call it; also a folder's name.
        about: one sentence.
        needs: what a board or bundle must have, by the names of `hil.scenarios.needs`; others are skipped.
        steps: in order; the first is `boot`.
    """

    name: str
    about: str
    needs: tuple[str, ...]
    steps: tuple[Step, ...]
