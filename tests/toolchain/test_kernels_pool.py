"""Average pools over whole images: four channels at once, and the windows too large for that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.toolchain.equality import assert_c_equals_reference
from tests.toolchain.graph_builder import GraphBuilder


@pytest.mark.parametrize(
    ("height", "width", "channels"), [(25, 5, 6), (16, 16, 4), (16, 17, 5), (1, 256, 7), (1, 1, 3)]
)
def test_whole_image(height: int, width: int, channels: int, tmp_path: Path) -> None:
    """Windows of up to 256 elements, and above, give the reference's means of all channels."""
    g = GraphBuilder()
    x, y = g.input((1, height, width, channels), "int8", 0.1, -5), g.tensor((1, 1, 1, channels), "int8", 0.1, -5)
    options = {"padding": 1, "strideH": height, "strideW": width, "fusedActivationFunction": 0}
    g.op("AVERAGE_POOL_2D", [x], [y], filterHeight=height, filterWidth=width, **options)
    assert_c_equals_reference(g.build([y]), tmp_path)
