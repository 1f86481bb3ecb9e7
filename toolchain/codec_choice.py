"""Which codec to write an edit with: the smallest whose loss, measured here, is within what the user allows.

    choice = choose_codec(bundle.model, bundle.golden, delta=delta, prototype=1, max_loss=0.01)
    edit = encode_edit(choice.delta, codec=choice.codec, ...)

What the loss is says `toolchain.edit_loss`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.codecs import Codec, coder
from toolchain.edit import clip_delta
from toolchain.edit_loss import EditLoss
from toolchain.errors import EditError
from toolchain.golden import Golden
from toolchain.layout import Vector
from toolchain.model import Model

SPARSE_SHARES: Final = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.03125)
"""Parts of the parameters, those with the largest deltas, that `sparse` is tried with."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One way to write the edit.

    Attributes:
        codec: its codec.
        payload_bytes: its size.
        loss: what it loses against f32, in nats.
        delta: float32 [size], what `encode_edit` is to write; only `sparse` leaves some of it out.
    """

    codec: Codec
    payload_bytes: int
    loss: float
    delta: Vector


@dataclass(frozen=True, eq=False)
class Choice:
    """The candidate that was taken, all that were measured, smallest first, and what the loss was measured with."""

    taken: Candidate
    measured: tuple[Candidate, ...]
    measure: str

    @property
    def codec(self) -> Codec:
        """The codec."""
        return self.taken.codec

    @property
    def delta(self) -> Vector:
        """What to write with it."""
        return self.taken.delta


def choose_codec(  # noqa: PLR0913  # an edit, what it may cost, and what it is measured with
    model: Model,
    golden: Golden,
    *,
    delta: npt.NDArray[Any],
    prototype: int,
    max_loss: float,
    code: npt.NDArray[np.int8] | None = None,
    codecs: Collection[Codec] = tuple(Codec),
) -> Choice:
    """Choose how to write `delta`, float32 [size], against `prototypes[prototype]`.

    Args:
        model: the model on the device.
        golden: its vectors and frozen evaluation set.
        delta: wanted change of each adaptive parameter.
        prototype: which entry the edit starts from.
        max_loss: most that may be lost, in nats, 0 or more.
        code: int8 [code_bytes] where the editor knows the code of `delta`.
        codecs: what the device decodes; `latent` counts only where the model has its table.

    Raises:
        EditError: `max_loss` is no such number, the delta cannot be an edit, there is nothing to measure with, or no
            codec of the device is good enough.
    """
    if not (math.isfinite(max_loss) and max_loss >= 0):
        raise EditError("the allowed loss is no such number", expected="0 or more, in nats", received=str(max_loss))
    if not 0 <= prototype < len(model.prototypes):
        expected = f"0..{len(model.prototypes) - 1}"
        raise EditError("the model has no such prototype", expected=expected, received=str(prototype))
    clipped = clip_delta(delta, model.layout)
    loss = EditLoss(model, golden, model.prototypes[prototype], clipped)
    found = []
    for codec, part, payload in _payloads(model, clipped, code, codecs):
        decoded = coder(codec, model.layout, model.latent).decode(payload)
        found.append(Candidate(codec, len(payload), loss.of(decoded), part))
    found.sort(key=lambda candidate: (candidate.payload_bytes, candidate.loss))
    taken = next((candidate for candidate in found if candidate.loss <= max_loss), None)
    if taken is None:
        best = min(found, key=lambda candidate: candidate.loss, default=None)
        raise EditError(
            "no codec of the device is good enough",
            expected=f"a loss of at most {max_loss:g}",
            received="no codec at all" if best is None else f"{best.loss:g} with {best.codec.name.lower()}",
            remedy="allow a larger loss",
        )
    return Choice(taken, tuple(found), loss.name)


def _payloads(
    model: Model, clipped: Vector, code: npt.NDArray[np.int8] | None, codecs: Collection[Codec]
) -> Iterator[tuple[Codec, Vector, bytes]]:
    for codec in codecs:
        if codec is Codec.LATENT and model.latent is None:
            continue
        own = coder(codec, model.layout, model.latent)
        if codec is Codec.LATENT and code is not None:
            yield codec, clipped, code.tobytes()
            continue
        for share in SPARSE_SHARES if codec is Codec.SPARSE else (1.0,):
            part = largest(clipped, share)
            try:
                yield codec, part, own.encode(part)
            except EditError:  # f16 cannot hold deltas beyond its range: another codec can
                continue


def largest(delta: Vector, share: float) -> Vector:
    """The delta, float32 [size], with all but this share of its largest entries set to 0; at least one stays."""
    keep = max(1, round(share * len(delta)))
    part = np.zeros_like(delta)
    order = np.argsort(-np.abs(delta), kind="stable")[:keep]
    part[order] = delta[order]
    return part
