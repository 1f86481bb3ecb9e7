"""Bars as inline SVG; colours are classes of the page's style, so that they follow light and dark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hil.report.html import Html, tag

_WIDTH: Final = 1000
_HEIGHT: Final = 10


@dataclass(frozen=True)
class Part:
    """A piece of a stacked bar: its name, its size, and the class that colours it."""

    name: str
    size: int
    colour: str


def bar(share: float, label: str, colour: str = "c1") -> Html:
    """A bar of `share` (0 to 1) of its box."""
    width = max(0.0, min(1.0, share)) * _WIDTH
    return _svg(
        [
            tag("rect", width=_WIDTH, height=_HEIGHT, class_="track"),
            tag("rect", width=f"{width:.1f}", height=_HEIGHT, class_=colour),
        ],
        label,
    )


def stacked(parts: Iterable[Part], whole: int, label: str) -> Html:
    """The parts one after the other; the bar's length stands for `whole`."""
    pieces = [tag("rect", width=_WIDTH, height=_HEIGHT, class_="track")]
    at = 0.0
    for part in parts:
        width = part.size * _WIDTH / max(1, whole)
        title = tag("title", f"{part.name}: {part.size:,} bytes")
        rect = tag("rect", x=f"{at:.1f}", width=f"{max(0.0, width - 1):.1f}", height=_HEIGHT, class_=part.colour)
        pieces.append(tag("g", title, rect))
        at += width
    return _svg(pieces, label, "stack")


def _svg(pieces: Iterable[Html], label: str, class_: str = "bar") -> Html:
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    # Names of SVG attributes have capitals, which HTML parsers restore.
    return tag("svg", *pieces, class_=class_, role="img", aria_label=label, viewBox=box, preserveAspectRatio="none")
