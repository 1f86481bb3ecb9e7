"""One request, one reply: matched by seq, sent again with the same seq until the reply comes or patience ends."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, TypeVar, cast

from firmware_bridge.arrivals import Arrivals
from firmware_bridge.cost import Cost, line_time_s
from firmware_bridge.errors import NoReplyError, ProtocolError
from firmware_bridge.frame import DELIMITER, Drop, Frame, Receiver, wire_bytes_limit
from firmware_bridge.hexdump import hexdump
from firmware_bridge.messages import (
    LOG_KIND,
    REPLY_BIT,
    TRACE_KIND,
    MalformedError,
    Refusal,
    Request,
    Traced,
    split_reply,
)
from firmware_bridge.patience import DEFAULT_PATIENCE, Patience
from firmware_bridge.transport import Transport

R = TypeVar("R")
_SEQ_COUNT: Final = 0x1_0000


def _no_log(_line: str) -> None:
    """Nobody wants the device's log lines."""


class Link:
    """A conversation over one transport.

    Args:
        transport: the line; the link closes it.
        clock: seconds that never go back; a test passes its own.
        first_seq: where the sequence numbers start; random unless given, so that a device that still holds the last
            reply of an earlier host does not replay it.
        patience: how long to wait.
        on_log: called with each log line of the device.

    `traced` holds the trace frames that came with the last reply.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Callable[[], float] = time.monotonic,
        first_seq: int | None = None,
        patience: Patience = DEFAULT_PATIENCE,
        on_log: Callable[[str], None] = _no_log,
    ) -> None:
        self.transport = transport
        self.cost = Cost()
        self.dropped: Counter[str] = Counter()
        self.traced: list[Traced] = []
        self._clock = clock
        self._patience = patience
        self._on_log = on_log
        self._receiver = Receiver()
        self._next_seq = int.from_bytes(os.urandom(2), "little") if first_seq is None else first_seq
        self._greeted = False

    def close(self) -> None:
        """Give the line back."""
        self.transport.close()

    def request(
        self, request: Request[R], *, work_s: float = 0.0, reply_bytes: int = 0, patience: Patience | None = None
    ) -> R | Refusal:
        """Send `request` and wait for its reply.

        Args:
            request: any message of `firmware_bridge.messages`.
            work_s: what the device may need for it.
            reply_bytes: size of the reply's payload, for the time it takes on the line.
            patience: instead of the link's own.

        Raises:
            NoReplyError: no reply within the patience.
            ProtocolError: a reply came that does not parse, or one of another wire version.
            PortError: the port went away.
        """
        frame = Frame(request.KIND, self._take_seq(), request.pack())
        line_bytes = wire_bytes_limit(len(frame.payload)) + wire_bytes_limit(reply_bytes)
        waits = (patience or self._patience).waits(work_s + line_time_s(line_bytes, self.transport.baud))
        arrivals = Arrivals()
        self.traced.clear()
        started = self._clock()
        for attempt, wait_s in enumerate(waits):
            self._send(frame, again=attempt > 0)
            reply = self._await(frame, self._clock() + wait_s, arrivals)
            if reply is not None:
                return self._read(request, reply)
        raise self._gave_up(request, frame.seq, self._clock() - started, attempt + 1, arrivals)

    def _take_seq(self) -> int:
        seq = self._next_seq
        self._next_seq = (seq + 1) % _SEQ_COUNT
        return seq

    def _send(self, frame: Frame, *, again: bool) -> None:
        # A lone delimiter ends whatever the device may hold of an earlier, damaged frame.
        data = (b"" if self._greeted and not again else DELIMITER) + frame.pack()
        self._greeted = True
        self.cost += Cost(sent_bytes=len(data), requests=0 if again else 1, retries=1 if again else 0)
        self.transport.write(data)

    def _await(self, sent: Frame, deadline: float, arrivals: Arrivals) -> Frame | None:
        while (left_s := deadline - self._clock()) > 0:
            data = self.transport.read(left_s)
            self.cost += Cost(received_bytes=len(data))
            arrivals.bytes_came(data)
            replies = [item for item in self._receiver.feed(data) if self._is_reply(item, sent, arrivals)]
            if replies:
                return cast("Frame", replies[0])
        unfinished = self._receiver.abandon()
        if unfinished is not None:
            self._is_reply(unfinished, sent, arrivals)
        return None

    def _is_reply(self, item: Frame | Drop, sent: Frame, arrivals: Arrivals) -> bool:
        """Whether `item` answers `sent`; notes what it is otherwise."""
        if isinstance(item, Drop):
            self.dropped[item.reason.value] += 1
            arrivals.drops.append(item)
        elif item.kind == LOG_KIND:
            arrivals.logs += 1
            self._on_log(item.payload.decode("utf-8", "replace"))
        elif item.kind == TRACE_KIND:
            self.traced.append(Traced.parse(item.payload))
        elif item.seq == sent.seq and item.kind == sent.kind | REPLY_BIT:
            return True
        else:
            self.dropped["stray"] += 1
            arrivals.strays.append(f"a frame of type {item.kind:#04x} and seq {item.seq}")
        return False

    def _read(self, request: Request[R], reply: Frame) -> R | Refusal:
        try:
            fields = split_reply(reply.payload)
            return fields if isinstance(fields, Refusal) else request.parse_reply(fields)
        except MalformedError as error:
            raise ProtocolError(
                f"the device's reply to {request.KIND.name} (seq {reply.seq}) does not parse: {error.what}",
                expected="a reply as in docs/protocol.md, version 1",
                received="; ".join(error.reasons) + "; its payload:\n" + hexdump(reply.payload),
                remedy="use host and firmware of one release",
            ) from error

    def _gave_up(self, request: Request[R], seq: int, waited_s: float, tries: int, arrivals: Arrivals) -> Exception:
        what = f"{self.transport.name} gave no reply to {request.KIND.name} within {waited_s:.2f} s"
        expected = f"the reply of type {request.KIND | REPLY_BIT:#04x} with seq {seq}, asked for {tries} time(s)"
        if arrivals.other_version is not None:
            remedy = "use host and firmware of one release"
            return ProtocolError(what, expected=expected, received=arrivals.describe(), remedy=remedy)
        if arrivals.nothing_intact:
            remedy = "look at the port and its baud rate: something else than Persona's firmware seems to talk there"
            return ProtocolError(what, expected=expected, received=arrivals.describe(), remedy=remedy)
        remedy = "look whether this is the device's port and whether its firmware runs; reset it and try again"
        return NoReplyError(what, expected=expected, received=arrivals.describe(), remedy=remedy)
