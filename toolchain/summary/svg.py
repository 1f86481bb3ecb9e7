"""The arena over time as SVG: a rectangle for a lane, with its name and place as tooltip."""

from __future__ import annotations

from html import escape
from typing import Final

from toolchain.summary.timeline import Lane, Timeline

_WIDTH: Final = 960
_HEIGHT: Final = 480
_MARGIN: Final = 70
_COLOURS: Final = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948", "#b07aa1", "#9c755f")


def svg(memory: Timeline, title: str) -> str:
    """A complete SVG document; time runs to the right, addresses upwards."""
    columns = len(memory.steps) + 2
    across = (_WIDTH - 2 * _MARGIN) / columns
    up = (_HEIGHT - 2 * _MARGIN) / max(1, memory.arena_bytes)
    bottom, right = _HEIGHT - _MARGIN, _WIDTH - _MARGIN
    sizes = f"arena {memory.arena_bytes:,} bytes, lower bound {memory.lower_bound:,} bytes"
    facts = f"{sizes}, peak at operator {memory.peak_name}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_MARGIN}" y="30" font-size="18">{escape(title)}</text>',
        f'<text x="{_MARGIN}" y="50" font-size="12">{escape(facts)}</text>',
    ]
    parts += [_lane(lane, number, across, up, bottom) for number, lane in enumerate(memory.lanes)]
    peak = _MARGIN + (memory.peak + 1.5) * across
    line = 'stroke="black" stroke-width="1"'
    parts += [
        f'<line x1="{peak:.1f}" y1="{_MARGIN}" x2="{peak:.1f}" y2="{bottom}" {line} stroke-dasharray="4 3"/>',
        f'<line x1="{_MARGIN}" y1="{bottom}" x2="{right}" y2="{bottom}" {line}/>',
        f'<line x1="{_MARGIN}" y1="{_MARGIN}" x2="{_MARGIN}" y2="{bottom}" {line}/>',
        f'<text x="{_MARGIN - 6}" y="{_MARGIN + 4}" font-size="11" text-anchor="end">{memory.arena_bytes:,}</text>',
        f'<text x="{_MARGIN - 6}" y="{bottom + 4}" font-size="11" text-anchor="end">0</text>',
        f'<text x="{right}" y="{bottom + 20}" font-size="12" text-anchor="end">{len(memory.steps)} operators</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _lane(lane: Lane, number: int, across: float, up: float, bottom: int) -> str:
    x, width = _MARGIN + (lane.first + 1) * across, (lane.last - lane.first + 1) * across
    y, height = bottom - (lane.offset + lane.size) * up, lane.size * up
    place = f"{lane.label}: {lane.size:,} bytes at {lane.offset:,}, steps {lane.first} to {lane.last}"
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{_COLOURS[number % len(_COLOURS)]}" fill-opacity="0.85" stroke="white" stroke-width="0.5">'
        f"<title>{escape(place)}</title></rect>"
    )
