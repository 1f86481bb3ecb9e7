"""`persona monitor`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from persona.help import Command
from persona.json_lines import JsonLines, json_lines
from persona.options import FOLDER, port_options
from persona.output import json_option

if TYPE_CHECKING:
    from firmware_bridge.client import Device
    from firmware_bridge.errors import BridgeError
    from firmware_bridge.look import Look
    from toolchain.bundle import Bundle


@click.command("monitor", cls=Command, short_help="Watch a running device: banks, counters, drift, last output.")
@port_options(required=True)
@click.option("--bundle", "bundle_path", type=FOLDER, help="The bundle on the device: outputs become real numbers.")
@click.option(
    "--interval",
    type=click.FloatRange(0.05),
    metavar="S",
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--once", is_flag=True, help="Look once.")
@json_option
def command(  # noqa: PLR0913  # one parameter for each option
    *, port: str, baud: int, bundle_path: Path | None, interval: float, once: bool, json_target: str | None
) -> None:
    """Watch the device at a port until Ctrl-C, in place if this is a terminal.

    Shows which bank runs and what a reset would bring back, how far an edit is, how many windows the device remembers
    and how far they have drifted, inferences a second and the last output, the counters that moved since the last look,
    what this host's own end of the line dropped, and the last switches of the bank. A look asks and changes nothing.
    Nobody else can use the port meanwhile. A device that goes away is looked for until it is back.

    With --json, each look is one line of JSON, added to FILE.

    Examples:
        persona monitor --port /dev/ttyACM0
        persona monitor --port socket://127.0.0.1:PORT --bundle digits.bundle
        persona monitor --port /dev/ttyACM0 --once --json -
    """
    from toolchain.bundle import Bundle

    bundle = None if bundle_path is None else Bundle.open(bundle_path)
    with json_lines(json_target) as lines:
        view = _View(port, bundle, lines, quiet=json_target == "-")
        try:
            _watch(port, baud, bundle, interval, view, once=once)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)


class _View:
    """Text and JSON of each look.

    Args:
        port: where the device is.
        bundle: gives meaning to outputs.
        lines: take the JSON.
        quiet: no text.
    """

    def __init__(self, port: str, bundle: Bundle | None, lines: JsonLines, *, quiet: bool) -> None:
        from persona.dashboard import Screen

        self._port = port
        self._bundle = bundle
        self._lines = lines
        self._screen = None if quiet else Screen()
        self._before: Look | None = None

    def seen(self, look: Look) -> None:
        """Show a look beside the one before it."""
        from persona.dashboard import lines_of, record_of

        before, self._before = self._before, look
        self._lines.write(record_of(self._port, look, before, self._bundle))
        if self._screen is not None:
            self._screen.show(lines_of(self._port, look, before, self._bundle))

    def gone(self, error: BridgeError) -> None:
        """Say that nobody answers."""
        self._lines.write({"port": self._port, "error": error.what})
        if self._screen is not None:
            self._screen.show([f"no answer at {self._port}; it is looked for", "", *str(error).splitlines()])


def _watch(  # noqa: PLR0913  # port, and how it is watched
    port: str, baud: int, bundle: Bundle | None, interval: float, view: _View, *, once: bool
) -> None:
    from firmware_bridge.look import Look, look_at
    from firmware_bridge.watching import looks

    if once:
        with _open(port, baud, bundle) as device:
            view.seen(look_at(device, time.monotonic()))
        return
    for found in looks(lambda: _open(port, baud, bundle), interval, time.sleep, time.monotonic):
        if isinstance(found, Look):
            view.seen(found)
        else:
            view.gone(found)


@contextmanager
def _open(port: str, baud: int, bundle: Bundle | None) -> Iterator[Device]:
    """The device, which must be the bundle's."""
    from firmware_bridge.client import open_device
    from firmware_bridge.matching import require_bundle

    with open_device(port, baud=baud) as device:
        if bundle is not None:
            require_bundle(device.hello, bundle)
        yield device
