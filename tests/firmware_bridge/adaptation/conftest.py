"""Library devices for the adapt loop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.library import LibraryDevice


@pytest.fixture
def library_device(small_library: Path) -> Iterator[LibraryDevice]:
    """A small device with flash that has just booted, on its virtual clock."""
    device = LibraryDevice(small_library)
    assert device.boot() is None
    yield device
    device.close()
