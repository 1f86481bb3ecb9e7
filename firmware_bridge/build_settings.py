"""What a firmware build can be told, besides its bundle and its platform."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from toolchain.keys import DeviceKey, write_device_key

SPEED: Final = "speed"
SIZE: Final = "size"
OPTIMISATIONS: Final[dict[str, str]] = {SPEED: "-O2", SIZE: "-Os"}
"""What can be optimised for, and the compiler's option for it."""
_KEY_FILE: Final = "device.key"


@dataclass(frozen=True)
class BuildSettings:
    """The settings of one build.

    Attributes:
        release: the device takes only signed edits; otherwise it is a development build, which takes unsigned ones too.
        key: built into the image, which is then as secret as the key; None leaves it to PROVISION.
        limits: whether the device limits how often its bank changes; off only for stress tests.
        optimise: `SPEED`; `SIZE`, which also builds the model without code for one class of core; or an option of the
            compiler, for experiments.
        bench_ticks: whether the program that measures inferences sends ticks (firmware/bench/ticks.h).
    """

    release: bool = False
    key: DeviceKey | None = None
    limits: bool = True
    optimise: str = SPEED
    bench_ticks: bool = False

    def options(self, work_dir: Path) -> list[str]:
        """The settings for CMake; a key is written into `work_dir`, for the owner's eyes only.

        Raises:
            KeyFileError: the key cannot be written, or has another length.
        """
        return [
            f"-DPERSONA_OPTIMISE={OPTIMISATIONS.get(self.optimise, self.optimise)}",
            f"-DPERSONA_SMALL={_switch(on=self.optimise == SIZE)}",
            f"-DPERSONA_BENCH_TICKS={_switch(on=self.bench_ticks)}",
            f"-DPERSONA_UNSIGNED={_switch(on=not self.release)}",
            f"-DPERSONA_LIMITS={_switch(on=self.limits)}",
            f"-DPERSONA_KEY_FILE={self._key_file(work_dir)}",
        ]

    def _key_file(self, work_dir: Path) -> str:
        path = work_dir / _KEY_FILE
        path.unlink(missing_ok=True)
        if self.key is None:
            return ""
        work_dir.mkdir(parents=True, exist_ok=True)
        write_device_key(path, self.key)
        return str(path.resolve())

    @property
    def fingerprint(self) -> bytes:
        """Tells settings apart without telling the key."""
        secret = b"" if self.key is None else self.key.id + self.key.key
        parts = (
            self.optimise,
            str(self.bench_ticks),
            str(self.release),
            str(self.limits),
            hashlib.blake2s(secret).hexdigest(),
        )
        return hashlib.blake2s("\0".join(parts).encode()).digest()


DEVELOPMENT: Final = BuildSettings()


def _switch(*, on: bool) -> str:
    return "ON" if on else "OFF"
