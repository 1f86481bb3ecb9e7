"""Every failure says seq, elapsed time, what was awaited, what came, and the device's counters (P20), virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from firmware_bridge.client import Device
from firmware_bridge.errors import DamagedError, NoReplyError, PortError, RefusedError, StaleError
from firmware_bridge.frame import Frame, Receiver
from firmware_bridge.link import Link
from firmware_bridge.messages import Kind, Region
from hil.library import LibraryTransport
from tests.firmware_bridge.conftest import Bench
from tests.firmware_bridge.test_verbs import an_edit
from toolchain.bundle import Bundle

pytestmark = pytest.mark.property("P20")
Lose = Callable[[Frame], bool]


@dataclass
class LossyLine(LibraryTransport):
    """A line to a library device on which a test chooses the replies that get lost."""

    bench: Bench
    lose: Lose = lambda _reply: False
    gone: bool = False
    receiver: Receiver = field(default_factory=Receiver)

    def __post_init__(self) -> None:
        super().__init__(self.bench.chip)

    def write(self, data: bytes) -> None:
        """To the device, or nowhere."""
        if self.gone:
            raise PortError("the port went away")
        super().write(data)

    def read(self, timeout_s: float) -> bytes:
        """What is not lost."""
        items = self.receiver.feed(super().read(timeout_s))
        return b"".join(item.pack() for item in items if isinstance(item, Frame) and not self.lose(item))


@pytest.fixture
def lossy(bench: Bench) -> tuple[Device, LossyLine]:
    """A client over a line that loses nothing yet."""
    line = LossyLine(bench)
    return Device(Link(line, clock=bench.chip.clock, first_seq=100)), line


def reply_to(*kinds: Kind) -> Lose:
    """Whether a frame answers one of `kinds`."""
    return lambda frame: frame.kind & 0x7F in kinds


def test_a_refusal_carries_the_devices_counters(lossy: tuple[Device, LossyLine], small_bundle: Bundle) -> None:
    """The device's own view of it is in the message: the step, its seq, the bytes that came, what it counted."""
    device, _ = lossy
    device._session.known.digest = b"old bank"
    with pytest.raises(StaleError) as raised:
        device.send_edit(an_edit(small_bundle, 1), small_bundle)
    report = raised.value.report
    assert report is not None
    assert report.counters["stale_bank"] == 1
    text = str(raised.value)
    for part in (
        "request: APPLY, seq 103, sent 1 time(s)",
        "awaited: the reply of type 0x97 with seq 103",
        "came: the reply, 9 bytes: 1b ",
        "the device now: edit verified",
        "stale_bank 1",
    ):
        assert part in text
    assert report.record()["counters"]["stale_bank"] == 1


def test_a_lost_reply_carries_them_too(lossy: tuple[Device, LossyLine], small_bundle: Bundle) -> None:
    """Only replies to VERIFY get lost: the device answered each time, which its counter of replays shows."""
    device, line = lossy
    line.lose = reply_to(Kind.VERIFY)
    with pytest.raises(NoReplyError) as raised:
        device.send_edit(an_edit(small_bundle, 1), small_bundle)
    report = raised.value.report
    assert report is not None
    assert report.counters["replayed"] == report.exchange.tries - 1 > 0
    assert "gave no reply to VERIFY within" in str(raised.value)
    assert "ask STATUS which" in str(raised.value)


def test_a_silent_device_costs_half_a_second_more_and_no_longer(lossy: tuple[Device, LossyLine]) -> None:
    """The report has a budget of its own."""
    device, line = lossy
    line.lose = lambda _frame: True
    before = line.bench.chip.clock()
    with pytest.raises(NoReplyError, match="the device's counters: it does not answer STATUS") as raised:
        device.watch()
    report = raised.value.report
    assert report is not None
    assert line.bench.chip.clock() - before == pytest.approx(report.exchange.elapsed_s + 0.5, abs=0.01)


def test_a_port_that_went_away_is_not_asked(lossy: tuple[Device, LossyLine]) -> None:
    """The report says that the port is gone."""
    device, line = lossy
    line.gone = True
    with pytest.raises(PortError, match="the device's counters: the port is gone"):
        device.watch()


def test_damage_that_the_host_finds_has_a_report(lossy: tuple[Device, LossyLine]) -> None:
    """Not only the link's own errors: also bytes that contradict the digest of their region."""
    device, _ = lossy
    with pytest.raises(DamagedError, match="request: READ, seq") as raised:
        device.read(Region.ACTIVE_BANK, 4)
    assert raised.value.report is not None


def test_what_the_host_refuses_itself_has_none(lossy: tuple[Device, LossyLine], small_bundle: Bundle) -> None:
    """Nothing was sent, so there is nothing to report."""
    device, _ = lossy
    with pytest.raises(RefusedError, match="the host refuses") as raised:
        device.send_edit(an_edit(small_bundle, 0), small_bundle)
    assert raised.value.report is None


def test_a_transfer_survives_what_its_budget_allows(lossy: tuple[Device, LossyLine], small_bundle: Bundle) -> None:
    """With three of four replies lost each step needs its last try, and the whole stays within the total."""
    device, line = lossy
    device.bank_digest()
    count = iter(range(10**9))
    line.lose = lambda _frame: next(count) % 4 != 3
    before = line.bench.chip.clock()
    edit = an_edit(small_bundle, 1)
    assert device.send_edit(edit, small_bundle).active.digest == edit.digest
    assert line.bench.chip.clock() - before <= 30
