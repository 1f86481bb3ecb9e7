"""Grouped bars as SVG: no library, the same bytes for the same figures, readable on light and on dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 900
_PANEL: Final = 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 20, 20, 56, 34
_COLOURS: Final = ("#8b95a5", "#c98a3d", "#4a90c4", "#3f9d6b", "#a86fc0")
_STYLE: Final = (
    "text{font-family:sans-serif;fill:#333}.axis{stroke:#999}"
    "@media (prefers-color-scheme: dark){text{fill:#ddd}.axis{stroke:#777}}"
)


@dataclass(frozen=True)
class Panel:
    """One row of groups, each drawn to a scale of its own.

    Attributes:
        title: above it.
        groups: names under the groups.
        series: names of the bars in a group.
        values: [series][groups]; None leaves a gap. Each group is drawn relative to its largest value.
        labels: [series][groups], what is written on a bar.
    """

    title: str
    groups: Sequence[str]
    series: Sequence[str]
    values: Sequence[Sequence[float | None]]
    labels: Sequence[Sequence[str]]


def svg(panels: Sequence[Panel]) -> str:
    """The document: panels below one another; a series has one colour in all of them."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    colours = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(names)}
    height = _PANEL * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">',
        f"<style>{_STYLE}</style>",
        *(_panel(panel, number * _PANEL, colours) for number, panel in enumerate(panels)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _panel(panel: Panel, top: int, colours: Mapping[str, str]) -> str:
    wide = (_WIDTH - _LEFT - _RIGHT) / len(panel.groups)
    bottom = top + _PANEL - _BOTTOM
    title = f'<text x="{_LEFT}" y="{top + 18}" font-size="14">{escape(panel.title)}</text>'
    parts = [title, *_legend(panel, top, colours)]
    for place, name in enumerate(panel.groups):
        x = _LEFT + place * wide
        parts += _group(panel, place, (x, wide, bottom), colours)
        middle = x + wide / 2
        parts.append(
            f'<text x="{middle:.1f}" y="{bottom + 17}" font-size="12" text-anchor="middle">{escape(name)}</text>'
        )
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - _RIGHT}" y2="{bottom}"/>')
    return "\n".join(parts)


def _legend(panel: Panel, top: int, colours: Mapping[str, str]) -> list[str]:
    parts, x = [], float(_LEFT)
    for name in panel.series:
        parts.append(f'<rect x="{x:.1f}" y="{top + 27}" width="10" height="10" fill="{colours[name]}"/>')
        parts.append(f'<text x="{x + 14:.1f}" y="{top + 36}" font-size="11">{escape(name)}</text>')
        x += 32 + 6.2 * len(name)
    return parts


def _group(panel: Panel, place: int, box: tuple[float, float, int], colours: Mapping[str, str]) -> list[str]:
    """Bars of one group; `box` is its left end, its width and the height of the axis."""
    x, wide, bottom = box
    shown = [row[place] for row in panel.values]
    largest = max((value for value in shown if value is not None), default=1.0) or 1.0
    bar = 0.84 * wide / len(shown)
    parts = []
    for number, value in enumerate(shown):
        if value is None:
            continue
        tall = value / largest * (_PANEL - _TOP - _BOTTOM - 14)
        left = x + 0.08 * wide + number * bar
        label = escape(panel.labels[number][place])
        parts.append(
            f'<rect x="{left:.1f}" y="{bottom - tall:.1f}" width="{0.92 * bar:.1f}" height="{tall:.1f}" '
            f'fill="{colours[panel.series[number]]}"><title>{escape(panel.series[number])}: {label}</title></rect>'
        )
        parts.append(
            f'<text x="{left + 0.46 * bar:.1f}" y="{bottom - tall - 4:.1f}" font-size="10" '
            f'text-anchor="middle">{label}</text>'
        )
    return parts
