"""Instructions of the last inference on a line, read from the record of what went over it."""

from __future__ import annotations

from collections.abc import Iterator

from firmware_bridge.frame import Frame, Receiver
from firmware_bridge.messages import REPLY_BIT, Infer, InferReply, Kind, MalformedError, split_reply
from hil.inventory.board import Board
from hil.recording import RECEIVED, SENT, Recording


def instructions_of(board: Board, recording: Recording) -> int | None:
    """Ticks of the last untraced inference times the instructions of a tick; None where a tick counts none.

    Only an emulator's ticks count instructions. A traced inference also counts the time of telling.
    """
    each = board.platform.instructions_per_tick if board.emulated else None
    if each is None:
        return None
    ticks = last_ticks(recording)
    return None if ticks is None else round(ticks * each)


def last_ticks(recording: Recording) -> int | None:
    """Ticks of the last untraced inference, None if there was none."""
    plain: set[int] = set()
    ticks = None
    for way, frame in _frames(recording):
        if way == SENT and frame.kind == Kind.INFER:
            (plain.discard if _is_traced(frame.payload) else plain.add)(frame.seq)
        elif way == RECEIVED and frame.kind == Kind.INFER | REPLY_BIT and frame.seq in plain:
            came = _ticks(frame.payload)
            ticks = ticks if came is None else came
    return ticks


def _frames(recording: Recording) -> Iterator[tuple[str, Frame]]:
    receivers = {SENT: Receiver(), RECEIVED: Receiver()}
    for _, way, data in recording.chunks:
        for came in receivers[way].feed(data):
            if isinstance(came, Frame):
                yield way, came


def _is_traced(payload: bytes) -> bool:
    try:
        return Infer.parse(payload).trace
    except MalformedError:
        return True


def _ticks(payload: bytes) -> int | None:
    try:
        fields = split_reply(payload)
        return InferReply.parse(fields).ticks if isinstance(fields, bytes) else None
    except MalformedError:
        return None
