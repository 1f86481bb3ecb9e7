"""From a device's context to an edit that it runs: the steps of one adaptation.

How an edit is learned is not known here: the editor comes in as a callable. What a step costs on the line is in
`device.link.cost` before and after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from firmware_bridge.client import Delivered, Device
from firmware_bridge.cost import Cost
from firmware_bridge.errors import BridgeError, DamagedError
from firmware_bridge.matching import require_bundle
from firmware_bridge.messages import Region, SummaryReply
from toolchain.bundle import Bundle
from toolchain.digest import fingerprint
from toolchain.edit import Codec, Edit, encode_edit
from toolchain.keys import device_key
from toolchain.layout import Vector
from toolchain.progress import Progress, silent
from toolchain.signal import Signal
from toolchain.statistics import Summary, summarise


@dataclass(frozen=True, eq=False)
class Observed:
    """A context in real numbers.

    Attributes:
        mean: of each dimension of the embedding, float32 [E].
        spread: standard deviation of each dimension, float32 [E].
        held: embeddings that both are about.
        windows: the embeddings themselves, oldest first, float32 [held, E], where they were read.
    """

    mean: npt.NDArray[np.float32]
    spread: npt.NDArray[np.float32]
    held: int
    windows: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Proposal:
    """What an editor would do.

    Attributes:
        prototype: entry of the table that the edit starts from.
        delta: the wanted change of each adaptive parameter, float32 [size].
        norms: what Eq. 12 compared, float32 [N_M].
        code: of the codec `latent`, int8 [K], where the editor knows it.
    """

    prototype: int
    delta: Vector
    norms: npt.NDArray[np.float32]
    code: npt.NDArray[np.int8] | None = None


Propose = Callable[[Observed], Proposal]


@dataclass(frozen=True)
class Manner:
    """How a proposal is written as an edit.

    Attributes:
        codec: how the delta is written.
        durable: for COMMIT, not for APPLY.
        fleet_key: signs with the key that follows from it for this device; None leaves the edit unsigned.
    """

    codec: Codec = Codec.INT8
    durable: bool = False
    fleet_key: bytes | None = field(default=None, repr=False)


def observe(device: Device, bundle: Bundle, *, windows: bool = False) -> Observed:
    """The device's context as SUMMARY gives it; with `windows` every embedding instead, which costs far more.

    Raises:
        MismatchError: the device was built from another bundle.
        BridgeError: the model has no embedding, or any failure of the link.
    """
    require_bundle(device.hello, bundle)
    embedding = embedding_of(bundle)
    if windows:
        return observed_windows(device.context().embeddings, embedding)
    return observed_summary(device.summary(), embedding)


def embedding_of(bundle: Bundle) -> Signal:
    """The embedding of `bundle`.

    Raises:
        BridgeError: nothing in its model is adaptive.
    """
    if bundle.embedding is None:
        raise BridgeError(
            "the model on the device has no adaptive layers, so there is no context",
            remedy="compile the model with adaptive layers and flash its firmware",
        )
    return bundle.embedding


def observed_summary(reply: SummaryReply, embedding: Signal) -> Observed:
    """The real numbers of a reply to SUMMARY."""
    mean, spread = np.frombuffer(reply.means, np.int8), np.frombuffer(reply.spreads, np.uint8)
    return _real(Summary(mean, spread, reply.held), embedding)


def observed_windows(embeddings: npt.NDArray[np.int8], embedding: Signal) -> Observed:
    """The real numbers of the embeddings int8 [held, E]; their mean and spread are those that SUMMARY would give."""
    return _real(summarise(embeddings), embedding, embedding.decode(embeddings))


def _real(summary: Summary, embedding: Signal, windows: npt.NDArray[np.float32] | None = None) -> Observed:
    """Steps to real numbers; a spread counts halves of a step and has no zero point."""
    spread = summary.spread.astype(np.float32) * np.float32(embedding.scale / 2)
    return Observed(embedding.decode(summary.mean), spread, summary.held, windows)


def make_edit(device: Device, bundle: Bundle, proposal: Proposal, manner: Manner) -> Edit:
    """`proposal` as the edit that the device takes next, as far as the host knows its counter.

    Raises:
        EditError: the proposal holds NaN, names no prototype of the bundle, or the codec cannot hold it.
        KeyFileError: it is to be signed, and the device has no id.
    """
    edit = encode_edit(
        proposal.delta,
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=proposal.prototype,
        counter=device.counter + 1,
        codec=manner.codec,
        durable=manner.durable,
        latent=bundle.latent,
        code=proposal.code,
    )
    if manner.fleet_key is None:
        return edit
    return edit.sign(device_key(manner.fleet_key, device.hello.device_id))


def deliver(
    device: Device, edit: Edit, bundle: Bundle | None = None, progress: Progress = silent, *, seconds: int = 0
) -> tuple[Delivered, Cost]:
    """Send `edit` (APPLY, or TRY and COMMIT if it is durable) and read the bank back; what was sent, what reading cost.

    Args:
        device: takes the edit.
        edit: made for it.
        bundle: the one on the device; with it the host finds what the device would refuse before it sends a byte.
        progress: called with bytes of payload and MAC.
        seconds: of probation, for a durable edit; 0 for the device's own choice.

    Raises:
        BridgeError: refused, unreachable, or the bank is not the one that the edit makes.
    """
    if edit.durable:
        delivered = device.commit_edit(edit, bundle, progress, seconds=seconds)
    else:
        delivered = device.send_edit(edit, bundle, progress)
    before = device.link.cost
    require_bank(device, edit.digest)
    return delivered, device.link.cost - before


def require_bank(device: Device, digest: bytes) -> None:
    """Read the active bank, all of it, and hold it to `digest`.

    Raises:
        DamagedError: it is another bank.
    """
    came = fingerprint(device.read(Region.ACTIVE_BANK, 4 * device.hello.adaptive_floats))
    if came != digest:
        raise DamagedError(
            "the bank that was read back is not the one that the edit makes",
            expected=f"digest {digest.hex()}",
            received=f"digest {came.hex()}",
            remedy="revert to the earlier bank; if it happens again, distrust the device's memory",
        )
