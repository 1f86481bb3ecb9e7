"""What a device holds beside its model so that edits can be small and are tried: latent table, trials, reference.

All of it is frozen: constants of the generated C, files of the bundle, part of the base fingerprint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as tensors

from toolchain.errors import AdaptiveError, BundleError
from toolchain.graph import DType, Graph
from toolchain.latent import Latent
from toolchain.layout import Layout
from toolchain.statistics import Reference
from toolchain.trials import Trials

LATENT_FILE: Final = "latent.safetensors"
TRIALS_FILE: Final = "trials.safetensors"
REFERENCE_FILE: Final = "reference.safetensors"


@dataclass(frozen=True, eq=False)
class Attachments:
    """Any of them may be missing.

    Attributes:
        latent: table of the codec `latent`.
        trials: frozen evaluation vectors of TRY.
        reference: what the embedding looked like in training, for the drift.
    """

    latent: Latent | None = None
    trials: Trials | None = None
    reference: Reference | None = None

    def check(self, graph: Graph, layout: Layout, embedding: int | None) -> None:
        """Hold them against the model they belong to.

        Raises:
            AdaptiveError: one of them was made for another model.
        """
        if self.latent is not None:
            Latent.of(self.latent.parts, layout)
        if self.trials is not None:
            _check_trials(self.trials, graph)
        if self.reference is not None:
            width = 0 if embedding is None else graph.tensors[embedding].nbytes
            _check_reference(self.reference, width)

    def fingerprint_parts(self) -> list[bytes]:
        """The bytes that enter the base fingerprint; none where nothing is attached."""
        parts: list[bytes] = []
        if self.latent is not None:
            rows = [[part.first, float(part.scale).hex(), list(part.rows.shape)] for part in self.latent.parts]
            parts += [_described("latent", rows), *(part.rows.tobytes() for part in self.latent.parts)]
        if self.trials is not None:
            shape = [*self.trials.inputs.shape, self.trials.least]
            parts += [_described("trials", shape), self.trials.inputs.tobytes(), self.trials.labels.tobytes()]
        if self.reference is not None:
            mean = self.reference.mean.astype("<i2").tobytes()
            parts += [_described("reference", len(self.reference.mean)), mean, self.reference.spread.tobytes()]
        return parts

    @property
    def table_bytes(self) -> dict[str, int]:
        """Bytes of the tables in flash; 0 for what is missing."""
        return {
            "latent": 0 if self.latent is None else self.latent.table_bytes,
            "trials": 0 if self.trials is None else self.trials.table_bytes,
            "reference": 0 if self.reference is None else self.reference.mean.nbytes + self.reference.spread.nbytes,
        }

    def files(self) -> dict[str, bytes]:
        """Their files in the bundle."""
        found: dict[str, bytes] = {}
        if self.latent is not None:
            found[LATENT_FILE] = self.latent.pack()
        if self.trials is not None:
            found[TRIALS_FILE] = self.trials.pack()
        if self.reference is not None:
            found[REFERENCE_FILE] = tensors.save({"mean": self.reference.mean, "spread": self.reference.spread})
        return found

    @classmethod
    def parse(cls, files: Mapping[str, bytes], layout: Layout) -> Attachments:
        """Read what `files` wrote.

        Raises:
            BundleError: a file is damaged or does not fit the layout.
        """
        return cls(
            Latent.parse(files[LATENT_FILE], layout) if LATENT_FILE in files else None,
            Trials.parse(files[TRIALS_FILE]) if TRIALS_FILE in files else None,
            _reference(files[REFERENCE_FILE]) if REFERENCE_FILE in files else None,
        )


def _described(name: str, value: object) -> bytes:
    return json.dumps({name: value}, separators=(",", ":")).encode()


def _check_trials(trials: Trials, graph: Graph) -> None:
    width = sum(graph.tensors[i].nbytes for i in graph.inputs)
    output = graph.tensors[graph.outputs[0]]
    if trials.inputs.shape[1] != width:
        raise _foreign("the trial vectors", f"{width} bytes of input", str(trials.inputs.shape[1]))
    if output.dtype is DType.INT64:
        raise _foreign("the trial vectors", "a first output that the device can rank", output.dtype.value)
    if int(trials.labels.max()) >= int(np.prod(output.shape)):
        raise _foreign("the trial vectors", f"labels below {np.prod(output.shape)}", str(trials.labels.max()))


def _check_reference(reference: Reference, width: int) -> None:
    forms = [(reference.mean.dtype, reference.mean.shape), (reference.spread.dtype, reference.spread.shape)]
    if forms != [(np.dtype(np.int16), (width,)), (np.dtype(np.uint8), (width,))] or not width:
        raise _foreign(
            "the drift reference", f"int16 [{width}] and uint8 [{width}], as wide as the embedding", str(forms)
        )


def _foreign(what: str, expected: str, received: str) -> AdaptiveError:
    return AdaptiveError(
        f"{what} belongs to another model", expected=expected, received=received, remedy="make it from this model"
    )


def _reference(data: bytes) -> Reference:
    try:
        arrays = tensors.load(data)
        return Reference(arrays["mean"], arrays["spread"])
    except (SafetensorError, KeyError) as error:
        raise BundleError(
            f"{REFERENCE_FILE} is damaged", received=str(error), remedy="compile the bundle again"
        ) from error
