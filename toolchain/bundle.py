"""The bundle: a directory that holds all that a device and its host need, and that a person can open.

`manifest.json` (schema: docs/bundle.md), `model.tflite`, `prototypes.safetensors`, `golden.npz`, `c/`, and whatever the
editor needs (`editor.json`, `editor.safetensors`), which this module carries without looking inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors import numpy as tensors

from toolchain.arrangement import Arrangement
from toolchain.attachments import LATENT_FILE, REFERENCE_FILE, TRIALS_FILE, Attachments
from toolchain.codegen.folder import write_c
from toolchain.compile import Compiled
from toolchain.errors import BundleError, ToolchainError
from toolchain.golden import Golden
from toolchain.latent import Latent
from toolchain.layout import Layout
from toolchain.manifest import FORMAT, CodeShape, Manifest, Memory, TrialRule
from toolchain.model import Model
from toolchain.requant import Rounding
from toolchain.sealed import SealedFormat
from toolchain.signal import Signal
from toolchain.statistics import Reference
from toolchain.summary.constants import constant_bytes
from toolchain.summary.timeline import timeline
from toolchain.tflite.reader import read_model
from toolchain.trials import Trials

_REMEDY: Final = "compile it again with `persona compile`, or copy the whole directory again"
SEAL: Final = SealedFormat("manifest.json", FORMAT, "a bundle", BundleError, _REMEDY)
_PROVENANCE: Final = ("numpy", "torch", "tensorflow", "litert-torch", "ai-edge-quantizer", "ai-edge-litert")


def write_bundle(
    target: Path,
    compiled: Compiled,
    golden: Golden,
    *,
    extra: Mapping[str, bytes] | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Write a bundle; `target` appears whole or stays as it was.

    Args:
        target: directory to make or to replace.
        compiled: what the compiler returned.
        golden: vectors that a device is checked against.
        extra: further files by relative name (the editor's).
        provenance: what the model was made from, for the manifest.

    Raises:
        BundleError: `target` is something else than a bundle, or cannot be written.
    """
    model = compiled.model
    table = tensors.save({"prototypes": model.prototypes, "clip": model.layout.clip_vector})
    files = {"model.tflite": compiled.tflite, "prototypes.safetensors": table, "golden.npz": golden.pack()}
    files |= dict(extra or {}) | model.attachments.files()
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "c"
        write_c(model, folder, compiled.name)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            files[f"c/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    SEAL.write(target, _manifest(compiled, dict(provenance or {})).to_json(), files)


def _manifest(compiled: Compiled, provenance: dict[str, Any]) -> Manifest:
    model = compiled.model
    graph, plan = model.graph, model.plan
    return Manifest(
        name=compiled.name,
        rounding=model.rounding,
        base=model.base,
        layout=model.layout,
        adaptive=model.adaptive,
        parameters=compiled.arrangements,
        prototypes=len(model.prototypes),
        latent=CodeShape.of(model.latent),
        trials=TrialRule.of(model.trials),
        reference=model.reference is not None,
        inputs=tuple(Signal.of(graph.tensors[i]) for i in graph.inputs),
        outputs=tuple(Signal.of(graph.tensors[i]) for i in graph.outputs),
        embedding=None if model.embedding is None else Signal.of(graph.tensors[model.embedding]),
        memory=Memory(
            arena_bytes=plan.arena_bytes,
            arena_lower_bound=plan.lower_bound,
            adaptive_bytes=4 * model.layout.size,
            constant_bytes=constant_bytes(model),
            macs=model.macs,
            peak_operator=timeline(model).peak_name,
        ),
        operators=tuple(op.kind for op in graph.operators),
        provenance={**provenance, "versions": _versions()},
    )


def _versions() -> dict[str, str]:
    installed = {d.name.lower().replace("_", "-"): d.version for d in metadata.distributions()}
    return {name: installed[name] for name in _PROVENANCE if name in installed}


@dataclass(frozen=True, eq=False)
class Bundle:
    """An opened bundle, checked file by file."""

    path: Path
    manifest: Manifest
    files: Mapping[str, bytes]

    @classmethod
    def open(cls, path: Path | str) -> Bundle:
        """Open a bundle.

        Raises:
            BundleError: no bundle, truncated, altered or of another version.
        """
        document, files = SEAL.read(Path(path))
        missing = [f for f in ("model.tflite", "prototypes.safetensors", "golden.npz") if f not in files]
        if missing:
            raise BundleError(f"{path} lacks {', '.join(missing)}", expected="a whole bundle", remedy=_REMEDY)
        return cls(Path(path), Manifest.parse(document), files)

    def __reduce__(self) -> tuple[type[Bundle], tuple[Path, Manifest, Mapping[str, bytes]]]:
        """What another process gets: the files, not what was made of them here."""
        return Bundle, (self.path, self.manifest, self.files)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.manifest.name

    @property
    def base(self) -> bytes:
        """The base fingerprint."""
        return self.manifest.base

    @property
    def rounding(self) -> Rounding:
        """The rounding contract."""
        return self.manifest.rounding

    @property
    def tflite(self) -> bytes:
        """The mixed .tflite file."""
        return self.files["model.tflite"]

    @property
    def c_folder(self) -> Path:
        """The generated C sources."""
        return self.path / "c"

    @property
    def layout(self) -> Layout:
        """The adaptive layout."""
        return self.manifest.layout

    @cached_property
    def arrangements(self) -> dict[str, Arrangement]:
        """How each adaptive parameter of torch or Keras lies in its tensor."""
        same = {tensor.name: Arrangement.same(tensor.shape) for tensor in self.layout.tensors}
        return same | dict(self.manifest.parameters)

    @cached_property
    def prototypes(self) -> npt.NDArray[np.float32]:
        """The prototype table, float32 [entries, layout.size]; entry 0 is the factory head."""
        try:
            table: npt.NDArray[np.float32] = tensors.load(self.files["prototypes.safetensors"])["prototypes"]
        except (SafetensorError, KeyError) as error:
            raise BundleError("prototypes.safetensors is damaged", received=str(error), remedy=_REMEDY) from error
        expected = (self.manifest.prototypes, self.layout.size)
        if table.shape != expected:
            raise BundleError(
                "prototypes.safetensors is not the manifest's",
                expected=f"a table of {expected}",
                received=str(table.shape),
                remedy=_REMEDY,
            )
        return table

    @cached_property
    def _attachments(self) -> Attachments:
        """What the manifest says is on the device; an editor may bring a latent table that is not."""
        manifest = self.manifest
        listed = {LATENT_FILE: manifest.latent, TRIALS_FILE: manifest.trials, REFERENCE_FILE: manifest.reference}
        missing = [name for name, said in listed.items() if said and name not in self.files]
        if missing:
            raise BundleError(f"{self.path} lacks {', '.join(missing)}", expected="a whole bundle", remedy=_REMEDY)
        found = Attachments.parse({name: self.files[name] for name, said in listed.items() if said}, self.layout)
        if (CodeShape.of(found.latent), TrialRule.of(found.trials)) != (manifest.latent, manifest.trials):
            raise BundleError(
                f"{self.path} holds another latent table or other trial vectors than its manifest says",
                expected=f"{manifest.latent}, {manifest.trials}",
                received=f"{CodeShape.of(found.latent)}, {TrialRule.of(found.trials)}",
                remedy=_REMEDY,
            )
        return found

    @property
    def latent(self) -> Latent | None:
        """The table of the codec `latent`, if the device has one."""
        return self._attachments.latent

    @property
    def trials(self) -> Trials | None:
        """The frozen vectors of TRY, if the device has some."""
        return self._attachments.trials

    @property
    def reference(self) -> Reference | None:
        """What the embedding looked like in training, if the device knows it."""
        return self._attachments.reference

    @cached_property
    def golden(self) -> Golden:
        """The golden vectors and the frozen evaluation set."""
        return Golden.parse(self.files["golden.npz"])

    @property
    def inputs(self) -> tuple[Signal, ...]:
        """The model's inputs in order."""
        return self.manifest.inputs

    @property
    def outputs(self) -> tuple[Signal, ...]:
        """The model's outputs in order."""
        return self.manifest.outputs

    @property
    def embedding(self) -> Signal | None:
        """The int8 embedding that the first adaptive layer sees."""
        return self.manifest.embedding

    @cached_property
    def model(self) -> Model:
        """The compiled model, read back from `model.tflite`.

        Raises:
            BundleError: the files and the manifest do not belong together.
        """
        try:
            model = Model.of(
                read_model(self.tflite, self.name),
                rounding=self.rounding,
                layout=self.layout,
                adaptive=self.manifest.adaptive,
                prototypes=self.prototypes,
                latent=self.latent,
                trials=self.trials,
                reference=self.reference,
            )
        except ToolchainError as error:
            raise BundleError(f"{self.path} cannot be used", received=error.what, remedy=_REMEDY) from error
        if model.base != self.base:
            raise BundleError(
                f"the parts of {self.path} do not belong together",
                expected=f"base {self.base.hex()}",
                received=f"base {model.base.hex()}",
                remedy=_REMEDY,
            )
        return model
