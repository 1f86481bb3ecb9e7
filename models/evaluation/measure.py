"""One method on one bench: its scores, what an edit takes in seconds and bytes, and what the guard makes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.evaluation.choices import RememberingBench
from models.evaluation.judge import Judge
from models.evaluation.materials import joined
from models.reproducible import reproducible
from models.rivals.edited import Edited
from models.rivals.guard import guard
from models.rivals.method import Method
from toolchain.edit import Codec
from toolchain.layout import Layout


@dataclass(frozen=True)
class Measured:
    """A method on d devices, each list [d]; `accepted` is None where no guard was asked.

    `validation` is its mean accuracy on the validation devices, by which a reader may choose among methods.
    """

    device: list[float]
    in_float: list[float]
    accepted: list[bool] | None
    validation: float
    clip: list[float] | None
    seconds: float
    bytes: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """As a unit's result holds it."""
        return {
            "device": self.device,
            "float": self.in_float,
            "accepted": self.accepted,
            "validation": self.validation,
            "clip": self.clip,
            "seconds": self.seconds,
            "bytes": self.bytes,
        }


def measure(method: Method, bench: RememberingBench, judge: Judge, base: bytes, *, guarded: bool) -> Measured:
    """Run `method`, and once more with its choices made, for the time of an edit alone.

    The first time the validation devices get edits too, for the score there. `base` is the fingerprint of the compiled
    base.
    """
    validation = bench.problem.validation
    bench.forget()
    with reproducible(bench.seed):  # each method anew, so that none depends on those that ran before it
        both = method.run(replace(bench, devices=joined(bench.devices, validation)))
    bench.again()
    with reproducible(bench.seed):
        started = time.perf_counter()
        edited = method.run(bench)
        seconds = (time.perf_counter() - started) / edited.devices
    bench.forget()
    layout = bench.problem.layout(1.0)
    return Measured(
        judge.on_device(edited.heads).tolist(),
        judge.in_float(edited.heads).tolist(),
        [bool(yes) for yes in guard(bench, edited)] if guarded else None,
        bench.validate(both.heads[edited.devices :]),
        clips(edited, layout),
        seconds,
        edit_bytes(edited, layout, base) if method.sendable else {},
    )


def clips(edited: Edited, layout: Layout) -> list[float] | None:
    """T of each adaptive tensor; None where the method knows none."""
    found = [float(edited.clip[tensor.offset]) for tensor in layout.tensors]
    return [float(f"{clip:.6g}") for clip in found] if np.isfinite(found).all() else None


def edit_bytes(edited: Edited, layout: Layout, base: bytes) -> dict[str, int]:
    """Bytes of an unsigned edit by the name of its codec, as it is written to a file; none where nothing is edited."""
    if not edited.deltas.any() and not edited.prototypes.any():
        return {}
    one = replace(edited, prototypes=edited.prototypes[:1], deltas=edited.deltas[:1])
    sizes = {codec.name.lower(): len(one.edits(layout, base, codec)[0].pack()) for codec in (Codec.F32, Codec.INT8)}
    if edited.codes is not None:
        # What the codec `latent` sends is the code and nothing else, whatever table the device decodes it with.
        coded = replace(one.edits(layout, base)[0], codec=Codec.LATENT, payload=edited.codes[0].tobytes())
        sizes["latent"] = len(coded.pack())
    return sizes
