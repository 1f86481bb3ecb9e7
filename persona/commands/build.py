"""`persona build`."""

from __future__ import annotations

from pathlib import Path

import click

from persona.help import Command
from persona.keys import device_key_from, device_key_options
from persona.options import BOARD, FOLDER, board_help, optimise_option
from persona.output import Output, json_option
from persona.progress import ProgressBar


@click.command("build", cls=Command, short_help="Build the firmware of a bundle for a board.")
@click.argument("bundle", type=FOLDER)
@click.option("--board", type=BOARD, required=True, help=board_help)
@click.option("-o", "--output", "target", type=FOLDER, default=Path("build"), show_default=True, help="Where to.")
@click.option("--release", is_flag=True, help="Take only signed edits. [a development build takes unsigned ones too]")
@optimise_option
@device_key_options
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    bundle: Path,
    board: str,
    target: Path,
    release: bool,
    optimise: str,
    key_file: Path | None,
    fleet_key_path: Path | None,
    device_id: str | None,
    json_target: str | None,
) -> None:
    """Build the firmware of BUNDLE for a board and say what it occupies.

    Sizes come from the linked ELF. CMake and Ninja may be those of `pip install 'persona-mcu[compile]'`; the compiler
    is the machine's (gcc for posix, gcc-arm-none-eabi for the others).

    With --release the device takes only edits that are signed with its key. The key is built in with --fleet-key or
    --key-file (the image is then as secret as the key), or given once later: persona provision.

    Examples:
        persona build digits.bundle --board mps2-an386 -o build
        persona build digits.bundle --board mps2-an386 --optimise size
        persona build digits.bundle --board mps2-an386 --release --fleet-key fleet.key --device-id 00000000000000a1
    """
    output = Output(json_target)
    key = device_key_from(key_file, fleet_key_path, device_id)
    from firmware_bridge.build import build
    from firmware_bridge.build_settings import BuildSettings
    from firmware_bridge.platforms import platform_named
    from toolchain.bundle import Bundle

    opened = Bundle.open(bundle)
    progress = ProgressBar()
    settings = BuildSettings(release=release, key=key, optimise=optimise)
    image = build(opened.path, platform_named(board), target, progress, settings=settings)
    progress.close()
    output.say(f"built {image.path}")
    output.table(
        [
            ("board", f"{board}, {image.platform.title}"),
            ("edits", "only signed ones" if release else "DEVELOPMENT BUILD: unsigned ones too"),
            ("device id", "none, until it is provisioned" if key is None else key.id.hex()),
            ("flash", f"{image.flash_bytes:,} bytes"),
            ("RAM", f"{image.ram_bytes:,} bytes"),
            *((f"  {part}", f"{size:,} bytes") for part, size in image.parts.items() if size),
        ]
    )
    output.result(
        {
            "path": str(image.path),
            "board": board,
            "release": release,
            "optimise": optimise,
            "device_id": None if key is None else key.id.hex(),
            "base": opened.base.hex(),
            "flash_bytes": image.flash_bytes,
            "ram_bytes": image.ram_bytes,
            "adaptive_bytes": 4 * opened.layout.size,
            "parts": image.parts,
            "sha256": image.digest,
        }
    )
