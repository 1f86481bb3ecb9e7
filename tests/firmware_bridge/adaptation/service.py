"""Devices in service: they see windows of their own between two looks of a host, and what they see can shift."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from firmware_bridge.adapt import Manner
from firmware_bridge.adaptation.performing import Hands
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.record import Journal
from firmware_bridge.adaptation.tools import Advise, Tools
from firmware_bridge.adaptation.worker import Worker
from firmware_bridge.client import Device
from firmware_bridge.link import Link
from firmware_bridge.messages import WatchReply
from firmware_bridge.transport import Transport, open_transport
from hil.library import LibraryDevice, LibraryTransport
from persona.editor import proposer
from toolchain.bundle import Bundle

WINDOWS_A_LOOK = 8


class Sensor:
    """What one device sees: noise about a pattern, and about another one from look `shift_at` on.

    `looks` counts how often it was read.
    """

    def __init__(self, seed: int, shift_at: float = float("inf")) -> None:
        self._chance = np.random.default_rng(seed)
        self._patterns = self._chance.integers(-60, 60, (2, 8))
        self._shift_at = shift_at
        self.looks = 0

    def read(self) -> list[bytes]:
        """The windows until the next look."""
        pattern = self._patterns[int(self.looks >= self._shift_at)]
        self.looks += 1
        noise = self._chance.normal(scale=12, size=(WINDOWS_A_LOOK, 8))
        windows = np.clip(np.rint(pattern + noise), -128, 127).astype(np.int8)
        return [window.tobytes() for window in windows]


class Busy(Device):
    """A client of a device in service."""

    def __init__(self, link: Link, sensor: Sensor) -> None:
        super().__init__(link)
        self._sensor = sensor

    def watch(self, *, anchor: bool = False) -> WatchReply:
        """Let the device work since the last look, then look."""
        for window in [] if anchor else self._sensor.read():
            self.infer(window, remember=True)
        return super().watch(anchor=anchor)


Opener = Callable[[], AbstractContextManager[Device]]


def over(make: Callable[[], Transport], sensor: Sensor, clock: Callable[[], float] | None = None) -> Opener:
    """Opens a transport to a busy device."""

    @contextmanager
    def open_port() -> Iterator[Device]:
        transport = make()
        try:
            yield Busy(Link(transport, clock=clock) if clock else Link(transport), sensor)
        finally:
            transport.close()

    return open_port


def at(url: str, sensor: Sensor) -> Opener:
    """Opens a port of this machine."""
    return over(lambda: open_transport(url), sensor)


def settle(open_port: Opener) -> None:
    """Let the device see one full context, which becomes its reference."""
    with open_port() as device:
        while device.watch().held < device.hello.context_capacity:
            pass
        device.watch(anchor=True)


class Log:
    """A journal that is kept."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.journal = Journal(lambda line: self.lines.append(json.loads(line)))

    def of(self, port: str, step: str | None = None) -> list[dict[str, Any]]:
        """The lines of a port, or those of one kind of step."""
        return [line for line in self.lines if line["port"] == port and step in {None, line["step"]}]


class Bench:
    """A worker for one library device on its own virtual clock; `stop` ends it."""

    def __init__(  # noqa: PLR0913  # what a worker is made from
        self,
        device: LibraryDevice,
        bundle: Bundle,
        policy: Policy,
        sensor: Sensor,
        *,
        advise: Advise | None = None,
        manner: Manner | None = None,
    ) -> None:
        self.device, self.sensor, self.policy = device, sensor, policy
        self.log = Log()
        self.stop = threading.Event()
        self.before_pause: Callable[[], None] = lambda: None
        manner = manner or Manner(durable=policy.durable)
        self.tools = Tools.of(bundle, advise or proposer(bundle), manner)
        self.open_port = over(lambda: LibraryTransport(device), sensor, device.clock)
        self.hands = Hands(self.open_port, self.tools, policy, self._pause)
        self.worker = Worker("library", self.hands, policy, self.log.journal, self.stop.is_set, device.clock)

    def _pause(self, seconds: float) -> None:
        self.before_pause()
        if not self.stop.is_set():
            self.device.advance(seconds)

    def stop_at_look(self, look: int) -> None:
        """Ask for the end once the sensor was read so often."""
        self.before_pause = lambda: self.stop.set() if self.sensor.looks >= look else None

    def steps(self, step: str | None = None) -> list[dict[str, Any]]:
        """What was logged."""
        return self.log.of("library", step)
