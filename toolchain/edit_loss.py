"""What a codec loses of an edit: measured with the device's own arithmetic on the vectors of the bundle.

The loss is the mean Kullback-Leibler divergence of the outputs from those of the same edit in f32, in nats, over the
golden inputs; with the labels of a frozen evaluation set it is measured there, and is the increase of the mean cross
entropy where that is more. The increase alone would not do: the set shows other users' devices, and a codec that leaves
out what makes an edit personal may well lower the entropy there.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.errors import EditError
from toolchain.golden import Golden
from toolchain.layout import Vector
from toolchain.model import Model
from toolchain.signal import Signal
from toolchain.tail import Tail

_LEAST_PROBABILITY: Final = 1e-7
Array = npt.NDArray[Any]
Logarithms = npt.NDArray[np.float64]


class EditLoss:
    """The loss of what is decoded, against one prototype, float32 [size], and one clipped delta, float32 [size].

    Raises:
        EditError: the bundle has neither an evaluation set nor golden inputs.
    """

    def __init__(self, model: Model, golden: Golden, prototype: Vector, clipped: Vector) -> None:
        self._model, self._prototype = model, prototype
        self._labels = _labels(model, golden)
        inputs = golden.inputs if self._labels is None else (golden.evaluation["x"],)
        if not inputs or not len(inputs[0]):
            raise EditError(
                "there is nothing to measure a loss with",
                expected="golden inputs or an evaluation set in the bundle",
                received="neither",
                remedy="name a codec instead of auto",
            )
        shapes = [model.graph.tensors[i].shape for i in model.graph.inputs]
        windows = [[a[n].reshape(s) for a, s in zip(inputs, shapes, strict=True)] for n in range(len(inputs[0]))]
        self._tail = Tail(model, windows)
        self._best = self._with(clipped)

    @property
    def name(self) -> str:
        """What is measured."""
        return "divergence" if self._labels is None else "divergence or cross entropy, whichever is more"

    def of(self, delta: Vector) -> float:
        """What is lost with a decoded delta, float32 [size]."""
        shares = self._with(delta)
        divergence = max(0.0, float((np.exp(self._best) * (self._best - shares)).sum(axis=1).mean()))
        if self._labels is None:
            return divergence
        return max(divergence, _cross_entropy(shares, self._labels) - _cross_entropy(self._best, self._labels))

    def _with(self, delta: Vector) -> Logarithms:
        return log_shares(self._model, self._tail.run(self._prototype + delta))


def _labels(model: Model, golden: Golden) -> npt.NDArray[np.int64] | None:
    """The labels of the evaluation set, int64 [n]; None where there are none that fit the model."""
    known = golden.evaluation
    if len(model.graph.inputs) != 1 or "x" not in known or "y" not in known or not len(known["y"]):
        return None
    labels = known["y"].astype(np.int64)
    elements = int(np.prod(model.graph.tensors[model.graph.outputs[0]].shape))
    return labels if labels.min() >= 0 and labels.max() < elements else None


def log_shares(model: Model, outputs: list[Array]) -> Logarithms:
    """Logarithms of the first output of each window as a distribution, float64 [n, elements].

    Scores go through softmax. The output of a SOFTMAX is a distribution already; where it says 0, half a step is meant.
    """
    index = model.graph.outputs[0]
    signal = Signal.of(model.graph.tensors[index])
    real = np.stack([signal.decode(output).reshape(-1) for output in outputs]).astype(np.float64)
    producer = model.source.producer(index)
    if producer is not None and producer.kind == "SOFTMAX":
        real = np.log(np.maximum(real, max(_LEAST_PROBABILITY, signal.scale / 2)))
    top = real.max(axis=1, keepdims=True)
    shares: Logarithms = real - top - np.log(np.exp(real - top).sum(axis=1, keepdims=True))
    return shares


def _cross_entropy(shares: Logarithms, labels: npt.NDArray[np.int64]) -> float:
    return float(-shares[np.arange(len(labels)), labels].mean())
