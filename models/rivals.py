"""Persona and its rivals behind one signature: a bench in, one head for each of its devices out.

Unlabelled and labelled methods are told apart by their names; the head that a method gives obeys the same clip T
around an entry of the prototype table, and could be sent, unless its docstring says that it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from models.datasets.fleet import Role
from models.editor.fit import Lesson, Plan, fit_head
from models.editor.groups import assign
from models.editor.material import Material, gather
from models.editor.problem import Problem
from models.quantise import Int8Range
from models.trained import Trained

_STRENGTHS: Final = (0.0, 0.1, 0.25, 0.5, 1.0)
_FINE_TUNING_STEPS: Final = 100
_FINE_TUNING_RATE: Final = 1e-2


@dataclass(frozen=True)
class Bench:
    """A trained model, the devices it was trained with, and the `devices` to be scored, all as int8 embeddings."""

    trained: Trained
    problem: Problem
    factory: Material
    devices: Material

    @classmethod
    def of(cls, trained: Trained, role: Role = Role.HELD_OUT) -> Bench:
        """Render and embed the devices of `trained`'s own fleet; those of `role` are scored."""
        stored = trained.report["embedding"]
        seen = Int8Range(float(stored["scale"]), int(stored["zero_point"]))
        factory, field, validation, devices = (
            gather(trained.network, trained.fleet.devices(r), seen)
            for r in (Role.FACTORY, Role.FIELD, Role.VALIDATION, role)
        )
        return cls(trained, Problem(trained.network, field, validation), factory, devices)

    @property
    def clip(self) -> Tensor:
        """T of every float, float32 [size]."""
        return torch.from_numpy(self.trained.layout.clip_vector.copy())

    @property
    def prototypes(self) -> Tensor:
        """The table, float32 [1 + N_M, size]."""
        return torch.from_numpy(self.trained.prototypes)

    def everywhere(self, flat: Tensor) -> Tensor:
        """The same head on every device, float32 [d, size]."""
        return flat.expand(self.devices.devices, -1)

    def accuracy(self, heads: Tensor) -> Tensor:
        """Accuracy of `heads` [d, size] on the devices' evaluation windows, float32 [d]."""
        return self.problem.head.accuracy(*self.devices.targets, heads)


Rival = Callable[[Bench], Tensor]


def base(bench: Bench) -> Tensor:
    """No edit at all: the factory head."""
    return bench.everywhere(bench.problem.base)


def extra_budget(bench: Bench) -> Tensor:
    """The control: one head for all, trained on the same field devices for as many steps as Persona was in all.

    It is not clipped: it stands for a new release of the base, not for an edit.
    """
    field = bench.problem.field
    lesson = Lesson(bench.problem.head, bench.problem.base, field, torch.ones(field.devices))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(bench.trained.report["seed"]))
        return bench.everywhere(fit_head(lesson, Plan(int(bench.trained.report["extra_steps"])), _nobody))


def prototype_only(bench: Bench) -> Tensor:
    """The prototype that Eq. 12 picks, without its edit."""
    chosen, _ = _deltas(bench)
    return bench.prototypes[chosen + 1]


def persona(bench: Bench) -> Tensor:
    """Persona: the prototype that Eq. 12 picks and its clipped edit, by the editor that ships."""
    chosen, deltas = _deltas(bench)
    return bench.prototypes[chosen + 1] + deltas


def alignment(bench: Bench) -> Tensor:
    """Closed form, unlabelled: the context's moments are matched to the factory devices', folded into the first layer.

    How far they are matched is chosen on the validation devices.
    """
    problem = bench.problem

    def score(strength: float) -> float:
        heads = _aligned(bench, problem.validation, strength)
        return float(problem.head.accuracy(*problem.validation.targets, heads).mean())

    return _aligned(bench, bench.devices, max(_STRENGTHS, key=score))


def fine_tuning(bench: Bench) -> Tensor:
    """Labelled: the factory head fine-tuned on each device's context, inside the clip ball."""
    return _fine_tuned(bench, bench.problem.base, bench.clip)


def extra_budget_fine_tuning(bench: Bench) -> Tensor:
    """Labelled: the control's head fine-tuned on each device's context, without a clip; cannot be sent as an edit."""
    return _fine_tuned(bench, extra_budget(bench)[0], torch.full_like(bench.clip, torch.inf))


RIVALS: Final[dict[str, Rival]] = {
    "base": base,
    "base, same extra budget": extra_budget,
    "prototype only": prototype_only,
    "alignment": alignment,
    "persona": persona,
    "fine-tuning, 32 labels": fine_tuning,
    "extra budget + fine-tuning, 32 labels": extra_budget_fine_tuning,
}


def _nobody(done: int, total: int) -> None:
    """Nobody watches these steps."""


def _deltas(bench: Bench) -> tuple[Tensor, Tensor]:
    edits = bench.trained.editor.deltas(np.asarray(bench.devices.contexts.numpy(), np.float32))
    chosen = assign(edits)
    return torch.from_numpy(chosen), torch.from_numpy(edits[np.arange(len(chosen)), chosen])


def _aligned(bench: Bench, material: Material, strength: float) -> Tensor:
    """Fold x -> x + strength * (scale * (x - mean) + factory mean - x) into the first layer; clipped to T."""
    own, factory = material.contexts, bench.factory.embeddings.flatten(0, 1)
    scale = 1 + strength * (factory.std(0) / (own.std(1) + 1e-3) - 1)
    shift = strength * factory.mean(0) - (scale - 1 + strength) * own.mean(1)
    named = bench.problem.head.named(bench.problem.base.expand(material.devices, -1))
    weight, bias = (t.name for t in bench.trained.layout.tensors[:2])
    moved = dict(named)
    moved[bias] = named[bias] + torch.einsum("doe,de->do", named[weight], shift)
    moved[weight] = named[weight] * scale[:, None]
    flat = torch.cat([moved[t.name].flatten(1) for t in bench.trained.layout.tensors], dim=1)
    return bench.problem.base + torch.clamp(flat - bench.problem.base, -bench.clip, bench.clip)


def _fine_tuned(bench: Bench, start: Tensor, clip: Tensor) -> Tensor:
    """All devices at once, each with a head of its own; projected onto start -T .. T after each step."""
    flat = bench.everywhere(start).clone().requires_grad_()
    optimiser = torch.optim.Adam([flat], lr=_FINE_TUNING_RATE)
    labels = bench.devices.context_labels
    for _ in range(_FINE_TUNING_STEPS):
        logits = bench.problem.head.logits(bench.devices.contexts, flat)
        losses = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        optimiser.zero_grad()
        torch.autograd.backward(losses.reshape(labels.shape).mean(1).sum())
        optimiser.step()
        with torch.no_grad():
            flat.copy_(start + torch.clamp(flat - start, -clip, clip))
    return flat.detach()
