"""From a device's context to an edit that it runs: the steps of one adaptation, each with what it cost.

How an edit is learned is not known here: the editor comes in as a callable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware_bridge.client import Delivered, Device, Remembered
from firmware_bridge.cost import Cost
from firmware_bridge.errors import BridgeError, DamagedError
from firmware_bridge.matching import require_bundle
from firmware_bridge.messages import Region
from toolchain.bundle import Bundle
from toolchain.digest import fingerprint
from toolchain.edit import Codec, Edit, encode_edit
from toolchain.layout import Vector
from toolchain.progress import Progress, silent

Propose = Callable[[npt.NDArray[np.float32]], "tuple[int, Vector]"]
"""Context float32 [n, E], dequantised, oldest first, to prototype index and delta float32 [size]."""


@dataclass(frozen=True)
class Uploaded:
    """A context as the device sent it, its real numbers float32 [held, E], and what it cost."""

    remembered: Remembered
    values: npt.NDArray[np.float32]
    cost: Cost


def upload_context(device: Device, bundle: Bundle) -> Uploaded:
    """Read the embeddings that the device remembered and dequantise them.

    Raises:
        MismatchError: the device was built from another bundle.
        BridgeError: the model has no embedding, or any failure of the link.
    """
    require_bundle(device.hello, bundle)
    if bundle.embedding is None:
        raise BridgeError(
            "the model on the device has no adaptive layers, so there is no context",
            remedy="compile the model with adaptive layers and flash its firmware",
        )
    before = device.link.cost
    remembered = device.context()
    return Uploaded(remembered, bundle.embedding.decode(remembered.embeddings), device.link.cost - before)


def make_edit(device: Device, bundle: Bundle, context: Uploaded, propose: Propose, codec: Codec) -> Edit:
    """The edit that `propose` wants for `context`, numbered so that the device takes it next.

    Raises:
        EditError: the proposal holds NaN, or names no prototype of the bundle.
    """
    prototype, delta = propose(context.values)
    return encode_edit(
        delta,
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=prototype,
        counter=device.status().counter + 1,
        codec=codec,
    )


def deliver(
    device: Device, edit: Edit, bundle: Bundle | None = None, progress: Progress = silent
) -> tuple[Delivered, Cost]:
    """Send `edit` and read the bank back; what was sent, and what the reading cost.

    With the `bundle` on the device, the host finds what the device would refuse before it sends a byte.

    Raises:
        BridgeError: refused, unreachable, or the bank is not the one that the edit makes.
    """
    delivered = device.send_edit(edit, bundle, progress)
    before = device.link.cost
    came = fingerprint(device.read(Region.ACTIVE_BANK, 4 * device.hello.adaptive_floats))
    if came != edit.digest:
        raise DamagedError(
            "the bank that was read back is not the one that the edit makes",
            expected=f"digest {edit.digest.hex()}",
            received=f"digest {came.hex()}",
            remedy="revert to the earlier bank; if it happens again, distrust the device's memory",
        )
    return delivered, device.link.cost - before
