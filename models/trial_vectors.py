"""Trial vectors: with which windows a device judges an edit before it trusts it (TRY), and how many must be right.

An edit is made for one device, and nobody has that device's labels. The vectors are therefore windows of validation
devices, chosen so that the edits which the editor makes for all those devices get many of them right and garbage gets
few; the number that must be right lies between the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from models.editor.material import Material
from models.editor.observation import observe_real
from models.networks.flat_head import FlatHead
from models.trained import Trained

Right = npt.NDArray[np.bool_]

MOST_VECTORS: Final = 32
MOST_BYTES: Final = 8192
_PER_CLASS: Final = 4
_HARMLESS_QUANTILE: Final = 0.01
_GARBAGE_QUANTILE: Final = 0.95


@dataclass(frozen=True, eq=False)
class Banks:
    """What TRY may have to judge.

    `harmless` float32 [n, size] are banks that the editor makes; `garbage` holds, by name, banks [n, size] that damage
    or a bad editor would make of the same prototypes and edits: `random`, each parameter T away from the prototype to a
    random side; `flipped`, the edit with the wrong sign; `zeroed`, nothing but zeros.
    """

    harmless: npt.NDArray[np.float32]
    garbage: Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Choice:
    """Which windows become vectors (int64 [k], as `Material.target_rows` has them), and how many must be right."""

    windows: npt.NDArray[np.int64]
    least: int


def banks_of(trained: Trained, material: Material, seed: int = 0) -> Banks:
    """The banks for every context that the windows of the devices of `material` make."""
    contexts, labels, held = (torch.cat(parts) for parts in zip(*material.split_contexts(), strict=True))
    observed = [observe_real(context, material.step) for context in contexts[held].numpy()]
    told = list(labels[held].numpy()) if trained.editor.spec.labelled else None
    proposals = trained.editor.propose_many(observed, labels=told)
    prototypes = trained.prototypes[[p.prototype for p in proposals]]
    deltas = np.stack([p.delta for p in proposals])
    signs = np.random.default_rng(seed).choice(np.array([-1, 1], np.float32), deltas.shape)
    garbage = {
        "random": prototypes + trained.layout.clip_vector * signs,
        "flipped": prototypes - deltas,
        "zeroed": np.zeros_like(deltas),
    }
    return Banks(prototypes + deltas, garbage)


def rights(head: FlatHead, banks: npt.NDArray[np.float32], embeddings: Any, labels: Any) -> Right:
    """Which vectors each bank gets right as a device counts it, bool [n, k], for float32 [k, E] and int64 [k]."""
    with torch.no_grad():
        every = torch.as_tensor(embeddings)[None].expand(len(banks), -1, -1)
        logits = head.logits(every, torch.from_numpy(banks)).numpy()
    return np.asarray(logits.argmax(-1) == np.asarray(labels))


def choose(head: FlatHead, banks: Banks, material: Material, most: int = MOST_VECTORS) -> Choice:
    """At most `most` of the devices' evaluation windows, and the bound."""
    embeddings, labels = material.target_rows
    good = rights(head, banks.harmless, embeddings, labels)
    bad = np.concatenate([rights(head, garbage, embeddings, labels) for garbage in banks.garbage.values()])
    windows = select(good, bad, np.asarray(labels.numpy(), np.int64), most)
    return Choice(windows, bound(good[:, windows].sum(1), bad[:, windows].sum(1)))


def select(good: Right, bad: Right, labels: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    """Greedy forward selection by Fisher's criterion, int64 [at most `most`].

    Each step takes the window after which the counts of right answers of `good` [n, c] and of `bad` [m, c] lie farthest
    apart in units of their spread; no class is taken more than four times, so that no constant answer can pass.
    """
    good_counts, bad_counts = np.zeros((len(good), 1)), np.zeros((len(bad), 1))
    open_, chosen = np.ones(len(labels), np.bool_), list[int]()
    while len(chosen) < most and open_.any():
        with_good, with_bad = good_counts + good, bad_counts + bad
        apart = with_good.mean(0) - with_bad.mean(0)
        best = int(np.where(open_, apart / np.sqrt(with_good.var(0) + with_bad.var(0) + 1), -np.inf).argmax())
        chosen.append(best)
        good_counts, bad_counts = with_good[:, best, None], with_bad[:, best, None]
        open_[best] = False
        if (labels[chosen] == labels[best]).sum() == _PER_CLASS:
            open_[labels == labels[best]] = False
    return np.array(chosen, np.int64)


def bound(good: npt.NDArray[Any], bad: npt.NDArray[Any]) -> int:
    """How many must be right: halfway between what nearly all of `good` reach and what nearly all of `bad` stay below.

    `good` and `bad` are counts. Where they overlap, nearly all of `good` shall still pass.
    """
    harmless = int(np.quantile(good, _HARMLESS_QUANTILE, method="lower"))
    garbage = int(np.quantile(bad, _GARBAGE_QUANTILE, method="higher"))
    return max(min(harmless, (harmless + garbage + 1) // 2), 1)


def pass_rates(banks: Banks, count: Any, least: int) -> dict[str, float]:
    """Share of the banks of each kind that pass; `count` gives the right answers int64 [n] of banks [n, size]."""
    kinds = {"harmless": banks.harmless, **banks.garbage}
    return {kind: float((count(values) >= least).mean()) for kind, values in kinds.items()}
