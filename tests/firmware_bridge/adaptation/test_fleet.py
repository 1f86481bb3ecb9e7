"""Many ports in one process: sixteen real devices, threads, faults, the end in order."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from firmware_bridge.adapt import Manner
from firmware_bridge.adaptation.fleet import run_all, stopping_on_signals
from firmware_bridge.adaptation.performing import Hands
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.tools import Tools
from firmware_bridge.adaptation.worker import Outcome, Worker
from firmware_bridge.client import open_device
from firmware_bridge.image import Image
from hil.emulator import start
from persona.editor import proposer
from tests.firmware_bridge.adaptation.service import Log, Sensor, at, settle
from toolchain.bundle import Bundle
from toolchain.digest import bank_digest

DEVICES = 16
POLICY = Policy(interval_s=0.01, drift=20, min_windows=32, min_change=0.01, cool_down_s=0.05, max_adaptations=1)


def worker(url: str, sensor: Sensor, tools: Tools, log: Log, asked: int = 10_000) -> Worker:
    """The loop of one port, which ends after 60 looks, or when it was asked so often whether it should."""
    questions = itertools.count()
    hands = Hands(at(url, sensor), tools, POLICY, lambda _seconds: None)
    return Worker(url, hands, POLICY, log.journal, lambda: sensor.looks >= 60 or next(questions) >= asked)


def test_sixteen_devices_are_adapted_when_each_shifts(small_image: Image, small_bundle: Bundle) -> None:
    """Twelve shift, each at a look of its own, and get one edit each, after their shift; four do not and get none."""
    tools = Tools.of(small_bundle, proposer(small_bundle), Manner())
    log = Log()
    shifts = [6 + n if n % 4 else float("inf") for n in range(DEVICES)]
    with ExitStack() as stack:
        urls = [stack.enter_context(start(small_image)).url for _ in range(DEVICES)]
        sensors = [Sensor(1, shift) for shift in shifts]
        for url, sensor in zip(urls, sensors, strict=True):
            settle(at(url, sensor))
        workers = [worker(url, sensor, tools, log) for url, sensor in zip(urls, sensors, strict=True)]
        outcomes = run_all([one.run for one in workers], threading.Event())
        assert urls == [outcome.port for outcome in outcomes]
        for url, shift, sensor, outcome in zip(urls, shifts, sensors, outcomes, strict=True):
            shifted = shift < float("inf")
            assert outcome.answered
            assert outcome.adaptations == int(shifted), outcome
            assert len(log.of(url, "deliver")) == int(shifted)
            if shifted:
                assert sensor.looks >= shift + 5
            with open_device(url) as device:
                status = device.status()
            assert status.named_counters["applies"] == int(shifted)
            assert (status.active_digest == bank_digest(small_bundle.prototypes[0])) != shifted
    assert {line["port"] for line in log.lines} == set(urls)


def test_a_port_that_never_answers_keeps_nobody_else_from_work(small_image: Image, small_bundle: Bundle) -> None:
    """Its outcome says so; the device that dies half-way has answered."""
    tools = Tools.of(small_bundle, proposer(small_bundle), Manner())
    log = Log()
    with start(small_image) as good, start(small_image) as dying:
        nowhere = "socket://127.0.0.1:1"
        loops = [
            worker(good.url, Sensor(1), tools, log, 30),
            worker(nowhere, Sensor(1), tools, log, 10),
            worker(dying.url, Mortal(1, dying.process.stop), tools, log, 30),
        ]
        outcomes = run_all([loop.run for loop in loops], threading.Event())
    assert [outcome.answered for outcome in outcomes] == [True, False, True]
    assert all(line["outcome"] == "lost" for line in log.of(nowhere, "connect"))
    waits = [line["reason"] for line in log.of(dying.url, "wait")]
    assert any("went away" in reason or "cannot be opened" in reason for reason in waits)


class Mortal(Sensor):
    """A sensor whose device dies at its fourth look; looks go on counting."""

    def __init__(self, seed: int, die: Callable[[], None]) -> None:
        super().__init__(seed)
        self._die = die

    def read(self) -> list[bytes]:
        """The windows, and the end of the device."""
        if self.looks == 3:
            self._die()
        return super().read()


def test_a_fault_of_ours_ends_the_others_in_order_and_is_raised() -> None:
    """A thread that dies is never silent."""
    stop = threading.Event()

    def good() -> Outcome:
        assert stop.wait(10)
        return Outcome("x", answered=True, adaptations=0, bytes=0, reason="", fault=None)

    def bad() -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_all([bad, good], stop)
    assert stop.is_set()


def interrupt() -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


def test_the_first_signal_asks_for_the_end_and_the_second_means_it() -> None:
    """Ctrl-C once: in order; twice: as always. SIGTERM is as good."""
    for number in (signal.SIGINT, signal.SIGTERM):
        stop = threading.Event()
        with stopping_on_signals(stop):
            os.kill(os.getpid(), number)
            assert stop.wait(5)
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            with pytest.raises(KeyboardInterrupt):
                interrupt()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
