"""Build the firmware for one platform from a bundle: bundle in, linked image out."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from firmware_bridge.build_settings import DEVELOPMENT, BuildSettings
from firmware_bridge.errors import BuildError
from firmware_bridge.image import Image, inspect, map_path
from firmware_bridge.platforms import Platform
from firmware_bridge.prediction import require_room, told_of_room
from firmware_bridge.programs import run, tool
from toolchain.progress import Progress, silent

FIRMWARE_DIR: Final = Path(__file__).resolve().parent / "firmware"
_NEEDED: Final = ("persona_bundle.h", "persona_model.h", "model.h", "model.c")
DEVICE: Final = "persona-device"
BENCH: Final = "persona-bench"
BENCH_INFER: Final = "persona-bench-infer"


def image_path(out_dir: Path, platform: Platform) -> Path:
    """Where `build` puts the image of `platform`."""
    return out_dir / f"{platform.name}.elf"


def build(
    bundle_dir: Path,
    platform: Platform,
    out_dir: Path,
    progress: Progress = silent,
    *,
    settings: BuildSettings = DEVELOPMENT,
) -> Image:
    """Compile and link the firmware of `bundle_dir` for `platform`.

    The build happens in a temporary directory; `out_dir` receives `<platform>.elf` and `<platform>.map` at the end, or
    nothing at all. The same bundle, platform, settings and compiler give the same image, byte for byte, wherever they
    lie.

    Args:
        bundle_dir: a bundle; its `c/` is compiled.
        platform: a row of `platforms.PLATFORMS`.
        out_dir: created if it does not exist.
        progress: called with the stage `build` and the compiler's steps.
        settings: which edits the device takes, its key, and what else is fixed at build time.

    Raises:
        BuildError: an incomplete bundle, one too large for the platform, a missing compiler, or the compiler's error.
    """
    require_bundle(bundle_dir)
    require_room(bundle_dir, platform)
    require_compiler(platform)
    with tempfile.TemporaryDirectory(prefix="persona-build-") as work:
        linked = compile_into(Path(work), bundle_dir, platform.preset, progress, settings=settings)
        place(linked, image_path(out_dir, platform))
    return inspect(image_path(out_dir, platform), platform)


def require_bundle(bundle_dir: Path) -> None:
    """Refuse a bundle whose C files are not complete.

    Raises:
        BuildError: names the first missing file.
    """
    for name in _NEEDED:
        if not (bundle_dir / "c" / name).is_file():
            raise BuildError(
                f"the bundle {bundle_dir} cannot be built",
                expected=f"its file c/{name}",
                received="no such file",
                remedy="make the bundle anew: persona compile",
            )


def require_compiler(platform: Platform) -> None:
    """Refuse a platform whose compiler is not installed.

    Raises:
        BuildError: names the program and the package that brings it.
    """
    # CMake takes the host's compiler from CC; the cross compiler's name is fixed.
    wanted = os.environ.get("CC", platform.compiler).split()[0] if platform.is_host else platform.compiler
    if shutil.which(wanted) is None:
        raise BuildError(
            f"the compiler for {platform.name} is missing",
            expected=f"{wanted} on PATH",
            received="no such program",
            remedy=f"install the package {platform.package} (Debian, Ubuntu: apt-get install {platform.package})",
        )


def compile_into(  # noqa: PLR0913  # a build has that many independent settings
    work_dir: Path,
    bundle_dir: Path,
    preset: str,
    progress: Progress = silent,
    *,
    settings: BuildSettings = DEVELOPMENT,
    target: str = DEVICE,
) -> Path:
    """Configure `preset` of `CMakePresets.json` in `work_dir` and build it there; gives the linked image.

    `target` is the firmware (`DEVICE`), the program that measures what an edit costs (`BENCH`), or the one that serves
    inferences and nothing else (`BENCH_INFER`).

    Raises:
        NoRoomError: the image is larger than the board.
        BuildError: CMake or Ninja is missing, or one of them fails; the message ends with what it said.
    """
    cmake, ninja = tool("cmake"), tool("ninja")
    configure = [
        cmake,
        *("--preset", preset),
        *("-S", str(FIRMWARE_DIR)),
        *("-B", str(work_dir)),
        f"-DCMAKE_MAKE_PROGRAM={ninja}",
        f"-DPERSONA_BUNDLE={bundle_dir.resolve()}",
        *settings.options(work_dir),
    ]
    # Presets are looked up in the current directory.
    run(configure, "configure the firmware", cwd=FIRMWARE_DIR)
    build_command = [cmake, "--build", str(work_dir), "--target", target]
    try:
        run(build_command, "build the firmware", cwd=FIRMWARE_DIR, progress=progress)
    except BuildError as error:
        raise told_of_room(error, preset) from error
    found = [path for path in (work_dir / target, work_dir / f"{target}.elf") if path.is_file()]
    if not found:
        raise BuildError("the build gave no firmware image", expected=f"{target} in {work_dir}")
    return found[0]


def place(linked: Path, target: Path) -> None:
    """Move the image `linked` and its map to `target`; a reader sees the old files or the new ones, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".persona-", dir=target.parent) as stage:
        ready = Path(stage) / target.name
        shutil.copy2(linked, ready)
        shutil.copy2(linked.with_name(f"{DEVICE}.map"), map_path(ready))
        map_path(ready).replace(map_path(target))
        ready.replace(target)
