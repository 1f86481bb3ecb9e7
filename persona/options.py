"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from firmware_bridge.build_settings import OPTIMISATIONS, SPEED
from firmware_bridge.cost import DEFAULT_BAUD
from firmware_bridge.platforms import PLATFORMS

F = TypeVar("F", bound=Callable[..., Any])

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
SEED = click.IntRange(0, 2**31 - 1)
BOARD = click.Choice(tuple(PLATFORMS))

board_help = "The board: posix (a process of this machine) or one that QEMU emulates."


def dataset_options(function: F) -> F:
    """The options `--dataset` and `--fold`, the same on every command that trains."""
    dataset = click.option(
        "--dataset",
        metavar="NAME|PATH",
        help="wisdm, usps_mnist, mnist_usps, a .npz with x, y and device, or a UCI HAR folder; names and files are "
        "sought in PERSONA_DATA. [the simulated digits fleet]",
    )
    fold = click.option(
        "--fold",
        type=click.IntRange(0),
        metavar="K",
        default=0,
        show_default=True,
        help="Which devices of a data set are held out.",
    )
    return dataset(fold(function))


def named_values(_context: click.Context, _option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    """The callback of an option that takes NAME=VALUE, several times; the last word on a name holds."""
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise click.BadParameter(f"expected NAME=VALUE, got {pair!r}")
    return dict(pair.split("=", 1) for pair in pairs)


def optimise_option(function: F) -> F:
    """The option `--optimise`, the same on every command that builds."""
    return click.option(
        "--optimise",
        type=click.Choice(tuple(OPTIMISATIONS)),
        default=SPEED,
        show_default=True,
        help="What the model is built for; size also does without the instructions of one class of core.",
    )(function)


def port_options(*, required: bool, multiple: bool = False) -> Callable[[F], F]:
    """The options `--port` and `--baud`, the same on every command that talks to a device, or to several."""

    def decorate(function: F) -> F:
        baud = click.option(
            "--baud",
            type=click.IntRange(1),
            metavar="N",
            default=DEFAULT_BAUD,
            show_default=str(DEFAULT_BAUD),
            help="Speed of a serial line.",
        )
        port = click.option(
            "--port",
            metavar="URL",
            required=required,
            multiple=multiple,
            help="Where the device is: /dev/ttyACM0, COM3, or socket://host:port." + (" Several times." * multiple),
        )
        return port(baud(function))

    return decorate
