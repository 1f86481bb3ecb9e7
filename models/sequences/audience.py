"""What editors see of some users: the embeddings that their devices would hold, and what the users did next.

A user with the items s_0 .. s_n-1 has a context step for each k in 1 .. n-1: the embedding that a device computed after
s_k-1 (where the network reads a candidate as well: for the item s_k-1, after those before it). The lesson at k is to
rank s_k, with the context up to k. The last lesson is the one that a user is scored on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.networks.ranker import Ranker
from models.sequences.candidates import draw_candidates
from models.sequences.training import windows_of

Items = npt.NDArray[np.int64]
Embed = Callable[[npt.NDArray[np.int32]], npt.NDArray[np.float32]]
"""Embeddings float32 [n, E] of inputs int32 [n, *input]: those of the float network, or a device's, decoded."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """Rankings of u users, t of each: features [u, t, f, E], candidates int64 [u, t, 1 + c] with the right one first.

    `steps` int64 [u, t] is how many context steps came before; 0: there is no such lesson.
    """

    features: Tensor
    candidates: Tensor
    steps: Tensor


@dataclass(frozen=True, eq=False)
class Audience:
    """u users.

    `contexts` float32 [u, p, E], the most recent step last, `lengths` int64 [u] steps of each, behind which lie zeros.
    `lessons` may be learned from, `scored` (t = 1) is what a user is scored on; nothing in `lessons` is about the item
    that `scored` asks for, unless the users are field users. `windows` int32 [u, ...] are the device's inputs of
    `scored`.
    """

    contexts: Tensor
    lengths: Tensor
    lessons: Lessons
    scored: Lessons
    windows: npt.NDArray[np.int32]

    @property
    def users(self) -> int:
        """How many."""
        return len(self.contexts)


@dataclass(frozen=True)
class AudiencePlan:
    """At most `steps` of context and `lessons` lessons for each user, with `negatives` negatives each."""

    steps: int = 10
    lessons: int = 4
    negatives: int = 99


def gather_users(  # noqa: PLR0913  # who, through what, and what for
    network: Ranker,
    embed: Embed,
    users: Sequence[Items],
    plan: AudiencePlan,
    seed: int,
    *,
    in_field: bool,
) -> Audience:
    """Embed the context and the lessons of `users`; `in_field` users may be learned from up to their last item."""
    reader = _Reader(network, embed)
    lengths = np.array([min(plan.steps, len(items) - 1) for items in users])
    contexts = reader.contexts(users, lengths, plan.steps)
    first = 0 if in_field else 1
    back = range(first, first + plan.lessons)
    parts = [reader.lesson(users, lengths, b, (plan.negatives, seed + 1 + b)) for b in back]
    scored, windows = reader.scored(users, lengths, seed)
    return Audience(torch.from_numpy(contexts), torch.from_numpy(lengths), _stacked(parts), scored, windows)


def _stacked(parts: Sequence[Lessons]) -> Lessons:
    features, candidates, steps = zip(*((p.features, p.candidates, p.steps) for p in parts), strict=True)
    return Lessons(torch.cat(features, 1), torch.cat(candidates, 1), torch.cat(steps, 1))


@dataclass(frozen=True)
class _Reader:
    """Makes inputs for the network and embeds them."""

    network: Ranker
    embed: Embed

    @property
    def pairwise(self) -> bool:
        """Whether an input is a window and a candidate behind it."""
        return self.network.input_shape[0] > self.network.length

    def contexts(self, users: Sequence[Items], lengths: Items, most: int) -> npt.NDArray[np.float32]:
        """Context steps float32 [u, most, E]."""
        own = [items[:k] for items, n in zip(users, lengths, strict=True) for k in range(len(items) - n, len(items))]
        if self.pairwise:
            inputs = self._pairs([items[:-1] for items in own], np.array([[items[-1]] for items in own]))[:, 0]
        else:
            inputs = windows_of(own, self.network.length).astype(np.int32)
        found = self.embed(inputs)
        contexts = np.zeros((len(users), most, found.shape[1]), np.float32)
        contexts[np.arange(most) < lengths[:, None]] = found
        return contexts

    def lesson(self, users: Sequence[Items], lengths: Items, back: int, draw: tuple[int, int]) -> Lessons:
        """The lesson `back` items before the last one; users that have no such item get an empty one."""
        known = [items if len(items) - 1 - back >= 1 else items[-2:] for items in users]
        ends = [min(back, len(items) - 2) for items in known]
        targets = np.array([items[len(items) - 1 - end] for items, end in zip(known, ends, strict=True)])
        negatives, seed = draw
        candidates = draw_candidates(targets, users, self.network.items, seed, negatives)
        features = self._features(
            [items[: len(items) - 1 - end] for items, end in zip(known, ends, strict=True)], candidates
        )
        steps = np.maximum(lengths - back, 0)
        return Lessons(
            torch.from_numpy(features)[:, None], torch.from_numpy(candidates)[:, None], torch.from_numpy(steps)[:, None]
        )

    def scored(self, users: Sequence[Items], lengths: Items, seed: int) -> tuple[Lessons, npt.NDArray[np.int32]]:
        """The last lesson, and the device's inputs for it: int32 [u, *input], or [u, 1 + c, *input] in pairs."""
        candidates = draw_candidates(np.array([items[-1] for items in users]), users, self.network.items, seed)
        own = [items[:-1] for items in users]
        inputs = (
            self._pairs(own, candidates) if self.pairwise else windows_of(own, self.network.length).astype(np.int32)
        )
        features = self._features(own, candidates)
        lesson = Lessons(
            torch.from_numpy(features)[:, None],
            torch.from_numpy(candidates)[:, None],
            torch.from_numpy(lengths)[:, None],
        )
        return lesson, inputs

    def _features(self, own: Sequence[Items], candidates: Items) -> npt.NDArray[np.float32]:
        """Features float32 [u, f, E]."""
        if not self.pairwise:
            return self.embed(windows_of(own, self.network.length).astype(np.int32))[:, None]
        pairs = self._pairs(own, candidates)
        return self.embed(pairs.reshape(-1, pairs.shape[2])).reshape(*pairs.shape[:2], -1)

    def _pairs(self, own: Sequence[Items], candidates: Items) -> npt.NDArray[np.int32]:
        """Inputs int32 [u, c, length + 1]."""
        windows = windows_of(own, self.network.length)
        spread = np.repeat(windows[:, None], candidates.shape[1], axis=1)
        return np.concatenate([spread, candidates[..., None]], axis=2).astype(np.int32)
