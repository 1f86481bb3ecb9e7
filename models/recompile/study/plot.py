"""The recovered share over the number of examples, a line for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.evaluation.plots import COLOURS, svg
from models.recompile.methods.registry import METHODS
from models.recompile.study.families import WIDE
from models.recompile.study.figures import Point, Row
from models.recompile.study.tables import points

_SHOWN: Final = (-0.5, 1.3)
"""Shares outside are cut off: with few examples an edit can be far worse than none."""
_LABELLED: Final = ("ridge", "finetune", "lora")


def share_plot(title: str, rows: Sequence[Row]) -> str:
    """As SVG: intervals are bootstrapped over users; the old gain is the dashed line."""
    curves = {method: points(rows, method, WIDE) for method in METHODS if method in _LABELLED}

    def draw(axes: Any) -> None:
        for (method, curve), colour in zip(curves.items(), COLOURS, strict=False):
            _curve(axes, method, curve, colour)
        axes.axhline(1, color="#777777", linewidth=1, linestyle="--", label="old edit on the old base")
        axes.axhline(0, color="#777777", linewidth=1, linestyle=":", label="new base without an edit")
        axes.set_xscale("log")
        ticks = sorted({round(each.examples) for curve in curves.values() for each in curve.values()})
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_ylim(*_SHOWN)
        axes.set_xlabel("examples of each user (mean of those that have as many)")
        axes.set_ylabel("recovered share of the gain")
        axes.set_title(title, loc="left", fontsize=10)
        axes.legend(loc="lower right", fontsize=8)

    return svg(draw)


def _curve(axes: Any, method: str, curve: Mapping[int | None, Point], colour: str) -> None:
    known = list({round(each.examples): each for each in curve.values()}.values())
    axes.errorbar(
        [each.examples for each in known],
        [each.share for each in known],
        yerr=[[each.share - each.low for each in known], [each.high - each.share for each in known]],
        color=colour,
        marker="o",
        markersize=3.5,
        linewidth=1.4,
        elinewidth=0.7,
        capsize=2,
        label=method,
    )
