"""All methods on users by the names that the command line knows; the first one is what the others are held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from models.rivals.edited import Edited
from models.sequences.audience import Audience
from models.sequences.desk import Desk, everywhere
from models.sequences.user_editor import Variant, fit_user_editor, one_head
from models.sequences.user_tuning import fine_tuning, lora, projected_fine_tuning

_STRENGTHS: Final = (0.05, 0.1, 0.25, 0.5)


@dataclass(frozen=True)
class UserMethod:
    """One row of the table.

    `labelled` methods learn from what the user chose before as choices to be predicted; the others see embeddings only.
    `backpropagation` tells whether an edit for a new user takes gradients.
    """

    name: str
    run: Callable[[Desk], Edited]
    about: str
    labelled: bool = False
    backpropagation: bool = False
    sendable: bool = True


def base(desk: Desk) -> Edited:
    """No edit at all."""
    clip = torch.full_like(desk.base, min(desk.plan.clips))
    return Edited.around(desk.base, everywhere(desk.base, desk.devices), clip)


def extra_budget(desk: Desk) -> Edited:
    """The control: the same head for everybody, trained on the field users for Persona's whole budget; unclipped."""
    return Edited.around(desk.base, everywhere(one_head(desk), desk.devices), torch.full_like(desk.base, torch.inf))


def alignment(desk: Desk) -> Edited:
    """The moments of a user's embeddings moved towards the factory users', folded into the first layer; clipped."""
    clip = torch.full_like(desk.base, desk.plan.clips[len(desk.plan.clips) // 2])

    def heads_for(audience: Audience, strength: float) -> Tensor:
        return desk.base + torch.clamp(_aligned(desk, audience, strength) - desk.base, -clip, clip)

    return Edited.around(desk.base, heads_for(desk.devices, desk.best(heads_for, _STRENGTHS)), clip)


def _aligned(desk: Desk, audience: Audience, strength: float) -> Tensor:
    """Fold x -> x + strength * (factory mean - own mean) into the first layer.

    A user has too few steps for a second moment.
    """
    shift = strength * (_means(desk.factory).mean(0) - _means(audience))
    named = desk.head.named(everywhere(desk.base, audience))
    weight, bias = (tensor.name for tensor in desk.head.layout.tensors[:2])
    named[bias] = named[bias] + torch.einsum("uoe,ue->uo", named[weight], shift)
    return torch.cat([named[tensor.name].flatten(1) for tensor in desk.head.layout.tensors], dim=1)


def _means(audience: Audience) -> Tensor:
    """Mean embedding of each user, float32 [u, E]; behind a user's steps lie zeros."""
    return audience.contexts.sum(1) / audience.lengths[:, None].clamp(min=1)


def _persona(variant: Variant) -> Callable[[Desk], Edited]:
    return lambda desk: fit_user_editor(desk, variant).edit(desk.devices)


def _of_devices(run: Callable[[Desk, Audience], Edited]) -> Callable[[Desk], Edited]:
    return lambda desk: run(desk, desk.devices)


METHODS: Final = {
    method.name: method
    for method in (
        UserMethod("base", base, "no edit: the factory head"),
        UserMethod(
            "extra-budget",
            extra_budget,
            "one head for all, trained on the editor's users for its budget",
            sendable=False,
        ),
        UserMethod("persona", _persona(Variant()), "a prototype and the editor's edit from the unlabelled context"),
        UserMethod("persona-no-prototypes", _persona(Variant(prototypes=False)), "one editor over the factory head"),
        UserMethod("persona-no-clkt", _persona(Variant(transfer=False)), "without cross-layer knowledge transfer"),
        UserMethod("persona-no-clip", _persona(Variant(clipped=False)), "without the clip", sendable=False),
        UserMethod(
            "duet",
            _persona(Variant(clipped=False, prototypes=False, transfer=False)),
            "the hypernetwork alone gives the head: no clip, no prototypes, no transfer",
            sendable=False,
        ),
        UserMethod("alignment", alignment, "the embedding's mean moved to the factory's, in closed form"),
        UserMethod(
            "projected-fine-tuning",
            _of_devices(projected_fine_tuning),
            "the user's own choices, within T",
            labelled=True,
            backpropagation=True,
        ),
        UserMethod(
            "lora",
            _of_devices(lora),
            "low-rank sums trained on the user's own choices, within T",
            labelled=True,
            backpropagation=True,
        ),
        UserMethod(
            "fine-tuning",
            _of_devices(fine_tuning),
            "the user's own choices, without a clip",
            labelled=True,
            backpropagation=True,
            sendable=False,
        ),
    )
}
