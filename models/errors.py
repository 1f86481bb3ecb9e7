"""The errors of `models`, by what the caller does next."""

from __future__ import annotations

from typing import ClassVar

from toolchain.errors import PersonaError


class LearningError(PersonaError):
    """Root of the errors of `models`."""

    exit_code: ClassVar[int] = 4


class FleetError(LearningError):
    """A fleet cannot be made or read as it was asked for: change its configuration or its data."""


class TrainedError(LearningError):
    """A directory with a trained model is missing, truncated, altered or of another version: train again."""


class NetworkError(LearningError):
    """A network cannot be made from these arguments or layers: change them."""


class ContextError(LearningError):
    """A context does not fit the editor: ask the device again."""


class StudyError(LearningError):
    """A study cannot be run as it was asked for: change its arguments, or the folder it works in."""


class RecompileError(LearningError):
    """An edit cannot be made anew: from these examples, by this method, or for this base."""
