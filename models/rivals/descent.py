"""Gradient descent on the labelled contexts of many devices at once, stopped where it suits the validation devices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Final, TypeVar

import torch
from torch import Tensor

from models.editor.material import Material
from models.networks.flat_head import FlatHead
from models.rivals.bench import Bench

STOPS: Final = (10, 30, 100)
"""Numbers of steps of Adam to choose from; 0 is not one of them, since a rival that does nothing is the base."""

Choice = TypeVar("Choice")


def descend(
    loss: Callable[[Tensor], Tensor],
    parameters: Sequence[Tensor],
    heads: Callable[[], Tensor],
    rate: float,
    project: Callable[[], None] = lambda: None,
) -> Iterator[Tensor]:
    """Heads [d, size] after each of STOPS.

    `loss` of heads [d, size] is a scalar; `parameters` are what is learned, `heads` makes the heads of it, and
    `project` puts it back after every step.
    """
    optimiser = torch.optim.Adam(parameters, lr=rate)
    for done in range(STOPS[-1] + 1):
        if done in STOPS:
            yield heads().detach().clone()
        optimiser.zero_grad()
        torch.autograd.backward(loss(heads()))
        optimiser.step()
        with torch.no_grad():
            project()


def fitted(
    loss: Callable[[], Tensor],
    parameters: Sequence[Tensor],
    rate: float,
    steps: int,
    project: Callable[[], object] = lambda: None,
) -> None:
    """`steps` of Adam on `parameters`, in place; `project` puts them back after every step."""
    optimiser = torch.optim.Adam(parameters, lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        torch.autograd.backward(loss())
        optimiser.step()
        with torch.no_grad():
            project()


def context_loss(head: FlatHead, material: Material) -> Callable[[Tensor], Tensor]:
    """The sum over the devices of their mean cross entropies on their labelled contexts."""
    return lambda heads: head.losses(material.contexts, material.context_labels, heads).sum()


def stopped(
    bench: Bench, run: Callable[[Material, Choice], Iterable[Tensor]], choices: Sequence[Choice], count: int
) -> tuple[Tensor, Choice, int]:
    """Heads [d, size] of the scored devices that are best on validation, and how they were made.

    `run` gives `count` heads for each choice, one after the other; the choice and the place among them are told.
    """
    runs: dict[int, tuple[Tensor, ...]] = {}

    def on_validation(material: Material, choice: tuple[int, int]) -> Tensor:
        which, place = choice
        if which not in runs:
            runs[which] = tuple(run(material, choices[which]))
        return runs[which][place]

    which, place = bench.best(on_validation, product(range(len(choices)), range(count)))
    return next(islice(run(bench.devices, choices[which]), place, None)), choices[which], place
