"""A host that tries again what failed, and no more than that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firmware_bridge.errors import BridgeError, NoReplyError
from firmware_bridge.transport import open_transport
from hil.emulator import Emulator
from hil.patient import BusyLink, PatientHost
from hil.stress_edits import choices
from toolchain.bundle import Bundle


@pytest.fixture
def link(running: Emulator) -> Iterator[BusyLink]:
    """A good line to the small device."""
    link = BusyLink(open_transport(running.url))
    yield link
    link.close()


class Failing:
    """Fails a number of times, then gives how often it was asked."""

    def __init__(self, times: int) -> None:
        self.times, self.asked = times, 0

    def __call__(self) -> int:
        """The number, if it is time for it."""
        self.asked += 1
        if self.asked <= self.times:
            raise NoReplyError("nothing came")
        return self.asked


@pytest.mark.parametrize("times", [0, 1, 9])
def test_what_fails_is_tried_again_and_counted(link: BusyLink, times: int) -> None:
    """Nine failures and a success are a success."""
    host = PatientHost(link)
    assert times + 1 == host.insist(Failing(times))
    assert times == host.failed


def test_the_tenth_failure_is_told(link: BusyLink) -> None:
    """There is no eleventh attempt."""
    host, failing = PatientHost(link), Failing(10)
    with pytest.raises(BridgeError, match="nothing came"):
        host.insist(failing)
    assert (10, 9) == (failing.asked, host.failed)


def test_something_happens_before_every_request_of_an_edit_and_only_there(link: BusyLink, small_bundle: Bundle) -> None:
    """BEGIN, VERIFY and APPLY at least; reading the bank afterwards is none, and the bank is the edit's."""
    host, seen = PatientHost(link), []
    for number, choice in enumerate(choices(small_bundle, seed=0)[:2], 1):
        bank = host.bring(choice, lambda: seen.append(host.sendings))
        assert choice.bank.tobytes() == bank.tobytes()
        assert number == host.sendings
        assert seen.count(number) >= 3
        before = list(seen)
        host.device.status()
        assert before == seen
