"""The arena over time in block characters: one column for a step, addresses upwards, one shade for a lane."""

from __future__ import annotations

from typing import Final

from toolchain.summary.timeline import Lane, Timeline

WIDTH: Final = 72
HEIGHT: Final = 16
_SHADES: Final = "█▓▒░"
_FREE: Final = "·"


def picture(memory: Timeline, width: int = WIDTH, height: int = HEIGHT) -> list[str]:
    """Lines of text, the highest addresses first. Steps share a column where there are more than `width` of them."""
    if not memory.steps or not memory.arena_bytes:
        return []
    columns = _columns(len(memory.steps), width)
    shade = _shades(memory.lanes)
    labels = {0: "0", height - 1: f"{memory.arena_bytes:,}"}
    margin = max(map(len, labels.values()))
    lines = []
    for row in reversed(range(height)):
        address = (2 * row + 1) * memory.arena_bytes // (2 * height)
        cells = "".join(_cell(memory, address, steps, shade) for steps in columns)
        lines.append(f"{labels.get(row, ''):>{margin}} {cells}")
    lines.append(f"{'':>{margin}} {_peak_mark(memory, columns)}")
    return lines


def _columns(steps: int, width: int) -> list[range]:
    """Which steps each column stands for; few steps get several columns each."""
    if steps <= width:
        wide = max(1, min(4, width // steps))
        return [range(step, step + 1) for step in range(steps) for _ in range(wide)]
    return [range(c * steps // width, max((c + 1) * steps // width, c * steps // width + 1)) for c in range(width)]


def _shades(lanes: tuple[Lane, ...]) -> dict[Lane, str]:
    """A shade for each block, another one than its neighbours' where there are enough."""
    shade: dict[Lane, str] = {}
    for lane in lanes:
        near = [s for other, s in shade.items() if _touch(lane, other)]
        shade[lane] = min(_SHADES, key=lambda s: (near.count(s), _SHADES.index(s)))
    return shade


def _touch(a: Lane, b: Lane) -> bool:
    in_time = a.first <= b.last + 1 and b.first <= a.last + 1
    return in_time and a.offset <= b.offset + b.size and b.offset <= a.offset + a.size


def _cell(memory: Timeline, address: int, steps: range, shade: dict[Lane, str]) -> str:
    for lane in memory.lanes:
        if lane.offset <= address < lane.offset + lane.size and lane.first < steps.stop and steps.start <= lane.last:
            return shade[lane]
    return _FREE


def _peak_mark(memory: Timeline, columns: list[range]) -> str:
    return "".join("^" if memory.peak in steps else " " for steps in columns).rstrip() + f" peak: {memory.peak_name}"
