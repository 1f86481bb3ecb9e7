"""What a full adaptation costs on the wire: the context's summary up, a signed edit down, VERIFY and APPLY."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from firmware_bridge.client import Device
from firmware_bridge.cost import Cost
from firmware_bridge.link import Link
from hil.library import LibraryDevice, LibraryTransport
from hil.stress_edits import some_edit
from toolchain.bundle import Bundle
from toolchain.edit import Codec
from toolchain.keys import DeviceKey

_KEY: Final = DeviceKey(b"stressed", bytes(range(32)))


def adaptation_cost(bundle: Bundle, library: Path) -> Cost:
    """Measured on a device of `bundle` whose context is full; bytes of both directions, frames included.

    The edit is of the codec `latent` where the model has one, else int8.
    """
    running = LibraryDevice(library)
    try:
        running.boot()
        _client(running).provision(_KEY)
        device = _client(running)
        for _ in range(device.hello.context_capacity):
            device.infer(bundle.golden.input_bytes(0), remember=True)
        device.status()
        codec = Codec.INT8 if bundle.latent is None else Codec.LATENT
        edit = some_edit(bundle, np.random.default_rng(0), codec, device.counter + 1).sign(_KEY.key)
        before = device.link.cost
        device.summary()
        device.send_edit(edit, bundle)
        return device.link.cost - before
    finally:
        running.close()


def _client(device: LibraryDevice) -> Device:
    return Device(Link(LibraryTransport(device), clock=device.clock))
