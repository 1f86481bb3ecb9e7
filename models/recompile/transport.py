"""Carrying an edit over to another base: tried for real, and refused for every reason that there is.

Source: "Recompile, Don't Transport" (Zenodo 20535982): an adapter of one base does not fit another one; where its
shapes do, nothing it says is about the new base.
"""

from __future__ import annotations

from dataclasses import dataclass

from toolchain.codecs import coder
from toolchain.edit import Edit, apply_edit
from toolchain.errors import EditError
from toolchain.latent import Latent
from toolchain.layout import Layout, Vector


@dataclass(frozen=True, eq=False)
class Target:
    """What an edit is held against: the fingerprint, the layout, the table float32 [1 + N_M, size] of the new base."""

    base: bytes
    layout: Layout
    table: Vector
    latent: Latent | None = None


def refusal(edit: Edit, target: Target) -> str | None:
    """Why `target` does not take `edit`, every reason in one line; None where it does.

    The first reason is that of `toolchain.edit.apply_edit`, which decides like a device; the others are looked up.
    """
    try:
        apply_edit(edit, layout=target.layout, base=target.base, prototypes=target.table, latent=target.latent)
    except EditError as error:
        return "; ".join([error.what, *_reasons(edit, target)])
    return None


def _reasons(edit: Edit, target: Target) -> list[str]:
    reasons = []
    if edit.base != target.base:
        reasons.append(f"fingerprint of the base: {edit.base.hex()}, not {target.base.hex()}")
    if edit.layout != target.layout.fingerprint:
        reasons.append(f"fingerprint of the layout: {edit.layout.hex()}, not {target.layout.fingerprint.hex()}")
    if not fits(edit, target):
        codec = edit.codec.name.lower()
        reasons.append(f"shape: {len(edit.payload)} bytes of {codec} are no edit of {target.layout.size} floats")
    else:
        reasons.append("its shape would fit")
    return reasons


def fits(edit: Edit, target: Target) -> bool:
    """Whether the payload has the size and the bounds of the new layout, whatever it says there."""
    try:
        coder(edit.codec, target.layout, target.latent).decode(edit.payload)
    except EditError:
        return False
    return edit.prototype < len(target.table)
