"""Fully connected adaptive layers, to first order in their parameters: what the closed forms are made of.

The logits move with the parameters of layer l as slope_l (W_l, b_l) (input_l, 1): inputs come from running the layers,
slopes are products of the weights behind a layer and of its ReLU's zeros and ones. No loss is differentiated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from models.errors import NetworkError
from models.networks.flat_head import FlatHead
from toolchain.layout import AdaptiveTensor

_MATRIX: Final = 2


@dataclass(frozen=True, eq=False)
class Tangent:
    """n windows of d devices through L layers at some parameters.

    `inputs` of each layer float32 [d, n, K_l + 1], a 1 behind them for the bias; `slopes` float32 [d, n, C, O_l], the
    derivative of the logits by the outputs of the layer; `logits` float32 [d, n, C].
    """

    inputs: tuple[Tensor, ...]
    slopes: tuple[Tensor, ...]
    logits: Tensor

    def kernel(self, variances: Sequence[float]) -> Tensor:
        """Covariance of all logits of a device, float32 [d, n * C, n * C].

        The parameters are independent, those of layer l with the variance `variances[l]`.
        """
        total = torch.zeros(())
        for x, slope, variance in zip(self.inputs, self.slopes, variances, strict=True):
            alike = variance * x @ x.mT
            total = total + torch.einsum("dnco,dmgo->dncmg", slope, slope) * alike[:, :, None, :, None]
        return total.flatten(3, 4).flatten(1, 2)

    def edits(self, weights: Tensor, variances: Sequence[float]) -> Tensor:
        """The parameters' covariance times J^T times `weights` [d, n, C]: float32 [d, size]."""
        layers = zip(self.inputs, self.slopes, variances, strict=True)
        moves = [variance * torch.einsum("dnc,dnco,dnk->dok", weights, slope, x) for x, slope, variance in layers]
        return torch.cat([part for move in moves for part in (move[..., :-1].flatten(1), move[..., -1])], dim=1)

    def moves(self, directions: Tensor) -> Tensor:
        """How much every logit moves along each of u `directions` [u, size]: float32 [d, n * C, u]."""
        total, at = torch.zeros(()), 0
        for x, slope in zip(self.inputs, self.slopes, strict=True):
            outputs, width = slope.shape[-1], x.shape[-1] - 1
            weight = directions[:, at : at + outputs * width].reshape(-1, outputs, width)
            bias = directions[:, at + outputs * width : at + outputs * (width + 1)]
            matrix = torch.cat([weight, bias[..., None]], dim=2)
            total = total + torch.einsum("dnco,uok,dnk->dncu", slope, matrix, x)
            at += outputs * (width + 1)
        return total.flatten(1, 2)


def tangent(head: FlatHead, embeddings: Tensor, flat: Tensor) -> Tangent:
    """The layers of `head` with parameters `flat` [d, size] on embeddings float32 [d, n, E].

    Raises:
        NetworkError: the adaptive layers are not fully connected ones with biases and a ReLU between two of them.
    """
    layers = _layers(head, flat)
    inputs, outputs = [_with_one(embeddings)], []
    for weight, bias in layers:
        outputs.append(inputs[-1][..., :-1] @ weight.mT + bias[:, None])
        inputs.append(_with_one(F.relu(outputs[-1])))
    classes = outputs[-1].shape[-1]
    slope = torch.eye(classes).expand(*outputs[-1].shape[:2], classes, classes)
    slopes = [slope]
    for (weight, _), output in zip(reversed(layers[1:]), reversed(outputs[:-1]), strict=True):
        slope = (slope @ weight[:, None]) * (output > 0)[:, :, None]
        slopes.insert(0, slope)
    if not torch.allclose(outputs[-1], head.logits(embeddings, flat), atol=1e-3, rtol=1e-3):
        raise _not_dense(head)
    return Tangent(tuple(inputs[:-1]), tuple(slopes), outputs[-1])


def first_layer(head: FlatHead) -> tuple[AdaptiveTensor, AdaptiveTensor]:
    """Weight and bias of the first adaptive layer.

    Raises:
        NetworkError: it is not a fully connected one with a bias.
    """
    match head.layout.tensors[:2]:
        case (weight, bias) if len(weight.shape) == _MATRIX and tuple(bias.shape) == tuple(weight.shape[:1]):
            return weight, bias
    raise _not_dense(head)


def _layers(head: FlatHead, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Weights [d, O, K] and biases [d, O] in their order."""
    named, tensors = head.named(flat), head.layout.tensors
    pairs = list(zip(tensors[::2], tensors[1::2], strict=False))
    chain = [(weight.shape, bias.shape) for weight, bias in pairs]
    fits = all(len(w) == _MATRIX and tuple(b) == tuple(w[:1]) for w, b in chain)
    if len(tensors) % 2 or not fits or any(a[0][0] != b[0][1] for a, b in pairwise(chain)):
        raise _not_dense(head)
    return [(named[weight.name], named[bias.name]) for weight, bias in pairs]


def _with_one(values: Tensor) -> Tensor:
    return F.pad(values, (0, 1), value=1.0)


def _not_dense(head: FlatHead) -> NetworkError:
    return NetworkError(
        "these adaptive layers have no closed form here",
        expected="fully connected layers, weight then bias, with a ReLU between two of them",
        received=", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in head.layout.tensors),
        remedy="leave out alignment, ridge and newton: --editors with methods that take gradients",
    )
