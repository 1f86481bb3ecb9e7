"""What is wrong with a run's folder."""

from __future__ import annotations

from hil.errors import HilError


class RunError(HilError):
    """A folder holds no run, or one that is damaged or of another version."""

    exit_code = 2
