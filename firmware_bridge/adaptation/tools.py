"""What a worker needs besides a device: how contexts are read, edits proposed and written, health judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from firmware_bridge.adapt import Manner, Observed, Proposal, make_edit, observe
from firmware_bridge.adaptation.health import examine
from firmware_bridge.client import Device
from toolchain.bundle import Bundle
from toolchain.edit import Codec, Edit, apply_edit
from toolchain.layout import Vector

Advise = Callable[[Observed, "int | None"], Proposal]
"""The editor, which is also told the prototype that runs (None: unknown), so that it does not oscillate."""

Observe = Callable[[Device], Observed]
"""Reads a device's context, as much of it as the editor needs."""

Encode = Callable[[Device, Proposal], Edit]
"""Writes a proposal as the edit that the device takes next: codec, counter, durable or not, signed or not."""

Examine = Callable[[Device, bytes, Vector], "str | None"]
"""What is wrong with a device that has the bank of this digest and these values on probation; None if nothing is."""


@dataclass(frozen=True)
class Tools:
    """The same for all ports; every callable may be called from several threads.

    `codec` is what `encode` writes, None where it chooses; `can_sign` tells whether it has a key to sign with.
    """

    bundle: Bundle
    advise: Advise
    observe: Observe
    encode: Encode
    examine: Examine
    codec: Codec | None = None
    can_sign: bool = False

    @classmethod
    def of(cls, bundle: Bundle, advise: Advise, manner: Manner, *, windows: bool = False) -> Tools:
        """The usual ones.

        Args:
            bundle: the bundle on the devices.
            advise: its editor.
            manner: how edits are written.
            windows: the editor wants every embedding, not only their summary.
        """
        return cls(
            bundle,
            advise,
            partial(observe, bundle=bundle, windows=windows),
            lambda device, proposal: make_edit(device, bundle, proposal, manner),
            partial(examine, bundle),
            codec=manner.codec,
            can_sign=manner.fleet_key is not None,
        )

    def bank_of(self, edit: Edit) -> Vector:
        """The bank that `edit` makes, float32 [size].

        Raises:
            EditError: it makes none.
        """
        bundle = self.bundle
        return apply_edit(
            edit, layout=bundle.layout, base=bundle.base, prototypes=bundle.prototypes, latent=bundle.latent
        )
