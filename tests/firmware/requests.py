"""One intact request of each type, and what becomes of a damaged frame."""

from __future__ import annotations

from typing import Final

from firmware_bridge.messages import (
    Apply,
    Begin,
    Commit,
    Confirm,
    Context,
    Hello,
    Infer,
    Load,
    Provision,
    Read,
    Region,
    Revert,
    RevertWhat,
    Status,
    Summary,
    Try,
    Verify,
    Watch,
    Write,
)
from tests.firmware.tiny_model import WINDOW, some_edit

EVERY_REQUEST: Final = {
    type(request).__name__: (request.KIND, request.pack())
    for request in (
        Hello(),
        Status(),
        Infer(WINDOW.tobytes(), remember=True),
        Load(0, WINDOW.tobytes()),
        Read(Region.ACTIVE_BANK, 0, 60),
        Context(),
        Summary(),
        Watch(anchor=True),
        Begin(some_edit(0xFFFF_FFFF).header),
        Write(0, bytes(15)),
        Verify(),
        Try(),
        Commit(bytes(8), 1),
        Confirm(bytes(8)),
        Revert(RevertWhat.UNSETTLED),
        Apply(bytes(8)),
        Provision(bytes(8), bytes(32)),
    )
}

DROPS: Final = ("bad_cobs", "too_short", "too_long", "bad_crc", "bad_version")


def dropped(moved: dict[str, int]) -> int:
    """How many frames the device dropped, whatever the reason."""
    return sum(moved.get(name, 0) for name in DROPS)
