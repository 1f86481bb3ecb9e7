"""The parameter editor without torch: what a host needs to turn what a device tells about its context into an edit.

It reads `editor.json`, `editor.safetensors` and `latent.safetensors` and computes what `models.editor.parameter_editor`
computes, to within float32 rounding: encoder, MLP, cross-layer transfer, hypernetwork, clip, then Eq. 12
(arXiv 2509.06552). The hypernetwork is one int8 table for all prototypes, the same as on the device.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors import numpy as tensors

from models.editor.arithmetic import Floats, codes_of, shapes, shifted
from models.editor.assignment import HYSTERESIS, reassign
from models.editor.latent_table import real_rows, to_levels
from models.editor.observation import Observed
from models.editor.reading import Labels, read
from models.editor.spec import KIND, EditorSpec, layer_of, layer_sizes
from models.errors import TrainedError
from toolchain.errors import BundleError, PersonaError
from toolchain.latent import Latent
from toolchain.layout import Layout

JSON: Final = "editor.json"
TENSORS: Final = "editor.safetensors"
LATENT: Final = "latent.safetensors"
FORMAT: Final = 2
_AT_ONCE: Final = 256


@dataclass(frozen=True, eq=False)
class Proposal:
    """What the editor would do.

    `prototype` is the index in the prototype table (0 is the factory head, so this is never 0); `delta` float32 [size]
    the clipped edit of that prototype in the layout's flat order; `norms` float32 [N_M] the norms that Eq. 12 compared;
    `code` int8 [K] what the codec `latent` sends instead of the delta, None where no code makes it.
    """

    prototype: int
    delta: Floats
    norms: Floats
    code: npt.NDArray[np.int8] | None


@dataclass(frozen=True, eq=False)
class Editor:
    """One editor for each prototype, over one latent table.

    `parameters[j]` are the arrays of prototype j's editor under the names of `ParameterEditor.state_dict()`;
    `context_windows` is how many windows the editor was trained to read.
    """

    spec: EditorSpec
    layout: Layout
    context_windows: int
    parameters: tuple[Mapping[str, Floats], ...]
    latent: Latent

    @property
    def prototypes(self) -> int:
        """Number of prototypes N_M, without the factory head."""
        return len(self.parameters)

    @property
    def reads_windows(self) -> bool:
        """Whether the editor needs the embeddings themselves; else mean and spread are enough."""
        return self.spec.reads_windows

    def codes(self, observed: Observed, labels: Labels | None = None) -> Floats:
        """The code of every prototype's edit, float32 [N_M, K], in -1..1.

        Raises:
            ContextError: too few embeddings, another width, a value that is not finite, or no embeddings or labels
                where the editor reads them.
        """
        codes: Floats = self.codes_many([observed], None if labels is None else [labels])[0]
        return codes

    def codes_many(self, observed: Sequence[Observed], labels: Sequence[Labels] | None = None) -> Floats:
        """The same of d devices, float32 [d, N_M, K].

        Raises:
            ContextError: as `codes`.
        """
        h = read(self._stacked, self.spec, self.context_windows, observed, labels)
        layers = len(layer_sizes(self.layout))
        return np.asarray(codes_of(self._stacked, h, layers, clkt=self.spec.clkt).swapaxes(0, 1), np.float32)

    def deltas(self, codes: Floats) -> Floats:
        """Clipped edits float32 [..., size] of codes float32 [..., K], which need not be whole levels.

        They are all that the editor says unless it is `spec.aligned`; see `edits`.
        """
        clip, edits = self.layout.clip_vector, self._unclipped(codes)
        np.clip(edits, -clip, clip, out=edits)
        return edits

    def _unclipped(self, codes: Floats) -> Floats:
        first, start = 0, 0
        edits = np.empty((*codes.shape[:-1], self.layout.size), np.float32)
        for rows in self._rows.values():
            own, part = codes[..., first : first + len(rows) - 1], edits[..., start : start + rows.shape[1]]
            np.add(own @ rows[:-1], rows[-1], out=part)
            first, start = first + len(rows) - 1, start + rows.shape[1]
        return edits

    def edits(self, observed: Sequence[Observed], labels: Sequence[Labels] | None = None) -> tuple[Floats, Floats]:
        """Clipped edits float32 [d, N_M, size] of d devices, and their codes float32 [d, N_M, K].

        Raises:
            ContextError: as `codes`.
        """
        codes = self.codes_many(observed, labels)
        if not self.spec.aligned:
            return self.deltas(codes), codes
        clip, bias = self.layout.clip_vector, self.layout.tensors[1]
        edits = self._unclipped(codes)
        edits[..., bias.span] += shifted(self._stacked, np.stack([one.mean for one in observed]))
        return np.clip(edits, -clip, clip, out=edits), codes

    def propose(
        self,
        observed: Observed,
        present: int | None = None,
        hysteresis: float = HYSTERESIS,
        labels: Labels | None = None,
    ) -> Proposal:
        """The edit for one device from its context.

        Args:
            observed: the context, in real numbers. The encoders `gru` and `set` read the most recent `context_windows`
                windows, `summary` mean and spread.
            present: the prototype that the device has (its index in the table), to be kept unless another one's edit is
                clearly smaller (`models.editor.assignment.reassign`); None or 0 (the factory head): none.
            hysteresis: how much smaller.
            labels: of the observed windows, int64 [n], for an editor that reads them.

        Raises:
            ContextError: too few embeddings, another width, a value that is not finite, or no embeddings or labels
                where the editor reads them.
        """
        return self.propose_many([observed], [present], hysteresis, None if labels is None else [labels])[0]

    def propose_many(
        self,
        observed: Sequence[Observed],
        present: Sequence[int | None] | None = None,
        hysteresis: float = HYSTERESIS,
        labels: Sequence[Labels] | None = None,
    ) -> list[Proposal]:
        """The same for many devices at once, each with a present prototype and labels of its own.

        Raises:
            ContextError: as `propose`; one device that does not fit refuses all.
        """
        proposals: list[Proposal] = []
        held = [None] * len(observed) if present is None else present
        for at in range(0, len(observed), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            edits, codes = self.edits(observed[part], None if labels is None else labels[part])
            proposals += self._proposals(edits, codes, held[part], hysteresis)
        return proposals

    def _proposals(
        self, deltas: Floats, codes: Floats, present: Sequence[int | None], hysteresis: float
    ) -> list[Proposal]:
        norms = np.sqrt(np.einsum("dps,dps->dp", deltas, deltas))
        rows = [reassign(own, one - 1 if one else None, hysteresis) for own, one in zip(norms, present, strict=True)]
        levels = [None if self.spec.aligned else to_levels(codes[i, row]) for i, row in enumerate(rows)]
        return [Proposal(row + 1, deltas[i, row].copy(), norms[i], levels[i]) for i, row in enumerate(rows)]

    @cached_property
    def _stacked(self) -> dict[str, Floats]:
        return {name: np.stack([own[name] for own in self.parameters]) for name in self.parameters[0]}

    @cached_property
    def _rows(self) -> dict[str, Floats]:
        return real_rows(self.latent, self.layout)

    def files(self) -> dict[str, bytes]:
        """The editor as the content of its files, by name."""
        described = {
            "format": FORMAT,
            "kind": KIND,
            "spec": self.spec.to_json(),
            "layout": self.layout.to_json(),
            "context_windows": self.context_windows,
            "prototypes": self.prototypes,
        }
        arrays = {f"{j}/{name}": value for j, p in enumerate(self.parameters) for name, value in p.items()}
        return {
            JSON: json.dumps(described, indent=1, sort_keys=True).encode(),
            TENSORS: tensors.save(arrays),
            LATENT: self.latent.pack(),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Editor:
        """Read what `files()` gave.

        Raises:
            TrainedError: a file is missing, damaged or of another version.
        """
        try:
            described = json.loads(files[JSON])
            arrays = tensors.load(files[TENSORS])
            if (described["format"], described["kind"]) != (FORMAT, KIND):
                raise TrainedError(
                    "the editor is of another version",
                    expected=f"format {FORMAT}, kind {KIND}",
                    received=f"format {described['format']}, kind {described['kind']}",
                )
            layout = Layout.from_json(described["layout"])
            spec = EditorSpec.from_json(described["spec"])
            parameters = tuple(_own(arrays, j, spec, layout) for j in range(int(described["prototypes"])))
            latent = Latent.parse(files[LATENT], layout)
            _fit(latent, spec, layout)
            return cls(spec, layout, int(described["context_windows"]), parameters, latent)
        except BundleError as error:
            raise TrainedError("the editor's files are damaged", received=error.what) from error
        except (KeyError, ValueError, TypeError, SafetensorError) as error:
            raise TrainedError("the editor's files are damaged", received=f"{type(error).__name__}: {error}") from error

    @classmethod
    def load(cls, directory: Path) -> Editor:
        """Read the editor's files from `directory`.

        Raises:
            TrainedError: a file is missing, damaged or of another version; the message names the directory.
        """
        try:
            return cls.from_files({name: (directory / name).read_bytes() for name in (JSON, TENSORS, LATENT)})
        except OSError as error:
            raise TrainedError(
                f"{directory} holds no editor", expected=f"{JSON}, {TENSORS} and {LATENT}", received=str(error)
            ) from error
        except PersonaError as error:
            raise TrainedError(f"the editor in {directory} cannot be read", received=error.what) from error


def _own(arrays: Mapping[str, Floats], prototype: int, spec: EditorSpec, layout: Layout) -> dict[str, Floats]:
    """The arrays of one prototype's editor, with their shapes checked."""
    own: dict[str, Floats] = {}
    for name, shape in shapes(spec, layout).items():
        value = arrays[f"{prototype}/{name}"]
        if value.shape != shape or value.dtype != np.float32 or not np.isfinite(value).all():
            raise ValueError(f"{name} of prototype {prototype} is not a finite float32 array of shape {shape}")
        own[name] = value
    return own


def _fit(latent: Latent, spec: EditorSpec, layout: Layout) -> None:
    """Refuse a table that does not take this editor's codes."""
    layers = list(layer_sizes(layout))
    for part, tensor in zip(latent.parts, layout.tensors, strict=True):
        wanted = (spec.code * layers.index(layer_of(tensor.name)), spec.code)
        if (part.first, part.count) != wanted:
            raise ValueError(
                f"the latent table of {tensor.name!r} takes levels {part.first}+{part.count}, not {wanted}"
            )
