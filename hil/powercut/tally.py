"""What came out of many cuts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from firmware_bridge.errors import BridgeError
from hil.errors import HilError


@dataclass
class Tally:
    """Cuts by kind, how many devices recovered from them, and the first that did not."""

    stores: int = 0
    cuts: Counter[str] = field(default_factory=Counter)
    recovered: Counter[str] = field(default_factory=Counter)
    second_cuts: int = 0
    kept: int = 0
    """After that many of the cuts the device runs the old bank, after the others the new one."""
    first_failure: str = ""

    def add(self, other: Tally) -> None:
        """Count what `other` counted, too."""
        self.cuts += other.cuts
        self.recovered += other.recovered
        self.second_cuts += other.second_cuts
        self.kept += other.kept
        self.first_failure = self.first_failure or other.first_failure

    @contextmanager
    def cut(self, kind: str, where: str) -> Iterator[None]:
        """Count a cut; the device has recovered if the block ends without an error of the bridge or of `hil`."""
        self.cuts[kind] += 1
        try:
            yield
        except (BridgeError, HilError) as error:
            self.first_failure = self.first_failure or f"{kind}, {where}: {error}"
        else:
            self.recovered[kind] += 1
