"""Labelled: a head for each device, by gradient descent on its own labelled context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

import torch
from torch import Tensor

from models.editor.material import Material
from models.rivals.bench import Bench, everywhere
from models.rivals.descent import STOPS, context_loss, descend, stopped
from models.rivals.edited import Edited
from models.rivals.method import Method
from models.rivals.redrawn import with_redrawn_validation

_RATES: Final = (1e-3, 3e-3, 1e-2)
_PROJECTED_RATES: Final = (1e-3, 3e-3)


def fine_tuning(bench: Bench) -> Edited:
    """From the factory head and without a clip."""
    return _free(bench, bench.base)


def field_fine_tuning(bench: Bench) -> Edited:
    """From the head that the field devices share, where `newton` starts, and without a clip."""
    return _free(bench, bench.field_head)


def extra_budget_fine_tuning(bench: Bench) -> Edited:
    """From the control's head and without a clip: it could not be sent as an edit."""
    return _free(bench, bench.one_head)


def projected_fine_tuning(bench: Bench) -> Edited:
    """From the factory head, projected onto the clip ball around it after every step."""
    return _tuned(bench, bench.base[None], bench.clips, _PROJECTED_RATES)


def projected_field_fine_tuning(bench: Bench) -> Edited:
    """From the head that the field devices share, row 1 of the table, and within T of it."""
    table = torch.stack([bench.base, bench.field_head])
    return _tuned(bench, table, bench.clips, _PROJECTED_RATES)


def _free(bench: Bench, start: Tensor) -> Edited:
    table = bench.base[None] if start is bench.base else torch.stack([bench.base, start])
    return _tuned(bench, table, (torch.full_like(start, torch.inf),), _RATES)


def _tuned(bench: Bench, table: Tensor, clips: tuple[Tensor, ...], rates: tuple[float, ...]) -> Edited:
    """From the last row of `table`; rate, steps and T are those that suit the validation devices."""
    start = table[-1]

    def run(material: Material, choice: tuple[Tensor, float]) -> Iterator[Tensor]:
        clip, rate = choice
        flat = everywhere(start, material).clone().requires_grad_()

        def project() -> None:
            flat.copy_(start + torch.clamp(flat - start, -clip, clip))

        return descend(context_loss(bench.problem.head, material), [flat], lambda: flat, rate, project)

    heads, (clip, _), _ = stopped(with_redrawn_validation(bench), run, list(product(clips, rates)), len(STOPS))
    return Edited.around(table, heads, clip)


def _method(name: str, run: Callable[[Bench], Edited], about: str, *, sendable: bool) -> Method:
    return Method(name, run, about, labelled=True, backpropagation=True, sendable=sendable)


METHODS: Final = (
    _method(
        "fine-tuning", fine_tuning, "gradient descent on the device's labelled context, without a clip", sendable=False
    ),
    _method("field-fine-tuning", field_fine_tuning, "the same from the field head", sendable=False),
    _method("extra-budget-fine-tuning", extra_budget_fine_tuning, "the same from the control's head", sendable=False),
    _method(
        "projected-fine-tuning", projected_fine_tuning, "from the factory head inside the clip ball", sendable=True
    ),
    _method(
        "projected-field-fine-tuning",
        projected_field_fine_tuning,
        "from the field head inside the clip ball",
        sendable=True,
    ),
)
