"""What a user must not overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from firmware_bridge.messages import HelloReply

DEVELOPMENT: Final = "DEVELOPMENT BUILD: this device takes unsigned edits from anybody"


def warn(hello: HelloReply) -> None:
    """Say loudly, on standard error, that a device takes unsigned edits, if it does."""
    if not hello.signed_only:
        click.echo(f"*** {DEVELOPMENT} ***", err=True)
