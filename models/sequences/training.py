"""The base of a recommender: sampled softmax over the next items, stopped where the validation NDCG is best."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.networks.ranker import Ranker
from models.sequences.metrics import ndcg, ranks
from toolchain.progress import Progress, silent

Windows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RankerPlan:
    """Budget: at most `epochs`, stopped after `patience` epochs without a better validation NDCG@5."""

    epochs: int = 30
    patience: int = 3
    rate: float = 2e-3
    decay: float = 0.0
    users: int = 256
    negatives: int = 1024


@dataclass(frozen=True, eq=False)
class Ranking:
    """What is scored: windows int64 [n, length] and their candidates int64 [n, 1 + c], the right one first."""

    windows: Windows
    candidates: Windows


def windows_of(users: Sequence[npt.NDArray[np.int64]], length: int) -> Windows:
    """The last `length` items of each user, filled with 0 in front, int64 [n, length]."""
    rows = np.zeros((len(users), length), np.int64)
    for row, items in zip(rows, users, strict=True):
        kept = items[-length:]
        row[length - len(kept) :] = kept
    return rows


def fit_ranker(  # noqa: PLR0913, PLR0917  # what is learned, from what, how, and who watches
    network: Ranker,
    windows: Windows,
    targets: Windows,
    validation: Ranking,
    plan: RankerPlan,
    progress: Progress = silent,
) -> dict[str, float]:
    """Train `network` in place; it is left in eval mode with the parameters of its best epoch.

    Args:
        network: the network.
        windows: int64 [n, length].
        targets: the items that came next, int64 [n, length]; 0: none.
        validation: chooses the epoch.
        plan: the budget.
        progress: told after each epoch.

    Returns:
        The number of epochs run, the best one, and its validation NDCG@5.
    """
    module = as_module(network)
    x, y = torch.from_numpy(windows), torch.from_numpy(targets)
    optimiser = torch.optim.Adam(module.parameters(), lr=plan.rate, weight_decay=plan.decay)
    best, state, chosen, done = -1.0, module.state_dict(), 0, 0
    for done in range(1, plan.epochs + 1):
        module.train()
        for batch in torch.split(torch.randperm(len(x)), plan.users):
            negatives = torch.randint(1, network.items + 1, (plan.negatives,))
            loss = network.loss(x[batch], y[batch], negatives)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
        module.eval()
        score = float(ndcg(ranks(score_all(network, validation)), 5).mean())
        progress("base", done, plan.epochs)
        if score > best:
            best, state, chosen = score, copy.deepcopy(module.state_dict()), done
        elif done - chosen >= plan.patience:
            break
    module.load_state_dict(state)
    module.eval()
    for parameter in module.parameters():
        parameter.requires_grad = False
    return {"epochs": done, "epoch": chosen, "ndcg@5": best}


def as_module(network: Ranker) -> nn.Module:
    """The network as the torch module that it is."""
    if not isinstance(network, nn.Module):
        raise TypeError(f"a network is a torch module, not {type(network).__name__}")
    return network


def score_all(
    network: Ranker, ranking: Ranking, head: Callable[[Tensor], Tensor] | None = None, batch: int = 1024
) -> npt.NDArray[np.float32]:
    """Scores float32 [n, 1 + c] of the network with its own adaptive layers, or with `head`."""
    own = {name: value for name, value in as_module(network).named_parameters() if name in network.adaptive}
    run = head or (lambda features: network.head(features, own))
    found = []
    with torch.no_grad():
        for first in range(0, len(ranking.windows), batch):
            windows = torch.from_numpy(ranking.windows[first : first + batch])
            candidates = torch.from_numpy(ranking.candidates[first : first + batch])
            outputs = run(network.features(windows, candidates))
            found.append(network.scores(outputs, network.table[candidates]))
    return np.asarray(torch.cat(found).numpy(), np.float32)
