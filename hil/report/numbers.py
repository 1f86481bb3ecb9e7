"""Numbers as people read them: with thousands separators and units, and one phrase for what was not measured."""

from __future__ import annotations

from typing import Final

from firmware_bridge.cost import line_time_s
from hil.report.html import Html, tag

_MISSING: Final = "not measured"
_KILO: Final = 1000
_MINUTE_S: Final = 60
_DIGITS: Final = 16


def missing() -> Html:
    """What stands where nothing was measured."""
    return tag("span", _MISSING, class_="missing")


def count(value: float | None) -> str | Html:
    """`12,345`."""
    return missing() if value is None else f"{value:,.0f}"


def kilobytes(value: int | None) -> str | Html:
    """`73.9 kB`; below a kilobyte `912 B`."""
    if value is None:
        return missing()
    return f"{value:,} B" if value < _KILO else f"{value / _KILO:,.1f} kB"


def percent(share: float | None) -> str | Html:
    """`89.2 %`."""
    return missing() if share is None else f"{100 * share:.1f} %"


def milliseconds(size: int | None) -> str | Html:
    """What `size` bytes take on a line of 115,200 baud."""
    return missing() if size is None else f"{1000 * line_time_s(size):,.1f} ms"


def seconds(value: float | None) -> str | Html:
    """`3 min 07 s`, or `38.2 s` below a minute."""
    if value is None:
        return missing()
    if value < _MINUTE_S:
        return f"{value:.1f} s"
    return f"{int(value) // _MINUTE_S:,} min {int(value) % _MINUTE_S:02} s"


def short_digest(digest: str | None) -> str | Html:
    """The first digits of a digest; all of it is the tooltip."""
    if not digest:
        return missing()
    shown = digest if len(digest) <= _DIGITS else digest[:_DIGITS] + "…"
    return tag("code", shown, title=digest)
