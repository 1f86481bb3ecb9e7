"""The bundle that is used where none is named: the digits fleet of seed 0, trained and compiled once and kept."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from toolchain.progress import Progress, silent

FOLDER: Final = Path("out/bundles")
_ROOT: Final = Path(__file__).resolve().parents[1]
_PACKAGES: Final = ("toolchain", "models")
_KEY_DIGITS: Final = 16
_SEED: Final = 0


@dataclass(frozen=True)
class Made:
    """The bundle, and the windows of a device that training never saw."""

    bundle: Path
    subject: Path


def default_bundle(progress: Progress = silent, folder: Path = FOLDER) -> Made:
    """The one of an earlier call if no source of compiler or training has changed since, else made now.

    Raises:
        ModuleNotFoundError: it has to be made, and the packages for that are not installed.
        PersonaError: it cannot be made.
    """
    home = folder / f"digits-{_key()}"
    made = Made(home / "digits.bundle", home / "subject.npz")
    if not (made.bundle.is_dir() and made.subject.is_file()):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as stage:
            _make(Path(stage) / home.name, progress)
            if not home.exists():
                (Path(stage) / home.name).rename(home)
    return made


def _make(home: Path, progress: Progress) -> None:
    from hil.personalise import Subject
    from hil.scenarios.windows import save_subject
    from models.datasets.fleet import Role
    from models.export import export_bundle
    from models.train import train
    from toolchain.bundle import Bundle

    home.mkdir()
    trained = train(_SEED, progress)
    export_bundle(trained, home / "digits.bundle", progress=progress)
    encode = Bundle.open(home / "digits.bundle").inputs[0].encode
    device = trained.fleet.devices(Role.HELD_OUT)[0]
    save_subject(
        Subject(device.name, encode(device.context), encode(device.inputs), device.labels), home / "subject.npz"
    )


def _key() -> str:
    digest = hashlib.blake2s()
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:_KEY_DIGITS]
