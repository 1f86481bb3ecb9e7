"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from firmware_bridge.platforms import PLATFORMS

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)

SEED = click.IntRange(0, 2**31 - 1)

BOARD = click.Choice(tuple(PLATFORMS))

port_help = "Where the device is: /dev/ttyACM0, COM3, or socket://host:port."
board_help = "The board: posix (a process of this machine) or one that QEMU emulates."
