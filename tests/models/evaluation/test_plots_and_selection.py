"""What people are shown, and what they are told when they mistype."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from models.errors import StudyError
from models.evaluation.plots import Curve, method_plot, sweep_plot
from models.evaluation.selection import pick

CURVES = (Curve("persona", (0.05, 0.5, 5.0), (0.7, 0.75, 0.6), (0.02, 0.02, 0.03), chosen=(0.5,)),)
MEANS = {"base": (0.6, 0.6, 0.6), "persona": (0.7, 0.68, 0.72), "worse": (0.5, 0.45, 0.55)}


def plots() -> list[str]:
    """One of each kind."""
    return [sweep_plot("T", "T", CURVES, 0.65, logarithmic=True), method_plot("methods", MEANS, 0.6)]


def test_the_same_figures_have_the_same_bytes() -> None:
    """No date, no random identifiers: a plot changes in a review only if its figures did."""
    assert plots() == plots()
    assert not any("<dc:date>" in plot for plot in plots())


@pytest.mark.parametrize("which", [0, 1])
def test_a_plot_is_an_svg_with_readable_text(which: int) -> None:
    """Well-formed, with its text as text, and no spaces at the ends of lines."""
    plot = plots()[which]
    texts = {"".join(element.itertext()) for element in ET.fromstring(plot).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314
    assert {"persona", "worse" if which else "base"} <= texts
    assert all(line == line.rstrip() for line in plot.splitlines())


def test_names_are_picked_in_the_order_asked_for() -> None:
    """Each once."""
    assert pick(["b", "a", "b"], {"a": 1, "b": 2, "c": 3}, "letter") == [2, 1]


def test_the_nearest_names_are_offered() -> None:
    """A typing error gets its correction."""
    with pytest.raises(StudyError, match="did you mean persona"):
        pick(["persone"], {"persona": 1, "ridge": 2}, "editor")


def test_a_name_like_no_other_gets_the_list() -> None:
    """All names are told."""
    with pytest.raises(StudyError, match="persona, ridge"):
        pick(["zzz"], {"persona": 1, "ridge": 2}, "editor")
