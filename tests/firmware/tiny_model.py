"""What tiny_bundle/c/model.c holds, for the host's side of a test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

import toolchain
from toolchain.edit import Codec, Edit, encode_edit
from toolchain.layout import Layout, Vector

HERE: Final = Path(__file__).resolve().parent
RUNTIME_HEADER: Final = Path(toolchain.__file__).parent / "runtime" / "include" / "persona_model.h"

BASE: Final = bytes(range(1, 9))
# 127 * (1.999 / 127) is larger than 1.999 in float32: the outermost levels of the bias need the clip of the int8 codec.
LAYOUT: Final = Layout.of({"dense/weight": (3, 4), "dense/bias": (3,)}, {"dense/weight": 0.5, "dense/bias": 1.999})
PROTOTYPES: Final[npt.NDArray[np.float32]] = np.array(
    [[(i - 7) * 0.125 + j * 0.3 for i in range(LAYOUT.size)] for j in range(3)]
).astype(np.float32)
INPUT_BYTES: Final = 8
WINDOW: Final = np.array([10, -20, 30, -40, 50, -60, 70, -80], np.int8)


def assemble(name: str, folder: Path) -> Path:
    """A bundle as the compiler would write it: the hand-written sources and the runtime's header."""
    bundle = folder / name
    shutil.copytree(HERE / name, bundle)
    shutil.copy(RUNTIME_HEADER, bundle / "c")
    return bundle


def embedding(window: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """The model's embedding, int8 [4]: halves of the sums of pairs, towards zero."""
    pairs = window.astype(np.int32).reshape(4, 2).sum(axis=1)
    return np.trunc(pairs / 2).astype(np.int8)


def output(window: npt.NDArray[np.int8], bank: Vector) -> bytes:
    """The model's output bytes, added up in the order in which the C code does."""
    weight, bias = bank[:12].reshape(3, 4), bank[12:]
    scores = bias.copy()
    for column, value in enumerate(embedding(window).astype(np.float32)):
        scores = scores + weight[:, column] * value
    return scores.astype("<f4").tobytes()


def some_edit(counter: int, *, codec: Codec = Codec.INT8, prototype: int = 1, scale: float = 0.3) -> Edit:
    """An edit that the device takes, if `counter` exceeds its own."""
    delta = scale * np.sin(np.arange(LAYOUT.size) + counter)
    return encode_edit(
        delta.astype(np.float32),
        layout=LAYOUT,
        base=BASE,
        prototypes=PROTOTYPES,
        prototype=prototype,
        counter=counter,
        codec=codec,
    )
