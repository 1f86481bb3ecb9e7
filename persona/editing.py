"""What `persona edit` does with a device: make an edit from its context, send it, say what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from firmware_bridge.adapt import Manner, Proposal, deliver, make_edit, observe
from firmware_bridge.client import Device
from persona.editor import proposer
from toolchain.bundle import Bundle
from toolchain.codec_choice import choose_codec
from toolchain.edit import Codec, Edit
from toolchain.errors import PersonaError
from toolchain.keys import device_key, read_fleet_key
from toolchain.progress import Progress

AUTO = "auto"


@dataclass(frozen=True)
class Wanted:
    """How an edit is to be made.

    Attributes:
        codec: name of a codec, `auto`, or None for the best that the bundle has.
        max_loss: what `auto` may lose.
        durable: for TRY and COMMIT.
        fleet_key: signs; None leaves the edit unsigned.
    """

    codec: str | None
    max_loss: float
    durable: bool
    fleet_key: bytes | None = field(default=None, repr=False)


def read_key(path: Path | None) -> bytes | None:
    """The fleet key of a file, if one is named.

    Raises:
        KeyFileError: it holds something else.
    """
    return None if path is None else read_fleet_key(path)


def read_edit(path: Path) -> Edit:
    """A stored edit.

    Raises:
        PersonaError: it cannot be read.
        EditError: it is no edit of this version.
    """
    try:
        return Edit.parse(path.read_bytes())
    except OSError as error:
        raise PersonaError(f"cannot read {path}", received=str(error), remedy="choose an edit file") from error


def make(device: Device, bundle: Bundle, wanted: Wanted) -> tuple[Edit, dict[str, Any]]:
    """An edit from the device's context, and what making it cost.

    Raises:
        PersonaError: no context, no editor, a codec that cannot hold the edit within the allowed loss.
    """
    propose = proposer(bundle)
    before = device.link.cost
    observed = observe(device, bundle, windows=propose.windows)
    cost = device.link.cost - before
    codec, proposal, rows = _written(device, bundle, propose(observed), wanted)
    edit = make_edit(device, bundle, proposal, Manner(codec, wanted.durable, wanted.fleet_key))
    return edit, {"context_wire_bytes": cost.wire_bytes, "embeddings": observed.held, **rows}


def _written(
    device: Device, bundle: Bundle, proposal: Proposal, wanted: Wanted
) -> tuple[Codec, Proposal, dict[str, Any]]:
    """The codec, what of the proposal it is to write, and what was measured to choose it."""
    if wanted.codec is None:
        return (Codec.INT8 if bundle.latent is None else Codec.LATENT), proposal, {}
    if wanted.codec != AUTO:
        return Codec[wanted.codec.upper()], proposal, {}
    choice = choose_codec(
        bundle.model,
        bundle.golden,
        delta=proposal.delta,
        prototype=proposal.prototype,
        max_loss=wanted.max_loss,
        code=proposal.code,
        codecs=device.hello.codecs,
    )
    return choice.codec, replace(proposal, delta=choice.delta), {"loss": choice.taken.loss, "loss_is": choice.measure}


def signed(edit: Edit, device: Device, wanted: Wanted) -> Edit:
    """`edit` with the MAC of this device's key, if there is a fleet key to make it with."""
    if wanted.fleet_key is None:
        return edit
    return edit.sign(device_key(wanted.fleet_key, device.hello.device_id))


def send(  # noqa: PLR0913  # how an edit is sent has that many sides
    device: Device, edit: Edit, bundle: Bundle | None, progress: Progress, *, seconds: int, confirm: bool
) -> dict[str, Any]:
    """Send `edit`, read the bank back, confirm it if it is durable and wanted; what came of it.

    Raises:
        PersonaError: the edit is refused, the device cannot be reached, or it runs another bank.
    """
    delivered, _ = deliver(device, edit, bundle, progress, seconds=seconds)
    rows: dict[str, Any] = {
        "edit_wire_bytes": delivered.cost.wire_bytes,
        "edit_line_seconds": round(delivered.cost.line_time_s(), 4),
        "bank": delivered.active.bank,
        "generation": delivered.active.generation,
    }
    if delivered.trial is not None:
        rows |= {"trial_right": delivered.trial.right, "trial_vectors": delivered.trial.vectors}
    if edit.durable:
        rows["confirmed"] = confirm
    if edit.durable and confirm:
        rows["confirmed_counter"] = device.confirm(edit.digest)
    return rows


def described(edit: Edit) -> dict[str, Any]:
    """What an edit is."""
    return {
        "codec": edit.codec.name.lower(),
        "prototype": edit.prototype,
        "counter": edit.counter,
        "digest": edit.digest.hex(),
        "payload_bytes": len(edit.payload),
        "signed": edit.signed,
        "durable": edit.durable,
    }
