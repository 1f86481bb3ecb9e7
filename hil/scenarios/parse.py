"""Read a scenario file, strictly: what is unknown or of the wrong type is an error with file and line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hil.scenarios.arguments import arguments_of
from hil.scenarios.errors import ScenarioError
from hil.scenarios.needs import NEEDS
from hil.scenarios.nodes import Node, nearest, read_node
from hil.scenarios.registry import STEPS
from hil.scenarios.scenario import Scenario, Step
from hil.scenarios.steps.boot import Boot

_KEYS: Final = ("name", "about", "needs", "steps")
_OPTIONAL: Final = frozenset({"needs"})
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file.

    Raises:
        ScenarioError: it cannot be read, or is no scenario.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"cannot read the scenario {path}", received=str(error)) from error
    return parse_scenario(text, str(path))


def parse_scenario(text: str, file: str) -> Scenario:
    """The scenario that `text` holds; `file` is what errors call it.

    Raises:
        ScenarioError: with file and line.
    """
    document = read_node(text, file)
    parts: dict[str, Node] = {}
    for key, place, value in document.mapping("a scenario"):
        if key not in _KEYS:
            place.fail(f"a scenario has no {key!r}", expected=nearest(key, _KEYS))
        parts[key] = value
    lacking = [key for key in _KEYS if key not in parts and key not in _OPTIONAL]
    if lacking:
        document.place.fail(f"the scenario lacks {', '.join(lacking)}", expected="name, about and steps")
    return Scenario(
        _name(parts["name"]),
        parts["about"].text("about"),
        _needs(parts.get("needs")),
        _steps(parts["steps"]),
    )


def _name(node: Node) -> str:
    name = node.text("name")
    if not _NAME.fullmatch(name):
        node.place.fail("the name cannot be a folder's", expected="a-z, 0-9, - and _", received=repr(name))
    return name


def _needs(node: Node | None) -> tuple[str, ...]:
    found = []
    for item in [] if node is None else node.items("needs"):
        need = item.text("a need")
        if need not in NEEDS:
            item.place.fail(f"there is no need {need!r}", expected=nearest(need, NEEDS))
        found.append(need)
    return tuple(found)


def _steps(node: Node) -> tuple[Step, ...]:
    steps = tuple(_step(item) for item in node.items("steps"))
    if not steps or not isinstance(steps[0], Boot):
        node.place.fail("a scenario begins with another step", expected="- boot")
    return steps


def _step(node: Node) -> Step:
    """`- golden`, or `- golden: {samples: 32}`."""
    if node.is_scalar:
        name, place, arguments = node.text("a step"), node.place, None
    else:
        pairs = node.mapping("a step")
        if len(pairs) != 1:
            node.place.fail("a step has one name", expected="- name: {arguments}", received=f"{len(pairs)} keys")
        name, place, arguments = pairs[0]
    if name not in STEPS:
        place.fail(f"there is no step {name!r}", expected=nearest(name, STEPS))
    empty = arguments is not None and arguments.is_scalar and arguments.scalar(name) is None
    return arguments_of(STEPS[name], None if empty else arguments, name)
