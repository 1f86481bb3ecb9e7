"""`persona build`."""

from __future__ import annotations

from pathlib import Path

import click

from persona.help import Command
from persona.options import BOARD, FOLDER, board_help
from persona.output import Output, json_option
from persona.progress import ProgressBar


@click.command("build", cls=Command, short_help="Build the firmware of a bundle for a board.")
@click.argument("bundle", type=FOLDER)
@click.option("--board", type=BOARD, required=True, help=board_help)
@click.option("-o", "--output", "target", type=FOLDER, default=Path("build"), show_default=True, help="Where to.")
@json_option
def command(*, bundle: Path, board: str, target: Path, json_target: str | None) -> None:
    """Build the firmware of BUNDLE for a board and say what it occupies.

    Sizes come from the linked ELF. CMake and Ninja may be those of `pip install 'persona-mcu[compile]'`; the compiler
    is the machine's (gcc for posix, gcc-arm-none-eabi for the others).

    Example:
        persona build digits.bundle --board mps2-an386 -o build
    """
    output = Output(json_target)
    from firmware_bridge.build import build
    from firmware_bridge.platforms import platform_named
    from toolchain.bundle import Bundle

    opened = Bundle.open(bundle)
    progress = ProgressBar()
    image = build(opened.path, platform_named(board), target, progress)
    progress.close()
    output.say(f"built {image.path}")
    output.table(
        [
            ("board", f"{board}, {image.platform.title}"),
            ("flash", f"{image.flash_bytes:,} bytes"),
            ("RAM", f"{image.ram_bytes:,} bytes"),
            *((f"  {part}", f"{size:,} bytes") for part, size in image.parts.items() if size),
        ]
    )
    output.result(
        {
            "path": str(image.path),
            "board": board,
            "base": opened.base.hex(),
            "flash_bytes": image.flash_bytes,
            "ram_bytes": image.ram_bytes,
            "adaptive_bytes": 4 * opened.layout.size,
            "parts": image.parts,
            "sha256": image.digest,
        }
    )
