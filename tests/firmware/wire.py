"""A line to a device on which a test says every byte itself."""

from __future__ import annotations

import socket
import struct
import time
from typing import Final, TypeVar
from urllib.parse import urlsplit

from firmware_bridge.frame import Drop, Frame, Receiver
from firmware_bridge.messages import (
    Apply,
    Begin,
    BeginReply,
    Refusal,
    Request,
    Status,
    StatusReply,
    Verify,
    Write,
    split_reply,
)
from hil.library import LibraryDevice
from toolchain.edit import Edit

R = TypeVar("R")
_DEADLINE_S: Final = 20.0
_TRAFFIC: Final = {"rx_bytes", "rx_frames"}


class Wire:
    """A TCP connection to a device; `url` is `socket://host:port`."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname or "", address.port or 0), _DEADLINE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reset()

    def _reset(self) -> None:
        self._receiver = Receiver()
        self._silent = False
        self._waiting: list[Frame] = []
        self._seq = 0x1000

    def _take(self, data: bytes) -> None:
        for item in self._receiver.feed(data):
            assert not isinstance(item, Drop), item
            self._waiting.append(item)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send `data` as it is."""
        self._socket.sendall(data)

    def receive(self, count: int = 1) -> list[Frame]:
        """The next `count` frames; what came with them is for the next call.

        A device that was silent once is not waited for again: a search for a smaller failing example would wait at
        each of them.

        Raises:
            AssertionError: the device is gone, silent, or sent something that is no frame.
        """
        assert not self._silent, "the device did not answer before: look at the first failure"
        end = time.monotonic() + _DEADLINE_S
        while len(self._waiting) < count:
            self._socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                self._silent = True
                raise AssertionError(f"the device is silent for {_DEADLINE_S:.0f} s") from None
            assert data, "the device is gone: look for a sanitizer's report"
            self._take(data)
        found, self._waiting = self._waiting[:count], self._waiting[count:]
        return found

    def take_all(self) -> list[Frame]:
        """All frames that have come and were not taken yet."""
        found, self._waiting = self._waiting, []
        return found

    def next_seq(self) -> int:
        """A sequence number that was not used yet."""
        self._seq = (self._seq + 1) % 0x10000
        return self._seq

    def frame(self, kind: int, payload: bytes = b"") -> Frame:
        """A request frame with a seq of its own."""
        return Frame(kind, self.next_seq(), payload)

    def exchange(self, frame: Frame) -> Frame:
        """Send `frame` and take its one reply."""
        self.send(frame.pack())
        (reply,) = self.receive()
        assert (reply.kind, reply.seq) == (frame.kind | 0x80, frame.seq)
        return reply

    def raw(self, kind: int, payload: bytes = b"") -> bytes | Refusal:
        """Fields of the reply to any payload, legal or not."""
        return split_reply(self.exchange(self.frame(kind, payload)).payload)

    def ask(self, request: Request[R]) -> R:
        """The reply to a request that is not refused."""
        fields = self.raw(request.KIND, request.pack())
        assert not isinstance(fields, Refusal), fields
        return request.parse_reply(fields)

    def refusal(self, request: Request[R]) -> Refusal:
        """The refusal of `request`."""
        fields = self.raw(request.KIND, request.pack())
        assert isinstance(fields, Refusal), fields
        return fields

    def status(self) -> StatusReply:
        """The device's state and counters."""
        return self.ask(Status())

    def counters(self) -> dict[str, int]:
        """Counters by name, without those that every request moves."""
        return {name: value for name, value in self.status().named_counters.items() if name not in _TRAFFIC}

    def stage(self, edit: Edit, *, chunk: int = 500) -> None:
        """BEGIN and WRITE, up to before VERIFY."""
        assert self.ask(Begin(edit.header)) == BeginReply(len(edit.body), 0)
        for offset in range(0, len(edit.body), chunk):
            self.ask(Write(offset, edit.body[offset : offset + chunk]))

    def verify(self, edit: Edit) -> None:
        """Up to before APPLY or TRY."""
        self.stage(edit)
        assert self.ask(Verify()) == edit.digest

    def deliver(self, edit: Edit) -> None:
        """The whole way of an edit that is not refused and does not outlive a reset."""
        self.verify(edit)
        self.ask(Apply(self.status().active_digest))


class LibraryWire(Wire):
    """A line to a device in this process; its clock stands still but for `device.advance`."""

    def __init__(self, device: LibraryDevice) -> None:  # it has no socket
        self.device = device
        self._reset()

    def close(self) -> None:
        """Nothing to hang up."""

    def send(self, data: bytes) -> None:
        """Send `data` as it is; what the device says is there at once."""
        self._take(self.device.feed(data))

    def receive(self, count: int = 1) -> list[Frame]:
        """The next `count` frames.

        Raises:
            AssertionError: there are fewer.
        """
        assert len(self._waiting) >= count
        found, self._waiting = self._waiting[:count], self._waiting[count:]
        return found

    def reset(self) -> None:
        """Switch the device off and on."""
        assert self.device.boot() is None


def moved(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """The counters that changed, and by how much."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def u32(data: bytes) -> int:
    """The first four bytes as a number, as refusals show digests."""
    return int(struct.unpack_from("<I", data)[0])
