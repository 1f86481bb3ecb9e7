"""Users as devices: leave-last-out for the anchor, and roles by user for everything that edits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.datasets.fleet import Role
from models.errors import FleetError

_LEAST_USERS: Final = 12


@dataclass(frozen=True)
class UserSplit:
    """Which users may be used for what; a seed and a fold fix it.

    The users of `fold` of `folds` are held out. Of the others `validation_share` are those that every choice is made
    on, and `factory_share` of the rest train the base: the editor learns on users that the base has never seen.
    """

    fold: int = 0
    folds: int = 6
    seed: int = 0
    validation_share: float = 0.15
    factory_share: float = 0.6

    def roles(self, users: int) -> dict[Role, npt.NDArray[np.int64]]:
        """Indices of the users with each role, ascending.

        Raises:
            FleetError: there are too few users, or no such fold.
        """
        if not 0 <= self.fold < self.folds or users < max(_LEAST_USERS, 2 * self.folds):
            raise FleetError(
                "the users cannot be split",
                expected=f"a fold from 0 to {self.folds - 1}, and at least {max(_LEAST_USERS, 2 * self.folds)} users",
                received=f"fold {self.fold}, {users} users",
            )
        order = np.random.default_rng(self.seed).permutation(users)
        held_out, others = order[self.fold :: self.folds], np.delete(order, np.s_[self.fold :: self.folds])
        first = max(1, round(self.validation_share * len(others)))
        second = first + round(self.factory_share * (len(others) - first))
        parts = (others[first:second], others[second:], others[:first], held_out)
        roles = (Role.FACTORY, Role.FIELD, Role.VALIDATION, Role.HELD_OUT)
        return {role: np.sort(part).astype(np.int64) for role, part in zip(roles, parts, strict=True)}

    def to_json(self) -> dict[str, Any]:
        """All that fixes it."""
        return asdict(self)
