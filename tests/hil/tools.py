"""The flash tools that tests need."""

from __future__ import annotations

import os

import pytest

from hil.errors import MissingToolError
from hil.runners.shell import resolve

OPTIONAL = {"probe-rs"}
"""Those that neither pip nor Debian brings."""


def need(program: str) -> str:
    """Path of a flash tool; skips the test where there is none, and CI, which installs them, demands it instead."""
    try:
        return resolve(program, "")
    except MissingToolError:
        if os.environ.get("PERSONA_REQUIRE_EMULATORS") and program not in OPTIONAL:
            pytest.fail(f"{program} is not installed: run `make test`")
        pytest.skip(f"{program} is not installed")
