"""How the delta of an edit is written: one class for each codec, all behind `coder` (docs/protocol.md, "Edit").

    payload = coder(Codec.INT8, layout).encode(clipped)
    delta = coder(Codec.INT8, layout).decode(payload)

`decode` refuses what a device refuses, with the same code and numbers, and gives the same bits:
`firmware_bridge/firmware/core/codec.c` is its twin. The bounds of the error are in docs/numerics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from toolchain.codecs.base import Codec, Coder, Fault, PayloadError
from toolchain.codecs.floats import F16, F32
from toolchain.codecs.latent import LatentCoder
from toolchain.codecs.levels import Int4, Int8
from toolchain.codecs.sparse import Sparse
from toolchain.errors import EditError
from toolchain.layout import Layout

if TYPE_CHECKING:
    from toolchain.latent import Latent

__all__ = ["Codec", "Coder", "Fault", "PayloadError", "coder", "wanted_bytes"]

_PLAIN: Final[dict[Codec, Callable[[Layout], Coder]]] = {
    Codec.F32: F32,
    Codec.INT8: Int8,
    Codec.F16: F16,
    Codec.INT4: Int4,
    Codec.SPARSE: Sparse,
}


def coder(codec: Codec, layout: Layout, latent: Latent | None = None) -> Coder:
    """The coder of `codec` for one model; `latent` is the model's table, which only the codec of that name needs.

    Raises:
        EditError: the codec is `latent` and the model has no table.
    """
    if codec is not Codec.LATENT:
        return _PLAIN[codec](layout)
    if latent is None:
        raise EditError(
            "the model has no latent table",
            expected="a model with an editor whose last stage lies on the device",
            received="codec latent",
            remedy="choose another codec",
        )
    return LatentCoder(layout, latent)


def wanted_bytes(codec: Codec, came: int, *, floats: int, code_bytes: int = 0) -> int:
    """Payload bytes that a device with `floats` adaptive parameters wants where `came` came; equal if it takes them.

    Only `sparse` leaves a choice; where it refuses, this is the next shorter length that it would take.
    """
    if codec is Codec.SPARSE:
        return min(2 * floats, came & ~1)
    sizes = {Codec.F32: 4 * floats, Codec.INT8: floats, Codec.F16: 2 * floats, Codec.INT4: (floats + 1) // 2}
    return sizes.get(codec, code_bytes)
