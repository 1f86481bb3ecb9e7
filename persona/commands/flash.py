"""`persona flash`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.help import Command
from persona.inventory import inventory_option, opened_inventory
from persona.options import FILE, FOLDER
from persona.output import Output, json_option
from persona.progress import ProgressBar

if TYPE_CHECKING:
    from firmware_bridge.client import Device
    from firmware_bridge.image import Image
    from firmware_bridge.platforms import Platform
    from hil.inventory.board import Board
    from toolchain.bundle import Bundle


@click.command("flash", cls=Command, short_help="Put a bundle on a board, verify it there and greet the device.")
@click.argument("bundle", type=FOLDER, required=False)
@click.option("--board", metavar="ID", required=True, help="The board, as persona boards lists it.")
@click.option("--image", "elf", type=FILE, help="An image that is built already, instead of a bundle.")
@click.option("--runner", metavar="NAME", help="Flash by this tool. [the board's runner]")
@click.option("--dry-run", is_flag=True, help="Print the commands and run none of them.")
@inventory_option
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *,
    bundle: Path | None,
    board: str,
    elf: Path | None,
    runner: str | None,
    dry_run: bool,
    inventory: Path | None,
    json_target: str | None,
) -> None:
    """Build the firmware of BUNDLE, or take --image, put it on a board, compare it there, and greet the device.

    The runner drives the tool of the board's probe: gdb, pyocd, openocd, probe_rs, esptool or uf2. An emulated board is
    started with the image; with --runner gdb its memory starts empty and gdb loads it.

    Examples:
        persona flash digits.bundle --board bench-1
        persona flash digits.bundle --board bench-1 --runner openocd --dry-run
        persona flash digits.bundle --board mps2-an386 --runner gdb
        persona flash --board bench-1 --image build/mps2-an386.elf
    """
    output = Output(json_target)
    if (bundle is None) == (elf is None):
        raise click.UsageError("give either a BUNDLE or --image")
    from firmware_bridge.matching import require_bundle
    from hil.inventory.load import board_named
    from hil.runners.registry import runner_named
    from toolchain.bundle import Bundle

    chosen = board_named(opened_inventory(inventory, output)[1], board)
    name = runner_named(runner or chosen.runner).name
    opened = None if bundle is None else Bundle.open(bundle)
    image = _image(opened, elf, chosen.platform)
    commands: list[str] = []
    result = {"board": board, "runner": name, "image": str(image.path), "sha256": image.digest, "commands": commands}
    if dry_run:
        commands += _planned(chosen, image, runner)
        for line in commands:
            output.say(line)
        output.result({**result, "dry_run": True})
        return

    def tell(line: str) -> None:
        output.say(f"$ {line}")
        commands.append(line)

    start_s = time.monotonic()
    with _up(chosen, image, name, tell) as device:
        seconds = time.monotonic() - start_s
        hello = device.hello
    if opened is not None:
        require_bundle(hello, opened)
    output.say(f"{board} runs {image.path.name}: {hello.platform}, base {hello.base.hex()}, after {seconds:.1f} s")
    told = {"platform": hello.platform, "base": hello.base.hex()}
    output.result({**result, "dry_run": False, "seconds": round(seconds, 3), "hello": told})


def _image(bundle: Bundle | None, elf: Path | None, platform: Platform) -> Image:
    from firmware_bridge.image import inspect
    from hil.images import image_for

    if bundle is None:
        return inspect(Path(str(elf)), platform)
    progress = ProgressBar()
    image = image_for(bundle, platform, progress)
    progress.close()
    return image


def _planned(board: Board, image: Image, runner: str | None) -> list[str]:
    """The commands, with WORK for the folder that they would have."""
    from hil.empty import behind_gdb
    from hil.runners.shell import plan_of

    if board.emulated and runner == "gdb":
        # Its ports are known only when it runs.
        board = behind_gdb(board, "HOST:PORT", "socket://HOST:PORT")
    return [step.line for step in plan_of(board, image.path, Path("WORK"), runner).steps]


@contextmanager
def _up(board: Board, image: Image, runner: str, tell: Callable[[str], None]) -> Iterator[Device]:
    """The device, with the image on it."""
    from hil.empty import empty
    from hil.emulator import start
    from hil.errors import HilError
    from hil.greeting import greeted
    from hil.inventory.lock import locked
    from hil.runners import flash

    if not board.emulated:
        with locked(board):
            flash(board, image, runner, tell)
            with greeted(board) as device:
                yield device
    elif runner == board.runner:
        with start(image) as emulator, emulator.device() as device:
            yield device
    elif runner == "gdb" and not board.platform.is_host:
        with empty(board) as (reached, emulator):
            flash(reached, image, tell=tell)
            with emulator.device() as device:
                yield device
    else:
        ways = board.runner if board.platform.is_host else f"{board.runner} or gdb"
        raise HilError(f"{board.id} is emulated", expected=f"--runner {ways}", received=runner)
