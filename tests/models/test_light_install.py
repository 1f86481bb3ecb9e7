"""The editor runs where only the base install is."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "sklearn", "scipy", "tensorflow", "litert_torch", "ai_edge_litert")
CODE = f"""
import sys
for name in {HEAVY!r}:
    sys.modules[name] = None
import models, models.runtime, models.errors, models.datasets.fleet, models.storage
"""


def test_the_editor_needs_no_heavy_package() -> None:
    """`models.runtime` imports with torch, scikit-learn and the converters made unimportable."""
    result = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
