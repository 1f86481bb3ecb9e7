"""Help: fast, complete, and readable on its own."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from persona.help import keep_examples
from persona.main import COMMANDS, persona

HEAVY = {"numpy", "torch", "tensorflow", "serial", "safetensors", "elftools", "sklearn", "litert_torch", "cmake"}


def test_help_imports_nothing_heavy() -> None:
    """What makes `persona --help` slow is imports; the whole help needs none of the heavy ones."""
    code = (
        "import sys; from click.testing import CliRunner; from persona.main import persona;"
        "assert CliRunner().invoke(persona, ['--help']).exit_code == 0; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & {name.partition(".")[0] for name in loaded}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_stands_on_its_own(command: str) -> None:
    """A sentence, an example with the command in it on a line of its own, and every option explained."""
    result = CliRunner().invoke(persona, [command, "--help"], terminal_width=100)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert any(line.startswith(f"      persona {command} ") for line in lines)
    assert "--json FILE|-" in result.stdout
    parameters = persona.get_command(None, command).params  # type: ignore[arg-type, union-attr]
    assert all(option.help for option in parameters if isinstance(option, click.Option))


def test_the_group_lists_every_command_in_the_order_of_use() -> None:
    """From training to the demo, with a line for each."""
    text = CliRunner().invoke(persona, ["--help"]).stdout
    listed = [line.split()[0] for line in text.partition("Commands:")[2].splitlines() if line.startswith("  ")]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


def test_an_unknown_command_is_a_usage_error() -> None:
    """Exit code 2, no traceback."""
    result = CliRunner().invoke(persona, ["fly"])
    assert result.exit_code == 2
    assert "No such command 'fly'" in result.stderr


def test_only_paragraphs_with_indented_lines_are_kept() -> None:
    """Text is rewrapped, examples are not."""
    text = keep_examples("One.\n\nMore\ntext.\n\nExample:\n    persona x\n")
    assert text == "One.\n\nMore\ntext.\n\n\b\nExample:\n    persona x"
