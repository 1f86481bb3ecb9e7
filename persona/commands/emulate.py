"""`persona emulate`."""

from __future__ import annotations

from pathlib import Path

import click

from persona.help import Command
from persona.options import BOARD, FOLDER, board_help
from persona.output import Output, json_option
from persona.progress import ProgressBar


@click.command("emulate", cls=Command, short_help="Run a bundle on an emulated board until Ctrl-C.")
@click.argument("bundle", type=FOLDER)
@click.option("--board", type=BOARD, default="posix", show_default=True, help=board_help)
@click.option(
    "--storage", type=click.Path(dir_okay=False, path_type=Path), help="Keep the device's flash in this file."
)
@click.option("--release", is_flag=True, help="Take only signed edits; give the device its key with persona provision.")
@json_option
def command(*, bundle: Path, board: str, storage: Path | None, release: bool, json_target: str | None) -> None:
    """Run BUNDLE on an emulated board until Ctrl-C and print the URL of its serial port.

    The firmware is built first if there is no image of it yet (it is kept in BUNDLE.images). The device keeps its state
    between two hosts that connect one after the other, and nothing of it is left when this command ends, unless
    --storage names a file for its flash (boards posix and mps2-an386): durable edits and the key then stay.

    Examples:
        persona emulate digits.bundle --board mps2-an386
        persona emulate digits.bundle --storage flash.bin --release
        persona info --port socket://127.0.0.1:PORT       # in another terminal
    """
    output = Output(json_target)
    from firmware_bridge.build_settings import BuildSettings
    from firmware_bridge.platforms import platform_named
    from hil.emulator import start
    from hil.images import image_for
    from toolchain.bundle import Bundle

    progress = ProgressBar()
    image = image_for(Bundle.open(bundle), platform_named(board), progress, settings=BuildSettings(release=release))
    progress.close()
    with start(image, storage) as emulator:
        with emulator.device() as device:
            name = device.hello.platform
        # Whoever has read the URL may press Ctrl-C: from the first word on it is the normal end.
        try:
            output.say(f"{name} runs at {emulator.url}")
            output.say("stop it with Ctrl-C")
            output.result({"board": board, "url": emulator.url, "image": str(image.path)})
            emulator.wait()
        except KeyboardInterrupt:
            output.say("stopped")
