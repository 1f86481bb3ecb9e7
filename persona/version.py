"""The release, as the installed package states it."""

from __future__ import annotations

from importlib import metadata

DISTRIBUTION = "persona-mcu"


def version() -> str:
    """The version of the distribution; "unknown" for a copy of the sources that is not installed."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"
