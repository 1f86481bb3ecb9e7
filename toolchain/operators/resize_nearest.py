"""RESIZE_NEAREST_NEIGHBOR, any element type: for each output row and column the source's place is a constant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toolchain.operators.base import Array, Constant, Kernel, Lowering


def lower(low: Lowering) -> Kernel:
    """Lower one RESIZE_NEAREST_NEIGHBOR, NHWC."""
    x, out, options = low.tensor(0), low.output, low.op.options
    if x.dtype is not out.dtype:
        raise low.unsupported(f"{x.dtype.value} to {out.dtype.value}")
    low.expect_output((x.shape[0], out.shape[1], out.shape[2], x.shape[3]))
    low.expect_output((x.shape[0], *out.shape[1:3], x.shape[3]))
    aligned, centred = bool(options["align_corners"]), bool(options["half_pixel_centers"])
    rows = _sources(x.shape[1], out.shape[1], aligned=aligned, centred=centred)
    columns = _sources(x.shape[2], out.shape[2], aligned=aligned, centred=centred)

    def run(values: Sequence[Array]) -> tuple[Array, ...]:
        return (np.ascontiguousarray(values[0][:, rows][:, :, columns]),)

    args: dict[str, Constant] = {
        "batches": x.shape[0],
        "in_h": x.shape[1],
        "in_w": x.shape[2],
        "out_h": out.shape[1],
        "out_w": out.shape[2],
        "bytes": x.shape[3] * x.dtype.itemsize,
        "rows": rows,
        "columns": columns,
    }
    return Kernel(low.op.index, "resize_nearest", (x.index, out.index), (out.index,), run, args)


def _sources(size: int, wanted: int, *, aligned: bool, centred: bool) -> Array:
    """Source of each output place, int32 [wanted], in float32 as TFLite computes it (resize_nearest_neighbor.h)."""
    scale = np.float32(size) / np.float32(wanted)
    if aligned and wanted > 1:
        scale = np.float32(size - 1) / np.float32(wanted - 1)
    place = (np.arange(wanted).astype(np.float32) + np.float32(0.5 if centred else 0.0)) * scale
    whole = np.floor(place + np.float32(0.5)) if aligned else np.floor(place)
    places: Array = np.clip(whole, 0, size - 1).astype(np.int32)
    return places
