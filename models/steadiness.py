"""How often devices would change their prototype, look after look, and what keeping it costs.

Each look is a fresh context of the same device: whatever changes from look to look is chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from models.editor.assignment import HYSTERESIS, reassign
from models.editor.material import Material, real
from models.editor.observation import observe_real
from models.rivals.bench import Bench

_LOOKS: Final = 12


@dataclass(frozen=True)
class Steadiness:
    """With one hysteresis: switches per device in twelve looks, the share of devices that switch, mean accuracy."""

    hysteresis: float
    switches: float
    switching: float
    accuracy: float


def steadiness(bench: Bench, seed: int, hystereses: tuple[float, ...] = (0.0, HYSTERESIS)) -> list[Steadiness]:
    """For the scored devices of `bench`, under each hysteresis."""
    norms, scores = _looks(bench, bench.devices, np.random.default_rng(seed))
    return [_steadiness(norms, scores, hysteresis) for hysteresis in hystereses]


def _steadiness(norms: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], hysteresis: float) -> Steadiness:
    paths = [_path(device, hysteresis) for device in norms]
    switches = np.array([sum(a != b for a, b in pairwise(path)) for path in paths])
    accuracy = np.mean([row[np.arange(len(path)), path] for row, path in zip(scores, paths, strict=True)])
    return Steadiness(hysteresis, float(switches.mean()), float((switches > 0).mean()), float(accuracy))


def _path(norms: npt.NDArray[np.float32], hysteresis: float) -> list[int]:
    """The prototype after each look, from norms [looks, N_M]."""
    path: list[int] = []
    for look in norms:
        path.append(reassign(look, path[-1] if path else None, hysteresis))
    return path


def _looks(
    bench: Bench, material: Material, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Norms and, on the windows that were not looked at, accuracies of every edit, float32 [d, looks, N_M]."""
    editor, table, head = bench.persona.editor, torch.from_numpy(bench.persona.table), bench.problem.head
    norms, scores = [], []
    for padded, marks in zip(material.embeddings, material.labels, strict=True):
        embeddings, labels = real(padded, marks)
        for _ in range(_LOOKS):
            order = torch.from_numpy(rng.permutation(len(labels)))
            seen, rest = order[: material.context], order[material.context :]
            observed, told = observe_real(embeddings[seen].numpy(), material.step), labels[seen].numpy()
            deltas = editor.edits([observed], [told] if editor.spec.labelled else None)[0][0]
            heads = table[1:] + torch.from_numpy(deltas)
            every = embeddings[rest].expand(len(heads), -1, -1)
            norms.append(np.linalg.norm(deltas, axis=1))
            scores.append(head.accuracy(every, labels[rest].expand(len(heads), -1), heads).numpy())
    shape = (material.devices, _LOOKS, editor.prototypes)
    return np.reshape(norms, shape).astype(np.float32), np.reshape(scores, shape).astype(np.float32)
