"""The editor's forward pass in NumPy, on the arrays of `ParameterEditor.state_dict()`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.editor.spec import EditorSpec, layer_sizes
from toolchain.layout import Layout

Floats = npt.NDArray[np.float32]


def shapes(spec: EditorSpec, layout: Layout) -> dict[str, tuple[int, ...]]:
    """Name and shape of every array of one editor."""
    width, hidden, code = spec.embedding, spec.hidden, spec.code
    table: dict[str, tuple[int, ...]] = {
        "encoder.mean": (width,),
        "encoder.scale": (width,),
        **_cell_shapes("encoder.gru", "_l0", width, hidden),
        "mlp.0.weight": (hidden, hidden),
        "mlp.0.bias": (hidden,),
        "mlp.2.weight": (code, hidden),
        "mlp.2.bias": (code,),
    }
    for layer, size in enumerate(layer_sizes(layout).values()):
        table |= _cell_shapes(f"transfer.cells.{layer}", "", code, code)
        table[f"hypernetwork.generators.{layer}"] = (code, size)
        table[f"hypernetwork.offsets.{layer}"] = (size,)
    return table


def _cell_shapes(cell: str, suffix: str, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{cell}.weight_ih{suffix}": (3 * hidden, inputs),
        f"{cell}.weight_hh{suffix}": (3 * hidden, hidden),
        f"{cell}.bias_ih{suffix}": (3 * hidden,),
        f"{cell}.bias_hh{suffix}": (3 * hidden,),
    }


def edit(p: Mapping[str, Floats], contexts: Floats, layers: int) -> Floats:
    """Unclipped edit float32 [d, size] of contexts [d, n, E]."""
    seen = (contexts - p["encoder.mean"]) * p["encoder.scale"]
    h = np.zeros((len(seen), p["encoder.gru.weight_hh_l0"].shape[1]), np.float32)
    for step in range(seen.shape[1]):
        h = _gru_cell(p, "encoder.gru", "_l0", seen[:, step], h)
    hidden = np.maximum(h @ p["mlp.0.weight"].T + p["mlp.0.bias"], 0)
    first = np.tanh(hidden @ p["mlp.2.weight"].T + p["mlp.2.bias"])
    below, edits = first, []
    for layer in range(layers):
        below = _gru_cell(p, f"transfer.cells.{layer}", "", below, first)
        edits.append(below @ p[f"hypernetwork.generators.{layer}"] + p[f"hypernetwork.offsets.{layer}"])
    return np.concatenate(edits, axis=1)


def _gru_cell(p: Mapping[str, Floats], cell: str, suffix: str, x: Floats, h: Floats) -> Floats:
    """One step of a GRU as torch computes it (Cho et al. 2014): gates in the order reset, update, new."""
    from_x = x @ p[f"{cell}.weight_ih{suffix}"].T + p[f"{cell}.bias_ih{suffix}"]
    from_h = h @ p[f"{cell}.weight_hh{suffix}"].T + p[f"{cell}.bias_hh{suffix}"]
    x_reset, x_update, x_new = np.split(from_x, 3, axis=1)
    h_reset, h_update, h_new = np.split(from_h, 3, axis=1)
    update = _sigmoid(x_update + h_update)
    new = np.tanh(x_new + _sigmoid(x_reset + h_reset) * h_new)
    return np.asarray((1 - update) * new + update * h, np.float32)


def _sigmoid(x: Floats) -> Floats:
    """Logistic function that never overflows."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)), np.float32)
