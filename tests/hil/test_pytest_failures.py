"""Each way in which a device fails a test has a class of its own, is told first, and is never tried again."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import hil.checks
from firmware_bridge.platforms import POSIX
from hil import ports
from hil.emulator import start
from hil.images import image_for
from tests.hil.plugin_runs import first_lines, on_port, properties, run
from toolchain.bundle import Bundle

EQUAL = f"from {hil.checks.__name__} import assert_equal_to_reference as check\ndef test_it(device, bundle): "
EQUAL += "check(device, bundle, samples=2)\n"
KILL = """
import os, signal

def test_it(station):
    os.killpg(station.emulator.process.group, signal.{number})
    {then}
"""
HASTY = """
from functools import partial
import pytest
import hil.station
from firmware_bridge.link import Link
from firmware_bridge.patience import Patience

@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(hil.station, "Link", partial(Link, patience=Patience(0.05, 0.2)))
"""
LATE = """
import pytest
import hil.station
from functools import partial
from firmware_bridge.link import Link
from firmware_bridge.transport import open_transport

class Late:
    '''A line whose replies come `delay_s` after the request, on a clock that only waiting moves.'''

    delay_s, now_s = 0.0, 0.0

    def __init__(self, url, baud):
        self.inner = open_transport(url, baud)
        self.name, self.baud, self.close = self.inner.name, self.inner.baud, self.inner.close
        self.held = []

    def write(self, data):
        self.due_s = Late.now_s + Late.delay_s
        self.inner.write(data)
        self.held.append((self.due_s, self.inner.read(30.0)))

    def read(self, timeout_s):
        end_s = Late.now_s + timeout_s
        if self.held and self.held[0][0] <= end_s:
            due_s, data = self.held.pop(0)
            Late.now_s = max(Late.now_s, due_s)
            return data
        Late.now_s = end_s
        return b""

@pytest.fixture(autouse=True)
def late(monkeypatch):
    monkeypatch.setattr(hil.station, "open_transport", Late)
    monkeypatch.setattr(hil.station, "Link", partial(Link, clock=lambda: Late.now_s))
    yield Late
    Late.delay_s = 0.0
"""
WRONG = """
from dataclasses import replace
import pytest
import hil.conformance
from toolchain.reference import Reference

class Wrong(Reference):
    def run(self, *arguments):
        right = super().run(*arguments)
        return replace(right, outputs=tuple(output + 1 for output in right.outputs))

@pytest.fixture(autouse=True)
def wrong(monkeypatch):
    monkeypatch.setattr(hil.conformance, "Reference", Wrong)
