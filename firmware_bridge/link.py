"""One request, one reply: matched by seq, sent again with the same seq until the reply comes or patience ends."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar, cast

from firmware_bridge.arrivals import Arrivals
from firmware_bridge.cost import Cost, line_time_s
from firmware_bridge.errors import NoReplyError, ProtocolError
from firmware_bridge.frame import DELIMITER, WIRE_VERSION, Drop, Frame, Receiver, wire_bytes_limit
from firmware_bridge.hexdump import hexdump
from firmware_bridge.messages import (
    LOG_KIND,
    REPLY_BIT,
    TRACE_KIND,
    Kind,
    MalformedError,
    Refusal,
    Request,
    Traced,
    split_reply,
)
from firmware_bridge.patience import DEFAULT_PATIENCE, HELLO_PATIENCE, Patience
from firmware_bridge.report import Exchange
from firmware_bridge.transport import Transport

R = TypeVar("R")
_SEQ_COUNT: Final = 0x1_0000
SAME_RELEASE: Final = "use host and firmware of one release: flash the firmware of this one, or install the device's"


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

    `traced` holds the trace frames that came with the last reply, `last` says how the last request went.
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
        self.last: Exchange | None = None
        self._clock = clock
        self._patience = patience
        self._on_log = on_log
        self._receiver = Receiver()
        self._next_seq = int.from_bytes(os.urandom(2), "little") if first_seq is None else first_seq
        self._greeted = False
        self._end: float | None = None

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
        self.traced.clear()
        self.last = exchange = Exchange(request.KIND.name, request.KIND, frame.seq)
        started = self._clock()
        for wait_s in waits:
            if self._used_up() or exchange.arrivals.other_version is not None:
                break
            self._send(frame, again=exchange.tries > 0)
            exchange.tries += 1
            exchange.reply = self._await(frame, self._deadline(wait_s), exchange.arrivals)
            exchange.elapsed_s = self._clock() - started
            if exchange.reply is not None:
                return self._read(request, exchange.reply)
        raise self._gave_up(exchange)

    @contextmanager
    def budget(self, total_s: float, *, extend: bool = False) -> Iterator[None]:
        """All requests of the block together wait no longer than `total_s`, however many of them have to be repeated.

        A budget within another one never lasts longer than that, unless it may `extend` it.
        """
        before = self._end
        end = self._clock() + total_s
        self._end = end if before is None or extend else min(before, end)
        try:
            yield
        finally:
            self._end = before

    def _deadline(self, wait_s: float) -> float:
        end = self._clock() + wait_s
        return end if self._end is None else min(end, self._end)

    def _used_up(self) -> bool:
        return self._end is not None and self._clock() >= self._end

    def other_version(self, version: int) -> Drop | None:
        """Say HELLO in another wire `version`, once, and give the frame that answers in a version not ours."""
        frame = Frame(Kind.HELLO, self._take_seq(), b"")
        self._send_bytes(DELIMITER + frame.pack(version), Cost(requests=1))
        arrivals = Arrivals()
        self._await(frame, self._deadline(HELLO_PATIENCE.reply_s), arrivals)
        return arrivals.other_version

    def _take_seq(self) -> int:
        seq = self._next_seq
        self._next_seq = (seq + 1) % _SEQ_COUNT
        return seq

    def _send(self, frame: Frame, *, again: bool) -> None:
        # A lone delimiter ends whatever the device may hold of an earlier, damaged frame.
        data = (b"" if self._greeted and not again else DELIMITER) + frame.pack()
        self._greeted = True
        self._send_bytes(data, Cost(retries=1) if again else Cost(requests=1))

    def _send_bytes(self, data: bytes, cost: Cost) -> None:
        self.cost += cost + Cost(sent_bytes=len(data))
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
                expected=f"a reply as in docs/protocol.md, version {WIRE_VERSION}",
                received="; ".join(error.reasons) + "; its payload:\n" + hexdump(reply.payload),
                remedy=SAME_RELEASE,
            ) from error

    def _gave_up(self, exchange: Exchange) -> Exception:
        arrivals, name = exchange.arrivals, self.transport.name
        budget = ", where the budget of the whole operation ends" if self._used_up() else ""
        what = f"{name} gave no reply to {exchange.request} within {exchange.elapsed_s:.2f} s{budget}"
        expected = f"{exchange.awaited}, asked for {exchange.tries} time(s)"
        if arrivals.other_version is not None:
            what = f"{name} speaks another wire version: {arrivals.other_version.detail}"
            return ProtocolError(what, expected=expected, received=arrivals.describe(), remedy=SAME_RELEASE)
        if arrivals.nothing_intact:
            remedy = "look at the port and its baud rate: something else than Persona's firmware seems to talk there"
            return ProtocolError(what, expected=expected, received=arrivals.describe(), remedy=remedy)
        remedy = "look whether this is the device's port and whether its firmware runs; reset it and try again"
        return NoReplyError(what, expected=expected, received=arrivals.describe(), remedy=remedy)
