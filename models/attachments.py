"""What a trained model gives its device beside weights: the latent table, trial vectors, the drift's reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.datasets.fleet import DeviceData, Role
from models.editor.material import gather
from models.networks.flat_head import FlatHead
from models.quantise import Int8Range
from models.trained import Trained
from models.trial_vectors import MOST_BYTES, MOST_VECTORS, banks_of, bound, choose, pass_rates, rights
from toolchain.compile import Compiled
from toolchain.errors import AdaptiveError
from toolchain.reference import Reference as Oracle
from toolchain.signal import Signal
from toolchain.statistics import Reference, reference_of
from toolchain.trials import Trials


@dataclass(frozen=True, eq=False)
class Judged:
    """Trial vectors, and the share of each kind of bank that passes them on the validation devices."""

    trials: Trials
    rates: dict[str, float]


def attach(trained: Trained, compiled: Compiled) -> tuple[Compiled, dict[str, float]]:
    """`compiled` with the latent table of the editor, trial vectors and the reference of the drift; the pass rates.

    Raises:
        AdaptiveError: the compiler laid the adaptive parameters out in another way than the editor does.
    """
    if compiled.model.layout.fingerprint != trained.layout.fingerprint:
        raise AdaptiveError(
            "the editor's layout is not the compiled model's",
            expected=str(trained.layout.to_json()),
            received=str(compiled.model.layout.to_json()),
            remedy="train with a network whose adaptive parameters the converter leaves as they are",
        )
    judged = choose_trials(trained, compiled)
    reference = drift_reference(trained, compiled)
    model = compiled.model.attach(latent=trained.editor.latent, trials=judged.trials, reference=reference)
    return replace(compiled, model=model), judged.rates


def choose_trials(trained: Trained, compiled: Compiled) -> Judged:
    """Vectors of the validation devices, chosen on the float network; the bound is that of the compiled model."""
    devices = trained.fleet.devices(Role.VALIDATION)
    seen = Int8Range.from_json(trained.report["embedding"])
    material = gather(trained.network, devices, seen)
    head = FlatHead(trained.network, trained.layout)
    banks = banks_of(trained, material)
    signal = _input(compiled)
    windows = choose(head, banks, material, min(MOST_VECTORS, MOST_BYTES // signal.nbytes)).windows
    x = signal.encode(np.concatenate([device.inputs for device in devices])[windows])
    labels = np.concatenate([device.labels for device in devices])[windows]
    real = _range(compiled).decode(embeddings_of(compiled, x))

    def count(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        return np.asarray(rights(head, values, real, labels).sum(1), np.int64)

    garbage = np.concatenate([count(values) for values in banks.garbage.values()])
    least = bound(count(banks.harmless), garbage)
    return Judged(Trials.of((x,), labels, least), pass_rates(banks, count, least))


def drift_reference(trained: Trained, compiled: Compiled) -> Reference:
    """What the embedding looks like on the factory devices, over the contexts of all of them."""
    devices: tuple[DeviceData, ...] = trained.fleet.devices(Role.FACTORY)
    windows = np.concatenate([device.context for device in devices])
    return reference_of(embeddings_of(compiled, _input(compiled).encode(windows)))


def embeddings_of(compiled: Compiled, inputs: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Embeddings int8 [n, E] of inputs [n, *shape], as the device has them.

    Raises:
        AdaptiveError: the model has no embedding.
    """
    oracle = Oracle(compiled.model)
    found = [oracle.run([window]).embedding for window in inputs]
    rows = [embedding.reshape(-1) for embedding in found if embedding is not None]
    if len(rows) < len(inputs):
        raise AdaptiveError("the compiled model has no int8 embedding", remedy="see docs/adaptive.md")
    return np.stack(rows)


def _input(compiled: Compiled) -> Signal:
    graph = compiled.model.graph
    return Signal.of(graph.tensors[graph.inputs[0]])


def _range(compiled: Compiled) -> Int8Range:
    model = compiled.model
    if model.embedding is None:
        raise AdaptiveError("the compiled model has no int8 embedding", remedy="see docs/adaptive.md")
    signal = Signal.of(model.graph.tensors[model.embedding])
    return Int8Range(signal.scale, signal.zero_point)
