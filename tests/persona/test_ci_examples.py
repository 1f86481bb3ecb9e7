"""The CI examples name only commands, options and packages that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest

from persona.main import persona

yaml = pytest.importorskip("yaml", reason="PyYAML reads the examples; it comes with persona-mcu[hil]")

FOLDER = Path(__file__).parents[2] / "docs" / "ci"
EXAMPLES = sorted(FOLDER.glob("*.yml"))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for entry in value.values() for text in _strings(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in _strings(entry)]
    return [value] if isinstance(value, str) else []


def _lines(example: Path) -> list[str]:
    document = yaml.safe_load(example.read_text())
    return [line.strip() for text in _strings(document) for line in text.splitlines()]


def _commands(example: Path) -> list[list[str]]:
    found = (re.search(r"\bpersona [a-z][^;]*", line) for line in _lines(example))
    return [shlex.split(match[0])[1:] for match in found if match]


def _require(words: list[str]) -> None:
    command: click.Command = persona
    context = click.Context(persona)
    rest = list(words)
    while isinstance(command, click.Group):
        name = rest.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"persona has no command {name}, in: {' '.join(words)}"
        command = found
    known = {option for parameter in command.params for option in parameter.opts}
    assert set() == {word for word in rest if word.startswith("-")} - known


def _merged(words: list[str]) -> bool:
    return words[0] != "hil" or persona.get_command(click.Context(persona), "hil") is not None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_takes_the_whole_road(example: Path) -> None:
    """Compile, run on the boards, report, in this order."""
    names = [" ".join(words[: 2 if words[0] == "hil" else 1]) for words in _commands(example)]
    assert ["compile", "hil run", "report"] == names


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_command_and_option_exists(example: Path) -> None:
    """`persona hil` is held to the command line as soon as there is one."""
    checked = [words for words in _commands(example) if _merged(words)]
    assert [] != checked
    for words in checked:
        _require(words)


@pytest.mark.skipif(shutil.which("apt-cache") is None, reason="no apt-cache on this machine")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_package_exists(example: Path) -> None:
    """Debian and Ubuntu know each package by its name."""
    line = next(line for line in _lines(example) if "apt-get install" in line)
    packages = [word for word in shlex.split(line.split("apt-get install")[1]) if not word.startswith("-")]
    assert "qemu-system-arm" in packages
    apt_cache = shutil.which("apt-cache") or "apt-cache"
    known = subprocess.run([apt_cache, "pkgnames"], capture_output=True, text=True, check=True, timeout=60)
    names = set(known.stdout.split())
    if "gcc-arm-none-eabi" not in names:
        pytest.skip("apt has no package lists here; apt-get update fetches them")
    assert set() == set(packages) - names
