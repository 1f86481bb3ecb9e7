"""Does the device hold the bundle that the host has in hand?"""

from __future__ import annotations

from typing import Final

from firmware_bridge.errors import MismatchError
from firmware_bridge.messages import Code, HelloReply
from toolchain.bundle import Bundle

_REMEDY: Final = "use the bundle that the device was built from, or flash this bundle's firmware"


def require_bundle(hello: HelloReply, bundle: Bundle) -> None:
    """Refuse to work with a device that was built from another bundle.

    Raises:
        MismatchError: with the first part that differs.
    """
    parts: list[tuple[str, Code, object, object]] = [
        ("base model", Code.BASE_MISMATCH, bundle.base.hex(), hello.base.hex()),
        ("adaptive layout", Code.LAYOUT_MISMATCH, bundle.layout.fingerprint.hex(), hello.layout.hex()),
        ("rounding contract", Code.BASE_MISMATCH, bundle.rounding.value, hello.rounding.name.lower()),
        ("number of prototypes", Code.BASE_MISMATCH, _prototypes(bundle), hello.prototypes),
        ("input bytes", Code.BASE_MISMATCH, sum(s.nbytes for s in bundle.inputs), hello.input_bytes),
        ("output bytes", Code.BASE_MISMATCH, sum(s.nbytes for s in bundle.outputs), hello.output_bytes),
    ]
    for what, code, expected, received in parts:
        if expected != received:
            raise MismatchError(
                f"the device was built from another bundle than {bundle.path}: its {what} differs",
                expected=f"{what} {expected}",
                received=f"{what} {received}",
                remedy=_REMEDY,
                code=code,
            )


def _prototypes(bundle: Bundle) -> int:
    """Entries of the table that a device of `bundle` reports: none where nothing is adaptive."""
    return len(bundle.prototypes) if bundle.layout.size else 0