"""


def failure(pytester: pytest.Pytester) -> tuple[str, str]:
    """Property and first line of the only failure of a run."""
    (kept,), (line,) = properties(pytester.path), first_lines(pytester.path)
    return kept.get("failure_class", ""), line


@contextmanager
def device_of(bundle: Bundle) -> Iterator[str]:
    """The URL of a running device of `bundle`."""
    with start(image_for(bundle, POSIX)) as emulator:
        yield emulator.url


def test_a_device_that_ends_crashed(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """The exit code is in the message, the class in summary, report and JUnit, and the test ran once."""
    test = KILL.format(number="SIGSEGV", then="print('once more'); station.device.status()")
    result = run(pytester, small_bundle, test)
    result.assert_outcomes(failed=1)
    assert ("CRASHED", "CRASHED: posix crashed") == failure(pytester)
    result.stdout.fnmatch_lines(["CRASHED: posix crashed", "evidence: *test_it*", "*exit code 139*"])
    result.stdout.fnmatch_lines(["FAILED *test_it* - CRASHED: posix crashed"])
    assert 1 == result.outlines.count("once more")


def test_a_device_that_ends_after_its_last_answer_crashed(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """A test that asks nothing more does not pass over it."""
    then = "assert station.emulator.process.exit_code(30) == 139"
    result = run(pytester, small_bundle, KILL.format(number="SIGSEGV", then=then))
    result.assert_outcomes(passed=1, errors=1)
    assert ("CRASHED", "CRASHED: posix crashed") == (
        properties(pytester.path)[-1]["failure_class"],
        failure_line(pytester),
    )


def failure_line(pytester: pytest.Pytester) -> str:
    """First line of the last failure or error."""
    return first_lines(pytester.path)[-1]


def test_a_hung_device_gives_no_reply(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """It still runs, so it did not crash."""
    pytester.makeconftest(HASTY)
    run(pytester, small_bundle, KILL.format(number="SIGSTOP", then="station.device.status()")).assert_outcomes(failed=1)
    kind, line = failure(pytester)
    assert "NO_REPLY" == kind
    assert line.startswith("NO_REPLY: ")
    assert "no reply to STATUS" in line


def test_a_board_that_stays_silent_did_not_boot(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """Somebody accepts and never says a word."""
    with ports.listening() as listener:
        on_port(pytester, ports.url_of(listener))
        run(pytester, small_bundle, EQUAL, "--hil-flash=never").assert_outcomes(errors=1)
    assert ("NO_BOOT", "NO_BOOT: bench did not boot") == failure(pytester)


def test_a_device_of_another_base_replies_wrongly(
    pytester: pytest.Pytester, small_bundle: Bundle, other_bundle: Bundle
) -> None:
    """The message has both base models and says what to do."""
    with device_of(other_bundle) as url:
        on_port(pytester, url)
        result = run(pytester, small_bundle, EQUAL, "--hil-flash=never")
    result.assert_outcomes(errors=1)
    kind, line = failure(pytester)
    assert "WRONG_REPLY" == kind
    assert line.endswith("its base model differs")
    said = result.stdout.str()
    assert small_bundle.base.hex() in said
    assert other_bundle.base.hex() in said
    assert "flash this bundle's firmware" in said


@pytest.mark.parametrize(("delay_s", "kind"), [(0.0, ""), (1.0, ""), (60.0, "NO_REPLY")])
def test_a_late_answer_counts_within_patience(
    delay_s: float, kind: str, pytester: pytest.Pytester, small_bundle: Bundle
) -> None:
    """A second is waited for, a minute is not; the clock is virtual."""
    pytester.makeconftest(LATE)
    test = f"def test_it(device, late):\n    late.delay_s = {delay_s}\n    assert device.status()\n"
    run(pytester, small_bundle, test).assert_outcomes(passed=not kind, failed=bool(kind))
    assert kind == properties(pytester.path)[0].get("failure_class", "")


def test_a_busy_port_is_no_failure_of_the_board(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """Another program has the port: an ordinary error that names it, without a class."""
    master, slave = os.openpty()
    try:
        fcntl.flock(slave, fcntl.LOCK_EX)
        on_port(pytester, os.ttyname(slave))
        result = run(pytester, small_bundle, EQUAL, "--hil-flash=never")
    finally:
        os.close(slave)
        os.close(master)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*PortError: the port /dev/pts/* cannot be opened*"])
    assert "" == failure(pytester)[0]


def test_another_output_than_the_references_is_a_wrong_result(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """The first place where they differ is shown."""
    pytester.makeconftest(WRONG)
    result = run(pytester, small_bundle, EQUAL)
    result.assert_outcomes(failed=1)
    assert ("WRONG_RESULT", "WRONG_RESULT: 0 of 2 vectors are equal to the reference") == failure(pytester)
    result.stdout.fnmatch_lines(["*vector 1, output: first at byte*"])


def test_a_board_that_cannot_be_flashed_says_so(
    pytester: pytest.Pytester, small_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its port is not even opened."""

    def refuse(*_: object) -> None:
        from hil.errors import FlashFailedError

        raise FlashFailedError("the probe is not there")

    monkeypatch.setattr("hil.testing.bench.flash", refuse)
    on_port(pytester, "socket://127.0.0.1:1")
    run(pytester, small_bundle, EQUAL).assert_outcomes(errors=1)
    assert ("FLASH_FAILED", "FLASH_FAILED: the probe is not there") == failure(pytester)


def test_a_failed_assertion_says_nothing_of_the_board(pytester: pytest.Pytester, small_bundle: Bundle) -> None:
    """Only what the bridge and `hil` raise has a class."""
    run(pytester, small_bundle, "def test_it(device): assert 0\n").assert_outcomes(failed=1)
    assert "" == failure(pytester)[0]
