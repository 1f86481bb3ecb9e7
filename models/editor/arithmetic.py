"""The editor's forward pass in NumPy, on the arrays of `ParameterEditor.state_dict()`: an observation to a code."""

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
    for layer in range(len(layer_sizes(layout))):
        table |= _cell_shapes(f"transfer.cells.{layer}", "", code, code)
    return table


def _encoder_shapes(spec: EditorSpec) -> dict[str, tuple[int, ...]]:
    if spec.encoder == "gru":
        reads, own = spec.embedding, _cell_shapes("encoder.gru", "_l0", spec.embedding, spec.hidden)
    else:
        reads = 2 * spec.embedding
        own = {"encoder.layer.weight": (spec.hidden, reads), "encoder.layer.bias": (spec.hidden,)}
    return {"encoder.mean": (reads,), "encoder.scale": (reads,), **own}


def _cell_shapes(cell: str, suffix: str, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{cell}.weight_ih{suffix}": (3 * hidden, inputs),
        f"{cell}.weight_hh{suffix}": (3 * hidden, hidden),
        f"{cell}.bias_ih{suffix}": (3 * hidden,),
        f"{cell}.bias_hh{suffix}": (3 * hidden,),
    }


def read_sequence(p: Mapping[str, Floats], windows: Floats) -> Floats:
    """The encoder `gru`: vector float32 [hidden] of embeddings float32 [n, E]."""
    h = np.zeros((1, p["encoder.gru.weight_hh_l0"].shape[1]), np.float32)
    for window in (windows - p["encoder.mean"]) * p["encoder.scale"]:
        h = _gru_cell(p, "encoder.gru", "_l0", window[None], h)
    return np.asarray(h[0], np.float32)


def read_summary(p: Mapping[str, Floats], mean: Floats, spread: Floats) -> Floats:
    """The encoder `summary`: vector float32 [hidden] of means and spreads float32 [E]."""
    seen = (np.concatenate([mean, spread]) - p["encoder.mean"]) * p["encoder.scale"]
    return np.asarray(np.maximum(p["encoder.layer.weight"] @ seen + p["encoder.layer.bias"], 0), np.float32)


def code_of(p: Mapping[str, Floats], h: Floats, layers: int) -> Floats:
    """Codes of all layers in one row, float32 [layers * code], in -1..1, of an encoder's vector float32 [hidden]."""
    hidden = np.maximum(h[None] @ p["mlp.0.weight"].T + p["mlp.0.bias"], 0)
    first = np.tanh(hidden @ p["mlp.2.weight"].T + p["mlp.2.bias"])
    below, codes = first, []
    for layer in range(layers):
        below = _gru_cell(p, f"transfer.cells.{layer}", "", below, first)
        codes.append(below[0])
    return np.concatenate(codes)


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
