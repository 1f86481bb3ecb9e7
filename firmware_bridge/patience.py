"""How long a host waits for a reply: longer for more work, a little longer after each try, never beyond a total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Patience:
    """The waits of one request.

    Args:
        reply_s: what an idle device may take to answer, without the time on the line and without the work.
        total_s: when to give up, without the time on the line and without the work.
    """

    reply_s: float = 0.5
    total_s: float = 4.0

    def waits(self, work_s: float) -> Iterator[float]:
        """Seconds to wait after each sending. `work_s` is what one try may take on the line and on the device."""
        left, wait = self.total_s, self.reply_s
        while left > 0:
            yield min(wait, left) + work_s
            left -= wait
            wait *= 2


DEFAULT_PATIENCE: Final = Patience()

HELLO_PATIENCE: Final = Patience(reply_s=0.25, total_s=2.0)
"""For the first contact: a device that is there answers at once, and a wrong port should be told soon."""

REPORT_PATIENCE: Final = Patience(reply_s=0.25, total_s=0.5)
"""For the counters of a device with which something has just failed: it may well be silent."""
