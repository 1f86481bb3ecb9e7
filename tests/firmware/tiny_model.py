"""What tiny_bundle/c/model.c holds, for the host's side of a test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

import toolchain
from toolchain.edit import Codec, Edit, apply_edit, encode_edit
from toolchain.latent import Latent, Part
from toolchain.layout import Layout, Vector

HERE: Final = Path(__file__).resolve().parent
RUNTIME_HEADER: Final = Path(toolchain.__file__).parent / "runtime" / "include" / "persona_model.h"

BASE: Final = bytes(range(1, 9))
# 127 * (1.999 / 127) is larger than 1.999 in float32: the outermost levels of the bias need the clip of the int8 codec.
LAYOUT: Final = Layout.of({"dense/weight": (3, 4), "dense/bias": (3,)}, {"dense/weight": 0.5, "dense/bias": 1.999})
PROTOTYPES: Final[npt.NDArray[np.float32]] = np.array(
    [[(i - 7) * 0.125 + j * 0.3 for i in range(LAYOUT.size)] for j in range(3)]
).astype(np.float32)
LATENT: Final = Latent.of(
    [
        Part(
            0,
            2.0**-15,
            np.array(
                [
                    [-128, 113, 97, 3, 112, 121, 120, -107, -12, 27, -55, -31],
                    [32, 77, 21, -83, 45, 95, -71, 11, -41, 103, -112, -6],
                    [101, -18, -92, 74, 118, 123, 110, -33, 59, 120, 19, 109],
                    [23, -82, -9, 28, -50, 52, -23, 113, -75, 42, -104, -93],
                ],
                np.int8,
            ),
        ),
        Part(2, 2.0**-13, np.array([[127, -1, 0], [-2, 91, 0], [-35, 117, 98]], np.int8)),
    ],
    LAYOUT,
)
INPUT_BYTES: Final = 8
TRIAL_VECTORS: Final = 4
TRIAL_LEAST: Final = 3
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


def applied(edit: Edit) -> Vector:
    """The bank that the reference makes of an edit."""
    return apply_edit(edit, layout=LAYOUT, base=BASE, prototypes=PROTOTYPES, latent=LATENT)


def some_edit(
    counter: int, *, codec: Codec = Codec.INT8, prototype: int = 1, scale: float = 0.3, durable: bool = False
) -> Edit:
    """An edit that the device takes, if `counter` exceeds its own, and that passes its trial."""
    return edit_of(
        scale * np.sin(np.arange(LAYOUT.size) + counter), counter, codec=codec, prototype=prototype, durable=durable
    )


def failing_edit(counter: int, *, durable: bool = False) -> Edit:
    """An edit within all bounds that makes the device answer 1 to everything."""
    delta = np.array([0.5] * 4 + [0.0] * 4 + [-0.5] * 4 + [-1.0, 1.0, -1.0])
    return edit_of(delta, counter, durable=durable)


def edit_of(
    delta: npt.NDArray[np.float64],
    counter: int,
    *,
    codec: Codec = Codec.INT8,
    prototype: int = 1,
    durable: bool = False,
) -> Edit:
    """The edit of a delta."""
    return encode_edit(
        delta.astype(np.float32),
        layout=LAYOUT,
        base=BASE,
        prototypes=PROTOTYPES,
        prototype=prototype,
        counter=counter,
        codec=codec,
        durable=durable,
        latent=LATENT,
    )
