"""DUET (arXiv 2209.05227): a hypernetwork that makes the whole head from a device's context, not an edit of one."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from models.editor.fit import Lesson, Step, fit_editors
from models.editor.parameter_editor import ParameterEditor
from models.editor.persona import PersonaPlan
from models.editor.problem import Problem
from models.editor.spec import layer_sizes


class HeadMaker(ParameterEditor):
    """A parameter editor whose output is the head itself, unclipped.

    Its offsets begin at the factory head: from there it may go anywhere, and nothing draws it back.
    """

    def __init__(self, problem: Problem, plan: PersonaPlan) -> None:
        layout = problem.layout(1.0)
        super().__init__(replace(plan, clkt=False).spec(problem), layout)
        self.clip.fill_(torch.inf)
        parts = torch.split_with_sizes(problem.base, list(layer_sizes(layout).values()))
        with torch.no_grad():
            for offset, part in zip(self.hypernetwork.offsets, parts, strict=True):
                offset.copy_(part)


def fit_duet(problem: Problem, plan: PersonaPlan, step: Step) -> HeadMaker:
    """Train it on the field devices, with the steps that `plan` gives Persona's two editor stages."""
    maker = HeadMaker(problem, plan)
    maker.encoder.standardise(problem.field)
    lesson = Lesson(problem.head, torch.zeros_like(problem.base), problem.field, torch.ones(problem.field.devices))
    budget = replace(plan.editor, steps=plan.editor.steps + plan.group.steps, norm_penalty=0.0)
    fit_editors([(maker, lesson)], budget, step)
    return maker


def made_heads(maker: HeadMaker, contexts: Tensor, labels: Tensor) -> Tensor:
    """Heads float32 [d, size] for contexts float32 [d, n, E]; their labels are read only if the plan was `labelled`."""
    with torch.no_grad():
        heads: Tensor = maker(contexts, None, labels)
    return heads
