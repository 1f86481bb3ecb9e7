"""The entry point: finds the command, turns a `PersonaError` into its message and its exit code."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any, Final

import click

from persona.help import keep_examples
from persona.version import version
from toolchain.errors import PersonaError

COMMANDS: Final = (
    "train",
    "compile",
    "inspect",
    "diff",
    "build",
    "boards",
    "flash",
    "emulate",
    "info",
    "provision",
    "infer",
    "edit",
    "adapt",
    "monitor",
    "verify",
    "bench",
    "stress",
    "evaluate",
    "store",
    "recompile",
    "hil",
    "report",
    "demo",
)
_INTERRUPTED: Final = 130
"""What shells expect of a program that Ctrl-C ended: 128 + SIGINT."""


class Commands(click.Group):
    """Loads a command's file when the command is asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["help"] = keep_examples(kwargs.get("help") or "")
        super().__init__(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of use, not of the alphabet."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of `persona/commands/<name>.py`."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"persona.commands.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours becomes its message, without a traceback unless asked for."""
        try:
            return super().invoke(ctx)
        except PersonaError as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            else:
                click.echo(f"error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(_INTERRUPTED)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version(), "--version", prog_name="persona")
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
def persona(*, debug: bool) -> None:
    """Put a model on a microcontroller once, then let it adapt for years.

    A model becomes a bundle (int8 layers in flash, a small float buffer that can be patched), a bundle becomes
    firmware, and a running device takes edits over its serial line while it keeps inferring.

    The whole road on this machine, measured:
        persona demo --board posix
    Step by step:
        persona train -o trained
        persona compile trained -o digits.bundle
        persona emulate digits.bundle --board posix      # prints a URL, runs until Ctrl-C
        persona info --port URL
    """
    del debug


def main() -> None:
    """Run the command line."""
    try:
        persona(prog_name="persona")
    except BrokenPipeError:
        # Whoever read our output has enough; Python would complain once more while it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
