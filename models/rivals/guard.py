"""Accept or refuse an edit on the device's frozen windows: a refused device keeps the factory head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor

from models.editor.material import Material
from models.errors import NetworkError
from models.rivals.alignment import alignment
from models.rivals.bench import Bench, everywhere
from models.rivals.edited import Edited
from models.rivals.fine_tuning import projected_fine_tuning
from models.rivals.newton import newton
from models.rivals.redrawn import redrawn

_DRAWS: Final = 4
_TOLERATED: Final = 0.03
_HARM: Final = 0.1
"""Mean accuracy that is worth giving up if every device that loses more than `_TOLERATED` is spared."""
_ERRORS: Final = (0.0, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, eq=False)
class Hits:
    """Windows that only the edit gets right (`won`) and that only the factory head does (`lost`), float32 [d] each."""

    won: Tensor
    lost: Tensor

    def accepted(self, errors: float) -> Tensor:
        """Whether won - lost exceeds `errors` times its standard deviation if both heads were as good, bool [d].

        That is McNemar's test, one-sided. Devices without frozen windows accept nothing.
        """
        return self.won - self.lost > errors * (self.won + self.lost).sqrt()


def guard(bench: Bench, edited: Edited) -> Tensor:
    """Which devices accept their edit, bool [d]; the margin is that of `chosen_margin`."""
    return hits(bench, bench.devices, edited.heads).accepted(chosen_margin(bench))


def chosen_margin(bench: Bench) -> float:
    """Standard deviations that an edit has to win by on the frozen windows, chosen on the validation devices.

    They get edits by `newton` (labelled) and by `alignment` (unlabelled), each for several contexts. The chosen
    margin has the best mean accuracy after a tenth of the share of devices that lose more than three points.
    """
    return bench.once("margin of the guard", lambda: _margin(bench))


def hits(bench: Bench, material: Material, heads: Tensor) -> Hits:
    """What `heads` [d, size] win and lose on the frozen windows of `material` against the factory head."""
    head, embeddings, labels = bench.problem.head, material.frozen, material.frozen_labels
    before = head.logits(embeddings, everywhere(bench.base, material)).argmax(-1) == labels
    after = head.logits(embeddings, heads).argmax(-1) == labels
    return Hits((after & ~before).sum(1).float(), (before & ~after).sum(1).float())


def _margin(bench: Bench) -> float:
    material, head = redrawn(bench.problem.validation, _DRAWS, bench.seed), bench.problem.head
    rehearsal = replace(bench, devices=material)
    before = head.accuracy(*material.targets, everywhere(bench.base, material))
    trials = [edited.heads for edited in (_labelled(rehearsal), alignment(rehearsal))]
    found = [hits(bench, material, heads) for heads in trials]
    gains = [head.accuracy(*material.targets, heads) - before for heads in trials]

    def merit(errors: float) -> float:
        kept = torch.cat([gain * own.accepted(errors) for gain, own in zip(gains, found, strict=True)])
        return float(kept.mean() - _HARM * (kept < -_TOLERATED).float().mean())

    return max(_ERRORS, key=merit)


def _labelled(bench: Bench) -> Edited:
    """In closed form where the adaptive layers have one, with gradients where not."""
    try:
        return newton(bench)
    except NetworkError:
        return projected_fine_tuning(bench)
