"""The scenarios that come with the package, and those that a user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from hil.scenarios.errors import ScenarioError
from hil.scenarios.nodes import nearest
from hil.scenarios.parse import read_scenario
from hil.scenarios.scenario import Scenario

FOLDER: Final = Path(__file__).resolve().parent / "library"
DEFAULT: Final = ("smoke", "golden", "adapt", "durable")
_SUFFIXES: Final = (".yaml", ".yml")


def shipped_names() -> tuple[str, ...]:
    """The names of the scenarios that come with the package."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def find_scenarios(wanted: Sequence[str]) -> tuple[Scenario, ...]:
    """Each of `wanted`, a shipped name, a file or a folder of files; the default ones if nothing is wanted.

    Raises:
        ScenarioError: there is no such scenario, one cannot be read, or two have the same name.
    """
    found = [read_scenario(path) for name in wanted or DEFAULT for path in _paths(name)]
    names = [scenario.name for scenario in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ScenarioError(f"two scenarios are called {twice!r}", remedy="give one of them another name")
    return tuple(found)


def _paths(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        files = sorted(inside for inside in path.iterdir() if inside.suffix in _SUFFIXES)
        if not files:
            raise ScenarioError(f"the folder {name} holds no scenario", expected="files that end in .yaml")
        return files
    if path.is_file():
        return [path]
    if name in shipped_names():
        return [FOLDER / f"{name}.yaml"]
    raise ScenarioError(
        f"there is no scenario {name!r}", expected=f"a file, a folder, or a name; {nearest(name, shipped_names())}"
    )
