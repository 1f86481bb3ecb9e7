"""Devices, edits and recompilations for tests of the store."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from models.store.records import NewEdit, NewRecompilation, Verdict
from models.store.store import Store
from toolchain.bundle import Bundle
from toolchain.edit import encode_edit
from toolchain.keys import device_key

SHAPE = (1, 8)
HARDWARE = bytes.fromhex("00000000000000a1")
FLEET_KEY = bytes(range(32))

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def windows_of(seed: int, count: int, classes: int = 3) -> tuple[Floats, Labels]:
    """Different windows float32 [n, 1, 8] with labels of `classes` classes in turn."""
    chance = np.random.default_rng(seed)
    return chance.normal(size=(count, *SHAPE)).astype(np.float32), np.arange(count, dtype=np.int64) % classes


def add_device(store: Store, name: str = "user-1", seed: int = 1, count: int = 12, *, freeze: bool = True) -> int:
    """A device with examples, and a frozen set unless told otherwise; its number."""
    number = store.add_examples(name, *windows_of(seed, count), hardware=HARDWARE[:-1] + bytes([seed])).device
    if freeze:
        store.freeze(number)
    return number


def edit_bytes(bundle: Bundle, amount: float = 0.0, hardware: bytes | None = None) -> bytes:
    """An edit for `bundle`, signed for the device `hardware` where there is one."""
    edit = encode_edit(
        np.full(bundle.layout.size, amount, np.float32),
        layout=bundle.layout,
        base=bundle.base,
        prototypes=bundle.prototypes,
        prototype=0,
        counter=1,
    )
    return (edit if hardware is None else edit.sign(device_key(FLEET_KEY, hardware))).pack()


def outcome(device: int, base: int, packed: bytes | None, data: bytes = b"d" * 32) -> NewRecompilation:
    """A unit that was accepted, or impossible where it has no edit."""
    return NewRecompilation(
        device=device,
        base=base,
        method="ridge",
        data=data,
        examples=6,
        verdict=Verdict.IMPOSSIBLE if packed is None else Verdict.ACCEPTED,
        reason="for a test",
        edit=None if packed is None else NewEdit(packed, signed=False, before=0.25, after=0.75),
        old_edit=None,
        transport=None,
        reference=None,
        seconds=0.5,
    )


def whole_device(store: Store, bundle: Bundle, name: str = "user-1", seed: int = 1) -> int:
    """A device with a row in every table; its number."""
    device = add_device(store, name, seed)
    base = store.add_base(bundle)
    first = store.record_many([outcome(device, base.id, edit_bytes(bundle, 0.0))])[0]
    again = replace(outcome(device, base.id, edit_bytes(bundle, 0.01), b"e" * 32), old_edit=first.edit)
    store.record_many([again])
    store.deploy(
        store.edits(device)[0].id, port="socket://here", hardware=HARDWARE, counter=1, digest=b"x" * 8, confirmed=True
    )
    return device
