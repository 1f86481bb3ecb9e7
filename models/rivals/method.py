"""A method: what makes edits for the devices of a bench, and what it is given for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.rivals.bench import Bench
from models.rivals.edited import Edited


@dataclass(frozen=True)
class Method:
    """One row of a table.

    `name` is what the command line calls it, `about` one sentence on it. `labelled` methods see the labels of the
    device's context; `backpropagation` tells whether an edit for a new device takes gradients (what is learned once,
    for all devices, does not count). What a `sendable` method makes lies within its clip T of a row of its table.
    """

    name: str
    run: Callable[[Bench], Edited]
    about: str
    labelled: bool = False
    backpropagation: bool = False
    sendable: bool = True
