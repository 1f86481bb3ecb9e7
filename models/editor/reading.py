"""Observations of many devices as the arrays that an editor reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from models.editor.arithmetic import Floats, class_means, read_sequence, read_set, read_summary
from models.editor.observation import Observed, check
from models.editor.spec import EditorSpec
from models.errors import ContextError

Labels = npt.NDArray[np.int64]


def read(
    p: Mapping[str, Floats], spec: EditorSpec, held: int, observed: Sequence[Observed], labels: Sequence[Labels] | None
) -> Floats:
    """The encoders' vectors float32 [P, d, hidden] of d observations, of whose windows the last `held` are read.

    `labels` are those of each observation's windows, for editors that read them.

    Raises:
        ContextError: an observation does not fit the editor, or its labels are missing.
    """
    for one in observed:
        check(one, spec.embedding, held, windows=spec.reads_windows)
    windows = _windows(observed, held) if spec.reads_windows else np.empty((0, 0, 0), np.float32)
    hot = _hot(observed, labels, spec.classes)[:, -held:] if spec.labelled else None
    if spec.encoder == "gru":
        return read_sequence(p, windows, hot)
    if spec.encoder == "set":
        return read_set(p, windows, hot)
    features = np.stack([np.concatenate([one.mean, one.spread]) for one in observed])[None]
    if hot is not None:
        classes = class_means(p, windows, hot)
        features = np.concatenate([np.broadcast_to(features, (len(classes), *features.shape[1:])), classes], axis=2)
    return read_summary(p, features)


def _windows(observed: Sequence[Observed], held: int) -> Floats:
    """The most recent windows of each device, float32 [d, held, E]; that there are any has been checked."""
    return np.stack([np.asarray(one.windows[-held:], np.float32) for one in observed if one.windows is not None])


def _hot(observed: Sequence[Observed], labels: Sequence[Labels] | None, classes: int) -> Floats:
    """One-hot labels float32 [d, n, classes] of the n last windows that all devices have.

    Raises:
        ContextError: labels are missing, too few or too many, or name no class.
    """
    counts = [0 if one.windows is None else len(one.windows) for one in observed]
    given = [len(own) for own in labels or ()]
    if labels is None or given != counts or not all(((own >= 0) & (own < classes)).all() for own in labels):
        raise ContextError(
            "this editor reads the labels of the context, and they do not fit it",
            expected=f"a label in 0..{classes - 1} for each window: {counts}",
            received="none" if labels is None else f"{given} labels",
            remedy="give the label of every window, or use an editor that reads none",
        )
    shortest = min(counts)
    return np.eye(classes, dtype=np.float32)[np.stack([own[-shortest:] for own in labels])]
