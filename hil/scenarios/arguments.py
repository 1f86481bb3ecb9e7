"""The arguments of a step: a YAML mapping to the fields of a frozen dataclass, by their declared types."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final, TypeVar, get_type_hints

from hil.scenarios.nodes import Node, nearest

T = TypeVar("T")

LEAST: Final = "least"
"""Metadata of a field: the smallest value."""
MOST: Final = "most"
"""Metadata of a field: the largest value."""
CHOICES: Final = "choices"
"""Metadata of a field: the texts that it may be."""
_NAMES: Final = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def arguments_of(kind: type[T], node: Node | None, what: str) -> T:
    """A `kind` whose fields come from the mapping `node`; those that it does not name keep their defaults.

    Raises:
        ScenarioError: an unknown key, or a value of another type or out of range; with file and line.
    """
    declared = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # every step is a dataclass
    types = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, place, value in [] if node is None else node.mapping(f"the arguments of {what}"):
        if name not in declared:
            place.fail(f"{what} has no argument {name!r}", expected=nearest(name, declared))
        values[name] = _value(value, types[name], declared[name].metadata, f"{name} of {what}")
    return kind(**values)


def _value(node: Node, declared: Any, rules: Any, what: str) -> Any:
    value = node.scalar(what)
    kind = next(known for known in (bool, int, float, str) if known in _alternatives(declared))
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        node.place.fail(f"{what} is not {_NAMES[kind]}", expected=_wanted(kind, rules), received=node.described)
    outside = not rules.get(LEAST, value) <= value <= rules.get(MOST, value)
    if outside or value not in rules.get(CHOICES, (value,)):
        node.place.fail(f"{what} is not allowed", expected=_wanted(kind, rules), received=node.described)
    return value


def _alternatives(declared: Any) -> tuple[Any, ...]:
    return (declared, *getattr(declared, "__args__", ()))


def _wanted(kind: type, rules: Any) -> str:
    if CHOICES in rules:
        return ", ".join(rules[CHOICES])
    limits = [f"{word} {rules[rule]}" for rule, word in ((LEAST, "at least"), (MOST, "at most")) if rule in rules]
    return " ".join([_NAMES[kind], *limits])
