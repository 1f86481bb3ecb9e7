"""Run a function in a forked child: what it does to itself, or is done to it, is not done to the tests."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Final

FAILED: Final = 70


def fork(function: Callable[[], int]) -> int:
    """The child's process id; it ends with what `function` returns, or with `FAILED` after printing its exception."""
    child = os.fork()
    if child:
        return child
    status = FAILED
    try:
        status = function()
    except BaseException:  # noqa: BLE001  # a child must not go on as a second parent
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(status)


def status_of(function: Callable[[], int]) -> int:
    """What a child returned; negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(fork(function), 0)[1])
