"""An editor may start from the alignment of the embedding's mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from models.editor.parameter_editor import ParameterEditor
from models.editor.problem import Problem
from models.editor.shift import MeanShift, first_bias
from models.editor.summary_encoder import summary_features
from models.errors import LearningError
from tests.models.small_bench import PLAN, small_bench
from toolchain.layout import Layout


@pytest.fixture(scope="module")
def problem() -> Problem:
    """Field devices whose embeddings are shifted."""
    return small_bench().problem


def test_the_edited_head_reads_a_device_as_if_its_mean_were_the_centre(problem: Problem) -> None:
    """At strength 1: the base's logits on moved embeddings are the edited head's on the device's own."""
    layout = problem.layout(1e6)
    shift = MeanShift(layout, problem.embedding)
    shift.take(problem, 1.0)
    context = problem.field.contexts[:3]
    mean = summary_features(context, problem.field.step)[:, : problem.embedding]  # as a device sends it
    edited = problem.head.logits(context, problem.base + shift(context))
    moved = problem.head.logits(context - (mean - shift.centre)[:, None], problem.base.expand(3, -1))
    torch.testing.assert_close(edited, moved, atol=1e-3, rtol=1e-3)


def test_the_closed_form_is_where_training_starts(problem: Problem) -> None:
    """An untrained editor's edit is nearly the closed form, within T; what is learned does not touch it."""
    plan = replace(PLAN, align=0.5)
    editor = ParameterEditor(plan.spec(problem), problem.layout(1e6))
    assert editor.shift is not None
    editor.shift.take(problem, plan.align)
    context = problem.field.contexts
    assert (editor(context) - editor.shift(context)).abs().max() < 0.2
    assert not [name for name, _ in editor.named_parameters() if name.startswith("shift")]


def test_a_layer_that_does_not_read_the_embedding_is_refused() -> None:
    """One clear error where weight and bias of the first layer do not come first."""
    layout = Layout.of({"fc.bias": (4,), "fc.weight": (4, 8)}, {"fc.bias": 1.0, "fc.weight": 1.0})
    with pytest.raises(LearningError, match="alignment"):
        first_bias(layout, 8)
