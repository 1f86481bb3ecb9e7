"""Passes that change how a model computes, and never what: the bits of every output stay.

Graph passes rewrite the graph before lowering; kernel passes rewrite the list of kernels after it.
"""

from __future__ import annotations

from enum import Enum


class Pass(Enum):
    """The passes by name, in the order in which they run."""

    FUSE_PAD = "fuse-pad"
    """A PAD in front of a convolution becomes the convolution's own border."""
    DEAD_CHANNELS = "dead-channels"
    """Channels that are constant or read by nobody go, their constants into the biases behind them."""
    FUSE_ADD = "fuse-add"
    """A convolution whose output is only added to something writes the sum."""
    VIEWS = "views"
    """A contiguous slice or split is a name for a part of its input."""
    IN_PLACE = "in-place"
    """Depthwise, pointwise and element-wise operators write into an input that is not needed any more."""


ALL_PASSES = frozenset(Pass)
