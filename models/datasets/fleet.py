"""What every data set offers: devices with a role, each with a context and an evaluation set."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt


class Role(Enum):
    """What a device may be used for. No device and no image has two roles."""

    FACTORY = "factory"
    """Trains the base."""
    FIELD = "field"
    """Trains the editor and the prototypes; never seen by the base (cross-fitting)."""
    VALIDATION = "validation"
    """Every choice is made here: T, sizes, budgets."""
    HELD_OUT = "held_out"
    """Only reported."""


@dataclass(frozen=True)
class DeviceData:
    """What one device has recorded.

    `context` float32 [c, *input] are its recent windows; `context_labels` int64 [c] exist for the rivals that are given
    labels, and no unlabelled editor sees them. `inputs` float32 [n, *input] and `labels` int64 [n] are other windows:
    training material on factory and field devices, the evaluation set on the others. `frozen` float32 [f, *input] and
    `frozen_labels` int64 [f], f may be 0, are windows that only a guard may look at: whether to accept an edit.
    """

    name: str
    role: Role
    context: npt.NDArray[np.float32]
    context_labels: npt.NDArray[np.int64]
    inputs: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    frozen: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    frozen_labels: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


class Fleet(Protocol):
    """A data set as devices."""

    @property
    def classes(self) -> int:
        """Number of classes."""
        ...

    def devices(self, role: Role) -> tuple[DeviceData, ...]:
        """The devices with this role, always in the same order."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Everything needed to make the same fleet again, its `name` included."""
        ...


@runtime_checkable
class Home(Protocol):
    """A fleet that can also show devices without the shift of its held-out ones."""

    def at_home(self) -> tuple[DeviceData, ...]:
        """What the shift is measured against."""
        ...
