"""Is a device well with the edit that it has on probation? Asked before CONFIRM."""

from __future__ import annotations

from typing import Final

from firmware_bridge.client import Device
from firmware_bridge.messages import EditState
from toolchain.bundle import Bundle
from toolchain.layout import Vector
from toolchain.reference import Reference

_WINDOWS: Final = 3


def examine(bundle: Bundle, device: Device, digest: bytes, bank: Vector) -> str | None:
    """What is wrong, or None: the edit is on probation and runs, and golden windows give the reference's bits.

    Args:
        bundle: the bundle on the device.
        device: asked for its state and for inferences, which it does not remember.
        digest: of the bank that should run.
        bank: its values, float32 [size].

    Raises:
        BridgeError: the device does not answer, or refuses.
    """
    status = device.status()
    if status.edit_state is not EditState.PROBATION or status.active_digest != digest:
        return f"the device runs {status.active_digest.hex()} in state {status.edit_state.name.lower()}"
    reference = Reference(bundle.model)
    golden = bundle.golden
    for index in range(min(_WINDOWS, len(golden))):
        expected = reference.run(golden.window(index), bank).output_bytes
        came = device.infer(golden.input_bytes(index), forget=bundle.model.stateful).output
        if came != expected:
            return f"golden window {index} gives {came[:16].hex()} and not {expected[:16].hex()}"
    return None
