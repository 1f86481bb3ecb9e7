"""Golden vectors: inputs, and what a device must answer, made by the NumPy reference and kept in the bundle."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toolchain.digest import FINGERPRINT_BYTES, fingerprint
from toolchain.errors import BundleError
from toolchain.graph import DType
from toolchain.model import Model
from toolchain.reference import Reference

Array = npt.NDArray[Any]

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Golden:
    """Vectors of a bundle.

    Attributes:
        inputs: one array [n, *shape] for each graph input, in the device's elements.
        outputs: the same for each output, with the factory head.
        embedding: int8 [n, *shape], or None if nothing is adaptive.
        digests: uint8 [n, kernels, 8]: fingerprint of each kernel's first output.
        evaluation: the frozen evaluation set: `x` like the first input, `y` int64 labels; empty if there is none.
    """

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    embedding: Array | None
    digests: npt.NDArray[np.uint8]
    evaluation: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.digests)

    def window(self, index: int) -> tuple[Array, ...]:
        """The inputs of one vector, in the graph's shapes."""
        return tuple(array[index] for array in self.inputs)

    def input_bytes(self, index: int) -> bytes:
        """The inputs of one vector as a device takes them."""
        return b"".join(np.ascontiguousarray(a[index]).tobytes() for a in self.inputs)

    def output_bytes(self, index: int) -> bytes:
        """The outputs of one vector as a device sends them."""
        return b"".join(np.ascontiguousarray(a[index]).tobytes() for a in self.outputs)

    def pack(self) -> bytes:
        """The `golden.npz` file; the same vectors give the same bytes."""
        arrays = {f"input_{i}": a for i, a in enumerate(self.inputs)}
        arrays |= {f"output_{i}": a for i, a in enumerate(self.outputs)}
        arrays |= {"digests": self.digests, **{f"evaluation_{k}": v for k, v in self.evaluation.items()}}
        if self.embedding is not None:
            arrays["embedding"] = self.embedding
        return pack_npz(arrays)

    @classmethod
    def parse(cls, data: bytes) -> Golden:
        """Read what `pack` wrote.

        Raises:
            BundleError: not such a file.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            digests = arrays["digests"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise BundleError(
                "golden.npz is damaged", received=str(error), remedy="compile the bundle again"
            ) from error
        prefix = "evaluation_"
        return cls(
            _numbered(arrays, "input_"),
            _numbered(arrays, "output_"),
            arrays.get("embedding"),
            digests,
            {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)},
        )


def _numbered(arrays: Mapping[str, Array], prefix: str) -> tuple[Array, ...]:
    names = sorted((n for n in arrays if n.startswith(prefix)), key=lambda n: int(n[len(prefix) :]))
    return tuple(arrays[name] for name in names)


def pack_npz(arrays: Mapping[str, Array]) -> bytes:
    """An .npz file whose bytes depend on the arrays alone (NumPy's own writer stores the time)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content.getvalue())
    return buffer.getvalue()


def make_golden(model: Model, inputs: tuple[Array, ...], evaluation: Mapping[str, Array]) -> Golden:
    """Run the reference on `inputs` (one array [n, *shape] for each graph input) with the factory head."""
    reference = Reference(model)
    count = len(inputs[0])
    runs = [reference.run([array[i] for array in inputs]) for i in range(count)]
    outputs = tuple(np.stack([run.outputs[k] for run in runs]) for k in range(len(model.graph.outputs)))
    embeddings = [run.embedding for run in runs if run.embedding is not None]
    digests = np.zeros((count, len(model.kernels), FINGERPRINT_BYTES), np.uint8)
    for i, run in enumerate(runs):
        for step, kernel in enumerate(model.kernels):
            raw = np.ascontiguousarray(run.tensors[kernel.outputs[0]]).tobytes()
            digests[i, step] = np.frombuffer(fingerprint(raw), np.uint8)
    embedding = np.stack(embeddings) if embeddings else None
    return Golden(inputs, outputs, embedding, digests, evaluation)


def random_inputs(model: Model, count: int, seed: int = 0) -> tuple[Array, ...]:
    """Inputs over the whole range of each input's type: what to check a model with when there is no data."""
    chance = np.random.default_rng(seed)
    arrays = []
    for index in model.graph.inputs:
        tensor = model.graph.tensors[index]
        shape = (count, *tensor.shape)
        if tensor.dtype.numpy.kind == "f":
            arrays.append(chance.normal(size=shape).astype(np.float32))
        elif tensor.dtype is DType.BOOL:
            arrays.append(chance.integers(0, 2, shape).astype(np.bool_))
        else:
            limits = np.iinfo(tensor.dtype.numpy)
            arrays.append(chance.integers(limits.min, limits.max, shape, tensor.dtype.numpy, endpoint=True))
    return tuple(arrays)
