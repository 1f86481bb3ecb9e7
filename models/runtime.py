"""The parameter editor without torch: what a host needs to turn a device's context into an edit.

It reads `editor.json` and `editor.safetensors` and computes what `models.editor.parameter_editor` computes, to within
float32 rounding: encoder, MLP, cross-layer transfer, hypernetwork, clip, then Eq. 12 (arXiv 2509.06552).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors import numpy as tensors

from models.editor.arithmetic import Floats, edit, shapes
from models.editor.groups import assign
from models.editor.spec import KIND, EditorSpec, layer_sizes
from models.errors import ContextError, TrainedError
from toolchain.errors import PersonaError
from toolchain.layout import Layout

JSON: Final = "editor.json"
TENSORS: Final = "editor.safetensors"
FORMAT: Final = 1


@dataclass(frozen=True)
class Proposal:
    """What the editor would do.

    `prototype` is the index in the prototype table (0 is the factory head, so this is never 0); `delta` float32 [size]
    the clipped edit of that prototype in the layout's flat order; `norms` float32 [N_M] the norms that Eq. 12 compared.
    """

    prototype: int
    delta: Floats
    norms: Floats


@dataclass(frozen=True)
class Editor:
    """One editor for each prototype.

    `parameters[j]` are the arrays of prototype j's editor under the names of `ParameterEditor.state_dict()`;
    `context_windows` is how many windows the editor was trained to read.
    """

    spec: EditorSpec
    layout: Layout
    context_windows: int
    parameters: tuple[Mapping[str, Floats], ...]

    @property
    def prototypes(self) -> int:
        """Number of prototypes N_M, without the factory head."""
        return len(self.parameters)

    def deltas(self, contexts: Floats) -> Floats:
        """Clipped edit of every prototype, float32 [d, N_M, size], for contexts float32 [d, n, E] of d devices."""
        layers = len(layer_sizes(self.layout))
        clip = self.layout.clip_vector
        edits = [np.clip(edit(p, contexts, layers), -clip, clip) for p in self.parameters]
        return np.stack(edits, axis=1)

    def propose(self, context: npt.NDArray[Any]) -> Proposal:
        """The edit for one device from its unlabelled context.

        Args:
            context: dequantised int8 embeddings of its windows, oldest first, float32 [n, E], n >= `context_windows`;
                the most recent `context_windows` are read.

        Raises:
            ContextError: too few windows, another width, or a value that is not finite.
        """
        self._check(context)
        recent = np.asarray(context[-self.context_windows :], np.float32)
        deltas = self.deltas(recent[None])
        chosen = int(assign(deltas)[0])
        return Proposal(chosen + 1, deltas[0, chosen], np.linalg.norm(deltas[0], axis=-1).astype(np.float32))

    def _check(self, context: npt.NDArray[Any]) -> None:
        fits = context.ndim == 2 and context.shape[1] == self.spec.embedding  # noqa: PLR2004 (windows, width)
        if not fits or len(context) < self.context_windows:
            raise ContextError(
                "the context does not fit the editor",
                expected=f"at least {self.context_windows} embeddings of width {self.spec.embedding}",
                received=f"an array of shape {context.shape}",
                remedy="let the device record more windows, or use the editor of the device's own bundle",
            )
        if not np.isfinite(context).all():
            raise ContextError("the context holds values that are not finite", remedy="read the context again")

    def files(self) -> dict[str, bytes]:
        """The editor as the content of its two files, by name."""
        described = {
            "format": FORMAT,
            "kind": KIND,
            "spec": self.spec.to_json(),
            "layout": self.layout.to_json(),
            "context_windows": self.context_windows,
            "prototypes": self.prototypes,
        }
        arrays = {f"{j}/{name}": value for j, p in enumerate(self.parameters) for name, value in p.items()}
        return {JSON: json.dumps(described, indent=1, sort_keys=True).encode(), TENSORS: tensors.save(arrays)}

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
            return cls(spec, layout, int(described["context_windows"]), parameters)
        except (KeyError, ValueError, TypeError, SafetensorError) as error:
            raise TrainedError("the editor's files are damaged", received=f"{type(error).__name__}: {error}") from error

    @classmethod
    def load(cls, directory: Path) -> Editor:
        """Read `editor.json` and `editor.safetensors` from `directory`.

        Raises:
            TrainedError: a file is missing, damaged or of another version; the message names the directory.
        """
        try:
            return cls.from_files({name: (directory / name).read_bytes() for name in (JSON, TENSORS)})
        except OSError as error:
            raise TrainedError(
                f"{directory} holds no editor", expected=f"{JSON} and {TENSORS}", received=str(error)
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
