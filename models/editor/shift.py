"""A closed form that an editor may start from: alignment of the embedding's mean, in the bias of the first layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.editor.material import Material
from models.editor.problem import Problem
from models.editor.summary_encoder import summary_features
from models.errors import LearningError
from toolchain.layout import AdaptiveTensor, Layout

_MATRIX = 2


class MeanShift(nn.Module):
    """Moves the mean of a device's embeddings towards that of the training devices.

    Replacing x by x - strength * (mean - centre) before a fully connected layer W x + b adds
    -strength * W (mean - centre) to b. `weight` float32 [outputs, E] is -strength * W of the factory head and `centre`
    float32 [E] the mean over the training devices; both stay as they are while the rest of the editor learns.
    """

    weight: Tensor
    centre: Tensor

    def __init__(self, layout: Layout, embedding: int) -> None:
        super().__init__()
        bias = first_bias(layout, embedding)
        self.step = 1.0
        self.register_buffer("weight", torch.zeros(bias.size, embedding))
        self.register_buffer("centre", torch.zeros(embedding))
        self.before, self.behind = bias.offset, layout.size - bias.offset - bias.size

    def forward(self, context: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Edit float32 [d, size] of contexts float32 [d, n, E]; `lengths` int64 [d] of valid windows, default n."""
        mean = summary_features(context, self.step, lengths)[:, : len(self.centre)]
        return nn.functional.pad((mean - self.centre) @ self.weight.T, (self.before, self.behind))

    def take(self, problem: Problem, strength: float) -> None:
        """Take weight, centre and step from the factory head and the field devices."""
        material: Material = problem.field
        layout, self.step = problem.head.layout, material.step
        named = problem.head.named(problem.base)
        self.weight.copy_(-strength * named[layout.tensors[0].name])
        self.centre.copy_((material.embeddings.sum(1) / material.lengths[:, None]).mean(0))


def first_bias(layout: Layout, embedding: int) -> AdaptiveTensor:
    """The bias of the first adaptive layer, which reads the embedding.

    Raises:
        LearningError: the layout does not begin with weight and bias of such a layer.
    """
    weight, bias = (*layout.tensors, None, None)[:2]
    if weight is None or bias is None or len(weight.shape) != _MATRIX or weight.shape != (*bias.shape, embedding):
        raise LearningError(
            "no editor of this network can start from an alignment",
            expected=f"the first two adaptive tensors: a weight [outputs, {embedding}] and its bias [outputs]",
            received=str([list(tensor.shape) for tensor in layout.tensors[:2]]),
            remedy="set `align` to 0, or name the first layer's weight and bias first",
        )
    return bias
