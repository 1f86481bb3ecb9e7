"""Plots as SVG: light, readable, and the same bytes for the same figures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_STYLE: Final[Any] = {
    "svg.hashsalt": "persona",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
}
COLOURS: Final = ("#0b6e99", "#c4561b", "#3a7d44", "#7a4b94", "#8a6d1d", "#b23a48")
_SIZE: Final = (6.0, 3.4)
_GREY: Final = "#777777"


@dataclass(frozen=True)
class Curve:
    """Mean accuracies over a swept value with their standard errors; `chosen` are the best on validation devices.

    `validation` are the means over the validation devices that they were chosen by.
    """

    name: str
    values: Sequence[float]
    means: Sequence[float]
    errors: Sequence[float]
    chosen: Sequence[float] = ()
    validation: Sequence[float] = ()


def sweep_plot(title: str, axis: str, curves: Sequence[Curve], base: float, *, logarithmic: bool) -> str:
    """Accuracy of held-out devices over what is swept, the base as a dashed line, chosen points ringed."""

    def draw(axes: Any) -> None:
        for curve, colour in zip(curves, COLOURS, strict=False):
            axes.errorbar(
                curve.values,
                curve.means,
                yerr=curve.errors,
                color=colour,
                marker="o",
                markersize=3.5,
                linewidth=1.4,
                elinewidth=0.7,
                capsize=2,
                label=curve.name,
            )
            at = {value: mean for value, mean in zip(curve.values, curve.means, strict=True) if value in curve.chosen}
            axes.scatter(
                list(at), list(at.values()), s=90, facecolors="none", edgecolors=colour, linewidths=1.4, zorder=3
            )
        axes.axhline(base, color=_GREY, linewidth=1, linestyle="--", label="base")
        if logarithmic:
            axes.set_xscale("log")
        ticks = sorted({value for curve in curves for value in curve.values})
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel(f"{axis} (rings: best on validation devices)")
        axes.set_ylabel("accuracy of unseen devices")
        axes.set_title(title, loc="left", fontsize=10)
        axes.legend(loc="best", fontsize=8)

    return svg(draw)


def method_plot(title: str, means: Mapping[str, tuple[float, float, float]], base: float) -> str:
    """A bar for each method: its mean, with the confidence interval of its gain (`mean, low, high`) around it."""

    def draw(axes: Any) -> None:
        names = list(means)
        for row, (mean, low, high) in enumerate(means.values()):
            colour = COLOURS[0] if mean >= base else COLOURS[1]
            axes.barh(row, mean, color=colour, height=0.62, alpha=0.85)
            axes.plot([low, high], [row, row], color="#222222", linewidth=1.1)
        axes.axvline(base, color=_GREY, linewidth=1, linestyle="--")
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlim(max(0.0, min(low for _, low, _ in means.values()) - 0.1), None)
        axes.set_xlabel("accuracy of unseen devices (dashed: base; lines: 95 % interval of the gain)")
        axes.set_title(title, loc="left", fontsize=10)
        axes.grid(axis="y", visible=False)

    return svg(draw, height=max(_SIZE[1], 0.24 * len(means) + 1))


def svg(draw: Any, height: float = _SIZE[1]) -> str:
    """What `draw` puts on its axes, as SVG."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_STYLE):
        figure = Figure(figsize=(_SIZE[0], height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.subplots())
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    # matplotlib leaves spaces at the ends of lines, which reviews of generated files stumble over.
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"
