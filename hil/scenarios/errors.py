"""What can be wrong with a scenario itself, which says nothing about any board."""

from __future__ import annotations

from hil.errors import HilError


class ScenarioError(HilError):
    """A scenario file cannot be read; the message begins with file and line."""


class StepError(HilError):
    """A step cannot be done where it stands, or not with this bundle or board."""
