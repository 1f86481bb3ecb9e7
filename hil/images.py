"""Firmware images that are built once and found again: beside the bundle, under a name that says what went in."""

from __future__ import annotations

import hashlib
from typing import Final

from firmware_bridge.build import FIRMWARE_DIR, build, image_path
from firmware_bridge.build_settings import DEVELOPMENT, BuildSettings
from firmware_bridge.errors import BuildError
from firmware_bridge.image import Image, inspect
from firmware_bridge.platforms import Platform
from toolchain.bundle import Bundle
from toolchain.progress import Progress, silent

_NAME_DIGITS: Final = 16


def image_for(
    bundle: Bundle, platform: Platform, progress: Progress = silent, *, settings: BuildSettings = DEVELOPMENT
) -> Image:
    """The image of `bundle` for `platform`: the one of an earlier call if nothing has changed since, else built now.

    It lies in `<bundle>.images/<digest of the bundle, the firmware's sources and the settings>/`.

    Raises:
        BuildError: it cannot be built.
    """
    folder = bundle.path.with_name(f"{bundle.path.name}.images") / _key(bundle, settings)
    try:
        return inspect(image_path(folder, platform), platform)
    except BuildError:
        return build(bundle.path, platform, folder, progress, settings=settings)


def _key(bundle: Bundle, settings: BuildSettings) -> str:
    digest = hashlib.blake2s(settings.fingerprint)
    for path in sorted(FIRMWARE_DIR.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(FIRMWARE_DIR).as_posix().encode() + b"\0" + path.read_bytes())
    for name, content in sorted(bundle.files.items()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:_NAME_DIGITS]
