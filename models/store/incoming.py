"""What somebody brings for a store, checked once: what `Incoming` holds can be stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.store.errors import StoreError
from toolchain.keys import DEVICE_ID_BYTES

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NAME_CHARACTERS: Final = 200


@dataclass(frozen=True, eq=False)
class Incoming:
    """Windows float32 [n, *shape] of one device with labels int64 [n]; `evaluation` bool [n] names the frozen ones.

    `hardware` is the id of 8 bytes that the device's key follows from. `parse` makes one.
    """

    name: str
    windows: Floats
    labels: Labels
    hardware: bytes | None
    evaluation: Flags | None

    @classmethod
    def parse(
        cls,
        name: str,
        windows: npt.NDArray[Any],
        labels: npt.NDArray[Any],
        hardware: bytes | None = None,
        evaluation: npt.NDArray[Any] | None = None,
    ) -> Incoming:
        """Check what somebody brings.

        Raises:
            StoreError: a name or id that cannot be, arrays that do not fit together or are none, a value that is not
                finite.
        """
        require_name(name)
        _require_hardware(name, hardware)
        given, told = np.asarray(windows), np.asarray(labels)
        _require_fit(name, given, told, None if evaluation is None else np.asarray(evaluation))
        with np.errstate(over="ignore"):
            real = given.astype(np.float32) + np.float32(0)  # minus zero becomes zero: the same number, one digest
        _require_finite(name, real)
        flags = None if evaluation is None else np.asarray(evaluation, np.bool_)
        return cls(name, real, told.astype(np.int64), hardware, flags)


def require_name(name: str) -> None:
    """Something that can be shown, asked for and searched for.

    Raises:
        StoreError: it cannot.
    """
    if not name or not name.isprintable() or name != name.strip() or len(name) > _NAME_CHARACTERS:
        raise StoreError(
            f"{name[:40]!r} is no name for a device",
            expected=f"1 to {_NAME_CHARACTERS} printable characters, without blanks around them",
            received=f"{len(name)} characters",
            remedy="give the device another name",
        )


def _require_hardware(name: str, hardware: bytes | None) -> None:
    if hardware is not None and (len(hardware) != DEVICE_ID_BYTES or not any(hardware)):
        raise StoreError(
            f"the hardware id of {name} cannot be",
            expected=f"{DEVICE_ID_BYTES} bytes, not all zero",
            received=hardware.hex() or "none",
        )


def _require_fit(
    name: str, windows: npt.NDArray[Any], labels: npt.NDArray[Any], flags: npt.NDArray[Any] | None
) -> None:
    numbers = windows.dtype.kind in "fiub" and labels.dtype.kind in "iub"
    if not numbers or labels.ndim != 1 or windows.shape[:1] != labels.shape or not windows.size:
        raise StoreError(
            f"these examples of {name} cannot be stored",
            expected="windows [n, ...] of numbers with n labels of integers, n at least 1",
            received=f"windows {windows.dtype} {windows.shape}, labels {labels.dtype} {labels.shape}",
        )
    if flags is not None and flags.shape != labels.shape:
        raise StoreError(
            f"the evaluation flags of {name} do not fit its examples",
            expected=str(labels.shape),
            received=str(flags.shape),
        )


def _require_finite(name: str, windows: Floats) -> None:
    bad = ~np.isfinite(windows.reshape(len(windows), -1)).all(1)
    if bad.any():
        raise StoreError(
            f"window {int(bad.argmax())} of {name} holds a value that is not finite",
            expected="finite numbers, as the model's input takes them",
            received=f"{int(bad.sum())} of {len(windows)} windows with others",
            remedy="scale the windows and fill their gaps as for training, or leave these out",
        )
