"""The project's root exception and the toolchain's own branch of it.

Every error a user can meet says what was expected, what came instead and what to do about it; the command line prints
exactly that and nothing else.
"""

from __future__ import annotations

from typing import ClassVar


class PersonaError(Exception):
    """Root of every error that this project raises on purpose.

    Args:
        what: one sentence that names the problem.
        expected: what would have been right, if that is not plain from `what`.
        received: what came instead.
        remedy: what the user can do now.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        *,
        expected: str | None = None,
        received: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.expected = expected
        self.received = received
        self.remedy = remedy
        super().__init__(self.message())

    def message(self) -> str:
        """The whole message, one line for each part that is known."""
        parts = [self.what]
        if self.expected is not None:
            parts.append(f"  expected: {self.expected}")
        if self.received is not None:
            parts.append(f"  received: {self.received}")
        if self.remedy is not None:
            parts.append(f"  what to do: {self.remedy}")
        return "\n".join(parts)


class ToolchainError(PersonaError):
    """Root of the errors of `toolchain`."""

    exit_code = 2


class ModelError(ToolchainError):
    """A model cannot be read, or holds something the compiler does not support."""


class AdaptiveError(ToolchainError):
    """An adaptive tensor is missing, quantised, folded, shared or dropped."""


class BundleError(ToolchainError):
    """A bundle is missing, truncated, altered or of another version."""


class NativeError(ToolchainError):
    """A model cannot be compiled for, or run on, this machine: the message names the missing tool or the reason."""


class EditError(ToolchainError):
    """An edit is malformed, out of bounds, or belongs to another base or layout."""
