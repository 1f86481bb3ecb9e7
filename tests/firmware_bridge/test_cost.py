"""Bytes on the wire: what the host counts is what the device counts."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.client import Device
from firmware_bridge.cost import Cost, line_time_s
from firmware_bridge.frame import Frame, wire_bytes_limit
from firmware_bridge.messages import Infer, Kind
from toolchain.bundle import Bundle
from toolchain.edit import encode_edit


def test_ten_bits_a_byte() -> None:
    """8N1: 11,520 bytes take a second at 115,200 baud."""
    assert line_time_s(11_520) == 1.0
    assert Cost(sent_bytes=960, received_bytes=192).line_time_s(9_600) == pytest.approx(1.2)


def test_costs_add_and_subtract() -> None:
    """The cost of a stretch is the difference of two readings."""
    a, b = Cost(5, 7, 2, 1), Cost(1, 2, 1, 0)
    assert (a - b) + b == a
    assert (a - b).wire_bytes == 9


def test_host_and_device_count_the_same_bytes(device: Device, small_bundle: Bundle) -> None:
    """Every byte that the host says it sent has arrived, delimiters and retries included."""
    golden = small_bundle.golden
    for index in range(len(golden)):
        device.infer(golden.input_bytes(index), remember=True)
    device.context()
    status = device.status()
    assert status.named_counters["rx_bytes"] == device.link.cost.sent_bytes
    assert status.named_counters["rx_frames"] == device.link.cost.requests
    assert device.link.cost.retries == 0


def test_an_inference_costs_its_input_its_output_and_two_frames(device: Device, small_bundle: Bundle) -> None:
    """The cost of one INFER is the size of its two frames, nothing else."""
    raw = small_bundle.golden.input_bytes(0)
    before = device.link.cost
    answer = device.infer(raw)
    cost = device.link.cost - before
    assert cost.sent_bytes == len(Frame(Kind.INFER, 0x0101, Infer(raw).pack()).pack())
    assert cost.received_bytes <= wire_bytes_limit(14 + len(answer.output))
    assert cost.requests == 1


def test_the_cost_of_an_edit_covers_the_whole_conversation(device: Device, small_bundle: Bundle) -> None:
    """The bank's digest the first time; BEGIN with all of a small edit, VERIFY and APPLY."""
    edit = encode_edit(
        np.zeros(small_bundle.layout.size, np.float32),
        layout=small_bundle.layout,
        base=small_bundle.base,
        prototypes=small_bundle.prototypes,
        prototype=1,
        counter=1,
    )
    before = device.link.cost
    delivered = device.send_edit(edit, small_bundle)
    assert delivered.cost == device.link.cost - before
    assert delivered.cost.requests == 4
