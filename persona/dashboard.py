"""A look at a device as lines of text, and a screen that is drawn over itself."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

import numpy as np

from firmware_bridge.look import Look, described, inference_rate, moved, was_reset
from firmware_bridge.messages.watch import DRIFT_ONE
from toolchain.edit import Codec

if TYPE_CHECKING:
    from firmware_bridge.messages import HistoryEntry, StatusReply
    from toolchain.bundle import Bundle

_SHOWN_VALUES: Final = 8
_BOOTS: Final = {
    "factory": "started in factory state",
    "restored": "started with a confirmed edit",
    "dropped": "started and dropped an unconfirmed edit",
}


def lines_of(url: str, look: Look, before: Look | None, bundle: Bundle | None) -> list[str]:
    """The whole picture, one entry a line; `before` gives rates and what moved, `bundle` meaning to the output."""
    reset = ["the device was reset since the last look"] if was_reset(look, before) else []
    return [
        f"{look.hello.platform} at {url}, firmware {'.'.join(map(str, look.hello.firmware))}",
        *reset,
        "",
        *_banks(look.status),
        "",
        *_context(look),
        *_inference(look, before, bundle),
        "",
        *_counters(look, before),
        *_line(look),
        "",
        *_history(look.history),
    ]


def _banks(status: StatusReply) -> list[str]:
    state = status.edit_state.name.lower()
    left = f", {status.probation_ms / 1000:.1f} s of probation left" if status.probation_ms else ""
    return [
        f"bank {status.active_bank} runs   {status.active_digest.hex()}  generation {status.generation}",
        f"other bank    {status.other_digest.hex()}",
        f"after a reset {status.confirmed_digest.hex()}  ({_BOOTS[status.boot.name.lower()]})",
        f"edit          {state}{left}; counter {status.counter}, confirmed {status.confirmed_counter}",
    ]


def _context(look: Look) -> list[str]:
    watch = look.watch
    if watch is None:
        return ["context       none: nothing is adaptive"]
    drift = watch.drift / DRIFT_ONE
    windows = f"{watch.held} of {look.hello.context_capacity} windows, {watch.serial} ever"
    return [f"context       {windows}; drift {drift:.2f}"]


def _inference(look: Look, before: Look | None, bundle: Bundle | None) -> list[str]:
    count = look.status.named_counters["inferences"]
    rate = inference_rate(look, before)
    text = "" if rate is None else f", {rate:.1f} a second"
    rows = [f"inferences    {count:,}{text}"]
    if look.output is not None:
        rows += [f"last output   {shown}" for shown in _output(look.output, bundle)]
    return rows


def _output(raw: bytes, bundle: Bundle | None) -> list[str]:
    if bundle is None:
        return [raw[:24].hex(" ") + (f" ... ({len(raw)} bytes)" if len(raw) > 24 else "")]  # noqa: PLR2004  # one line
    named = _decoded(raw, bundle)
    return [f"{name}: largest at {place} ({values[place]:.4g}); {_some(values)}" for name, values, place in named]


def _decoded(raw: bytes, bundle: Bundle) -> list[tuple[str, list[float], int]]:
    """Each output of the model: its name, its real numbers, and where the largest is."""
    found = []
    for signal in bundle.outputs:
        values = signal.decode(signal.parse(raw[: signal.nbytes])).ravel()
        raw = raw[signal.nbytes :]
        found.append((signal.name, values.tolist(), int(np.argmax(values))))
    return found


def _some(values: Sequence[float]) -> str:
    return " ".join(f"{value:.3g}" for value in values[:_SHOWN_VALUES]) + (
        " ..." if len(values) > _SHOWN_VALUES else ""
    )


def _counters(look: Look, before: Look | None) -> list[str]:
    changes, counters = moved(look, before), look.status.named_counters
    if not changes:
        return ["no counter moved since the last look"]
    title = "counters" if before is None else "counters that moved"
    return [title, *(f"  {name:<20} {counters[name]:>12,}  {by:+,}" for name, by in changes.items())]


def _line(look: Look) -> list[str]:
    dropped = ", ".join(f"{count} x {reason}" for reason, count in look.dropped.items()) or "nothing"
    return [f"this host     dropped {dropped}, asked {look.retries} time(s) again"]


def _history(history: Sequence[HistoryEntry]) -> list[str]:
    if not history:
        return ["no bank was switched since the last reset"]
    return ["last switches, by seconds since reset", *(_entry(entry) for entry in reversed(history))]


def _entry(entry: HistoryEntry) -> str:
    codec = Codec(entry.codec).name.lower() if entry.codec in set(Codec) else f"codec {entry.codec}"
    event = entry.event.name.lower().replace("_", " ")
    return (
        f"  {entry.seconds:>8} s  {event:<8}  bank {entry.bank}  {entry.digest.hex()}  prototype {entry.prototype}"
        f"  {codec:<6}  counter {entry.counter}"
    )


def record_of(url: str, look: Look, before: Look | None, bundle: Bundle | None) -> dict[str, Any]:
    """The picture as JSON knows it; the last output in hexadecimal, and in real numbers with a `bundle`."""
    raw = look.output
    outputs = None if raw is None or bundle is None else _decoded(raw, bundle)
    return {
        "port": url,
        **described(look, before),
        "output_hex": None if raw is None else raw.hex(),
        "outputs": None if outputs is None else [values for _, values, _ in outputs],
        "largest": None if outputs is None else [place for _, _, place in outputs],
    }


class Screen:
    """Shows pictures one after the other: in place on a terminal, one below the other elsewhere.

    Args:
        stream: where they are drawn.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty()
        self._begun = False

    def show(self, lines: Sequence[str]) -> None:
        """Draw a picture over the last one; on a terminal lines are cut to its width."""
        if not self._terminal:
            text = ("\n" if self._begun else "") + "".join(f"{line}\n" for line in lines)
        else:
            width, height = shutil.get_terminal_size()
            # Each line is erased behind its text, which flickers less than an empty screen in between.
            rows = "".join(f"{line[:width]}\x1b[K\n" for line in lines[: height - 1])
            text = ("\x1b[H" if self._begun else "\x1b[2J\x1b[H") + rows + "\x1b[J"
        self._begun = True
        self._stream.write(text)
        self._stream.flush()
