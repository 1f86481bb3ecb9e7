"""Build the firmware for one platform from a bundle: bundle in, linked image out."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from firmware_bridge.errors import BuildError
from firmware_bridge.image import Image
from firmware_bridge.platforms import Platform
from toolchain.progress import Progress, silent

DEFAULT_OPTIMISATION: Final = "-O2"


def image_path(out_dir: Path, platform: Platform) -> Path:
    """Where `build` puts the image of `platform`."""
    return out_dir / f"{platform.name}.elf"


def build(
    bundle_dir: Path,
    platform: Platform,
    out_dir: Path,
    progress: Progress = silent,
    *,
    optimise: str = DEFAULT_OPTIMISATION,
) -> Image:
    """Compile and link the firmware of `bundle_dir` for `platform`.

    The build happens in a temporary directory; `out_dir` receives `<platform>.elf` and `<platform>.map` at the end, or
    nothing at all.

    Args:
        bundle_dir: a bundle; its `c/` is compiled.
        platform: a row of `platforms.PLATFORMS`.
        out_dir: created if it does not exist.
        progress: called with the stage `build`.
        optimise: the compiler's optimisation option.

    Raises:
        BuildError: an incomplete bundle, a missing compiler, or an error of the compiler.
    """
    raise BuildError("the firmware cannot be built yet")
