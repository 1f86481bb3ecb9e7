"""YAML with the line of everything: what a node holds, or a problem that says where and what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

import yaml

Node: TypeAlias = yaml.Node

_TAG: Final = "tag:yaml.org,2002:"
_NAMES: Final = {"seq": "a list", "map": "a mapping", "null": "nothing", "bool": "yes or no", "str": "text"}
_TEXTS: Final = ("str", "int", "float")
"""What is text as it was written: a serial number of digits keeps its leading zeros."""


class WrongError(Exception):
    """One thing that is not as it should be; `line` counts from 1."""

    def __init__(self, node: Node | None, text: str, line: int = 1) -> None:
        self.line = line if node is None else node.start_mark.line + 1
        super().__init__(text)


@dataclass(frozen=True)
class Key:
    """A key of a mapping, and what stands behind it."""

    name: str
    node: Node
    value: Node


def read(text: str) -> Node | None:
    """The document's root, None if there is nothing.

    Raises:
        WrongError: it is no YAML.
    """
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        raise WrongError(None, f"this is no YAML: {said}", 1 if mark is None else mark.line + 1) from error


def items(node: Node) -> list[Node]:
    """The items of a list."""
    if not isinstance(node, yaml.SequenceNode):
        raise WrongError(node, f"expected a list, each item after a dash; received {described(node)}")
    return list(node.value)


def keys(node: Node) -> list[Key]:
    """The keys of a mapping, in their order."""
    if not isinstance(node, yaml.MappingNode):
        raise WrongError(node, f"expected key: value; received {described(node)}")
    return [Key(text(key), key, value) for key, value in node.value]


def text(node: Node) -> str:
    """Text, or a number as it is written."""
    kind = node.tag.removeprefix(_TAG)
    if not isinstance(node, yaml.ScalarNode) or kind not in _TEXTS or not node.value:
        raise WrongError(node, f"expected text; received {described(node)}{_quote(node)}")
    return str(node.value)


def words(node: Node) -> tuple[str, ...]:
    """One text, or a list of them."""
    return tuple(text(item) for item in node.value) if isinstance(node, yaml.SequenceNode) else (text(node),)


def number(node: Node) -> float:
    """A number above zero."""
    value: Any = None
    if isinstance(node, yaml.ScalarNode) and node.tag.removeprefix(_TAG) in ("int", "float"):
        value = yaml.safe_load(node.value)
    # A float that is none, .nan, is not above zero either.
    if not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise WrongError(node, f"expected a number above 0; received {described(node)}")
    return value


def whole(node: Node) -> int:
    """A whole number above zero."""
    value = number(node)
    if value != int(value):
        raise WrongError(node, f"expected a whole number; received {described(node)}")
    return int(value)


def one_of(node: Node, known: tuple[str, ...], what: str) -> str:
    """One of `known`."""
    name = text(node)
    if name not in known:
        raise WrongError(node, f"there is no {what} {name!r}{nearest(name, known)}; expected {', '.join(known)}")
    return name


def nearest(name: str, known: tuple[str, ...]) -> str:
    """A question, if one of `known` looks like `name`."""
    close = get_close_matches(name, known, 1)
    return f", did you mean {close[0]!r}?" if close else ""


def described(node: Node) -> str:
    """What a node is, for people."""
    kind = node.tag.removeprefix(_TAG)
    if isinstance(node, yaml.ScalarNode) and node.value and kind != "null":
        return f"{node.value!r}" if kind in _TEXTS else f"{node.value!r}, which is {_NAMES.get(kind, kind)} in YAML"
    return _NAMES.get(kind, kind) if not isinstance(node, yaml.ScalarNode) or kind == "null" else "empty text"


def _quote(node: Node) -> str:
    return (
        f'; write "{node.value}"' if isinstance(node, yaml.ScalarNode) and node.value and node.value != "null" else ""
    )
