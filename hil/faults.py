"""A line that misbehaves on purpose: frames are damaged, truncated, lost, repeated, reordered and delayed.

The faults come from a seed, so a run can be repeated, and each is counted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from firmware_bridge.frame import DELIMITER
from firmware_bridge.transport import Transport

_MOST_FLIPS: Final = 3
_LONGEST_DELAY: Final = 5


@dataclass(frozen=True)
class Rates:
    """The probability of each fault, for every frame in either direction; at most one strikes a frame.

    Args:
        damage: one to three bits are flipped, its delimiter included.
        lose: it never arrives.
        repeat: it arrives twice.
        reorder: the next frame overtakes it.
        delay: two to five frames overtake it.
        truncate: its end is missing, with or without its delimiter.
    """

    damage: float = 0.0
    lose: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    truncate: float = 0.0

    @classmethod
    def each(cls, rate: float) -> Rates:
        """The same rate for damage, loss, repetition and reordering; nothing else."""
        return cls(damage=rate, lose=rate, repeat=rate, reorder=rate)


class FaultyLine:
    """One direction of a line: bytes go in, and what is left of them comes out.

    A frame that is held back comes out behind those that overtake it; if none follow, it is lost.
    """

    def __init__(self, chance: random.Random, rates: Rates) -> None:
        self.faults: Counter[str] = Counter()
        self.frames = 0
        self._chance = chance
        self._rates = rates
        self._unfinished = b""
        self._held: list[tuple[int, bytes]] = []

    def feed(self, data: bytes) -> bytes:
        """What arrives when `data` is sent; a frame is judged when its delimiter is there."""
        *frames, self._unfinished = (self._unfinished + data).split(DELIMITER)
        return b"".join(self._carry(frame + DELIMITER) if frame else DELIMITER for frame in frames)

    def flush(self) -> bytes:
        """What is still held back, in the order in which it would arrive."""
        held, self._held = [frame for _, frame in sorted(self._held, key=lambda item: item[0])], []
        return b"".join(held)

    def _carry(self, frame: bytes) -> bytes:
        self.frames += 1
        arrived = b"".join(self._strike(frame))
        due = [late for release, late in self._held if release <= self.frames]
        self._held = [(release, late) for release, late in self._held if release > self.frames]
        return arrived + b"".join(due)

    def _strike(self, frame: bytes) -> Iterator[bytes]:
        fault = self._fault()
        if fault is None:
            yield frame
            return
        self.faults[fault] += 1
        if fault == "damage":
            yield self._damaged(frame)
        elif fault == "truncate":
            yield frame[: self._chance.randrange(1, max(2, len(frame) - 1))] + self._chance.choice((b"", DELIMITER))
        elif fault == "repeat":
            yield frame + frame
        elif fault == "reorder":
            self._held.append((self.frames + 1, frame))
        elif fault == "delay":
            self._held.append((self.frames + self._chance.randint(2, _LONGEST_DELAY), frame))

    def _fault(self) -> str | None:
        drawn = self._chance.random()
        for field in fields(self._rates):
            drawn -= getattr(self._rates, field.name)
            if drawn < 0:
                return field.name
        return None

    def _damaged(self, frame: bytes) -> bytes:
        damaged = bytearray(frame)
        for bit in self._chance.sample(range(8 * len(frame)), self._chance.randint(1, _MOST_FLIPS)):
            damaged[bit // 8] ^= 1 << bit % 8
        return bytes(damaged)


class FaultyTransport:
    """A `Transport` whose frames meet faults in both directions.

    Args:
        inner: the line as it is; closed with this one.
        seed: where the faults come from.
        rates: how often each strikes.
    """

    def __init__(self, inner: Transport, seed: int, rates: Rates) -> None:
        self._inner = inner
        self._there = FaultyLine(random.Random(f"{seed} there"), rates)  # noqa: S311  # repeatable, not secret
        self._back = FaultyLine(random.Random(f"{seed} back"), rates)  # noqa: S311

    @property
    def name(self) -> str:
        """What the user calls the line."""
        return self._inner.name

    @property
    def baud(self) -> int:
        """Bits per second of the line as it is."""
        return self._inner.baud

    @property
    def frames(self) -> int:
        """Frames of both directions so far."""
        return self._there.frames + self._back.frames

    @property
    def faults(self) -> Counter[str]:
        """How often each fault has struck, by the names of `Rates`."""
        return self._there.faults + self._back.faults

    def write(self, data: bytes) -> None:
        """Send what is left of `data`."""
        left = self._there.feed(data)
        if left:
            self._inner.write(left)

    def read(self, timeout_s: float) -> bytes:
        """What is left of what has come; empty also when all of it was lost."""
        return self._back.feed(self._inner.read(timeout_s))

    def flush(self) -> None:
        """Let the far end have what is still held back; what is held back of its answers is lost."""
        held = self.forget()
        if held:
            self._inner.write(held)

    def forget(self) -> bytes:
        """Lose all that is still held back; gives what the far end would have got."""
        self._back.flush()
        return self._there.flush()

    def close(self) -> None:
        """Close the line."""
        self._inner.close()
