"""The errors of `hil`: each class is one way in which a board fails, so that no two are mistaken for each other."""

from __future__ import annotations

from toolchain.errors import PersonaError


class HilError(PersonaError):
    """Root of the errors of `hil`."""

    exit_code = 5


class MissingToolError(HilError):
    """A program that the board needs is not installed; the message names its package."""


class InventoryError(HilError):
    """`boards.yaml` is missing, or says something that is not so; the message gives every line."""


class BoardBusyError(HilError):
    """Another program uses the board; the message says which."""


class FlashFailedError(HilError):
    """The image could not be put on the board, or the board's memory is not the image afterwards."""


class NoBootError(HilError):
    """The device ended, or stayed silent, before it answered HELLO."""


class CrashedError(HilError):
    """The device answered and then ended: a fault, an abort, or an exit that nobody asked for."""


class WrongResultError(HilError):
    """The device answers, and its outputs are not those of the reference."""


class PowerLostError(HilError):
    """The device has no power: a planned cut came, or it was never switched on."""
