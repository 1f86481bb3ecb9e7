"""The editor's forward pass in NumPy, on the arrays of `ParameterEditor.state_dict()`: observations to codes.

Every array `p[name]` has one more leading axis than there: that of the P prototypes, whose editors run side by side, as
do d devices.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.editor.spec import EditorSpec, layer_sizes
from toolchain.layout import Layout

Floats = npt.NDArray[np.float32]


def shapes(spec: EditorSpec, layout: Layout) -> dict[str, tuple[int, ...]]:
    """Name and shape of every array of one prototype's editor; the hypernetwork is shared and not among them."""
    hidden, code = spec.hidden, spec.code
    table: dict[str, tuple[int, ...]] = {
        **_encoder_shapes(spec),
        "mlp.0.weight": (hidden, hidden),
        "mlp.0.bias": (hidden,),
        "mlp.2.weight": (code, hidden),
        "mlp.2.bias": (code,),
    }
    for layer in range(len(layer_sizes(layout)) if spec.clkt else 0):
        table |= _cell_shapes(f"transfer.cells.{layer}", "", code, code)
    if spec.aligned:
        outputs = layout.tensors[0].shape[0]
        table |= {"shift.weight": (outputs, spec.embedding), "shift.centre": (spec.embedding,)}
    return table


def _encoder_shapes(spec: EditorSpec) -> dict[str, tuple[int, ...]]:
    hidden, window = spec.hidden, spec.embedding + spec.classes
    if spec.encoder == "summary":
        reads = (2 + spec.classes) * spec.embedding
        own = {"encoder.layer.weight": (hidden, reads), "encoder.layer.bias": (hidden,)}
        if spec.labelled:
            own["encoder.expected"] = (spec.classes, spec.embedding)
        return {"encoder.mean": (reads,), "encoder.scale": (reads,), **own}
    if spec.encoder == "gru":
        own = _cell_shapes("encoder.gru", "_l0", window, hidden)
    else:
        own = {"encoder.each.weight": (hidden, window), "encoder.each.bias": (hidden,)}
        own |= {"encoder.all.weight": (hidden, hidden), "encoder.all.bias": (hidden,)}
    return {"encoder.mean": (spec.embedding,), "encoder.scale": (spec.embedding,), **own}


def _cell_shapes(cell: str, suffix: str, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{cell}.weight_ih{suffix}": (3 * hidden, inputs),
        f"{cell}.weight_hh{suffix}": (3 * hidden, hidden),
        f"{cell}.bias_ih{suffix}": (3 * hidden,),
        f"{cell}.bias_hh{suffix}": (3 * hidden,),
    }


def read_sequence(p: Mapping[str, Floats], windows: Floats, hot: Floats | None) -> Floats:
    """The encoder `gru`: vectors float32 [P, d, hidden] of embeddings [d, n, E] and one-hot labels [d, n, C]."""
    from_x = _linear(p, "encoder.gru", _standardised(p, windows, hot), "weight_ih_l0", "bias_ih_l0")
    count, steps = windows.shape[:2]
    h = np.zeros((len(from_x), count, from_x.shape[2] // 3), np.float32)
    from_x = from_x.reshape(len(h), count, steps, -1)
    for step in range(steps):
        h = _gated(from_x[:, :, step], _linear(p, "encoder.gru", h, "weight_hh_l0", "bias_hh_l0"), h)
    return h


def read_set(p: Mapping[str, Floats], windows: Floats, hot: Floats | None) -> Floats:
    """The encoder `set`: vectors float32 [P, d, hidden] of embeddings [d, n, E] and one-hot labels [d, n, C]."""
    each = np.maximum(_linear(p, "encoder.each", _standardised(p, windows, hot)), 0)
    mean = each.reshape(len(each), *windows.shape[:2], -1).mean(2)
    return np.maximum(_linear(p, "encoder.all", mean), 0)


def read_summary(p: Mapping[str, Floats], features: Floats) -> Floats:
    """The encoder `summary`: vectors float32 [P, d, hidden] of features float32 [P or 1, d, (2 + C) * E]."""
    seen = (features - p["encoder.mean"][:, None]) * p["encoder.scale"][:, None]
    return np.maximum(_linear(p, "encoder.layer", seen), 0)


def class_means(p: Mapping[str, Floats], windows: Floats, hot: Floats) -> Floats:
    """How far each class lies from where it is expected, float32 [P, d, C * E], of [d, n, E] and one-hot [d, n, C]."""
    counts, totals = hot.sum(1)[..., None], hot.transpose(0, 2, 1) @ windows
    moved = (totals - counts * p["encoder.expected"][:, None]) / (counts + 1)
    return np.asarray(moved.reshape(*moved.shape[:2], -1), np.float32)


def codes_of(p: Mapping[str, Floats], h: Floats, layers: int, *, clkt: bool) -> Floats:
    """Codes of all layers in one row, float32 [P, d, layers * code], in -1..1, of vectors float32 [P, d, hidden]."""
    first = np.tanh(_linear(p, "mlp.2", np.maximum(_linear(p, "mlp.0", h), 0)))
    below, codes = first, []
    for layer in range(layers):
        below = _cell(p, f"transfer.cells.{layer}", below, first) if clkt else first
        codes.append(below)
    return np.concatenate(codes, axis=2)


def shifted(p: Mapping[str, Floats], mean: Floats) -> Floats:
    """What an aligned editor adds to the first layer's bias, float32 [d, P, outputs], for means float32 [d, E]."""
    moved = (mean - p["shift.centre"][:, None]) @ p["shift.weight"].swapaxes(1, 2)
    return np.asarray(moved.swapaxes(0, 1), np.float32)


def _standardised(p: Mapping[str, Floats], windows: Floats, hot: Floats | None) -> Floats:
    """Windows in a row, with their labels beside them, float32 [P, d * n, E + C]."""
    flat = windows.reshape(1, -1, windows.shape[2])
    seen = (flat - p["encoder.mean"][:, None]) * p["encoder.scale"][:, None]
    if hot is None:
        return seen
    marks = np.broadcast_to(hot.reshape(1, -1, hot.shape[2]), (*seen.shape[:2], hot.shape[2]))
    return np.concatenate([seen, marks], axis=2)


def _linear(p: Mapping[str, Floats], layer: str, x: Floats, weight: str = "weight", bias: str = "bias") -> Floats:
    """Float32 [P, n, outputs] of x float32 [P, n, inputs]."""
    return np.asarray(x @ p[f"{layer}.{weight}"].swapaxes(1, 2) + p[f"{layer}.{bias}"][:, None], np.float32)


def _cell(p: Mapping[str, Floats], cell: str, x: Floats, h: Floats) -> Floats:
    from_x = _linear(p, cell, x, "weight_ih", "bias_ih")
    return _gated(from_x, _linear(p, cell, h, "weight_hh", "bias_hh"), h)


def _gated(from_x: Floats, from_h: Floats, h: Floats) -> Floats:
    """One step of a GRU as torch computes it (Cho et al. 2014): gates in the order reset, update, new."""
    width = h.shape[-1]
    gates = _sigmoid(from_x[..., : 2 * width] + from_h[..., : 2 * width])
    reset, update = gates[..., :width], gates[..., width:]
    new = np.tanh(from_x[..., 2 * width :] + reset * from_h[..., 2 * width :])
    return np.asarray(new + update * (h - new), np.float32)


def _sigmoid(x: Floats) -> Floats:
    """Logistic function that never overflows."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)), np.float32)
