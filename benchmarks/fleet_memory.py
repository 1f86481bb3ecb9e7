"""Peak resident memory of this process and of its children, as Linux counts it."""

from __future__ import annotations

import multiprocessing as mp
import os
import re
from pathlib import Path
from typing import Final

MIB: Final = 1024


def forget_peak() -> None:
    """Count this process's peak from here on."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mib(process: int | None = None) -> float | None:
    """Most MiB that a process ever had resident, None where it is gone; this one's since `forget_peak`."""
    try:
        status = Path(f"/proc/{process or os.getpid()}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return None if found is None else round(int(found[1]) / MIB, 1)


def workers_peak_mib() -> float | None:
    """That of the largest process that works for this one, None where there is none."""
    return max(filter(None, (peak_mib(child.pid) for child in mp.active_children())), default=None)
