"""YAML as nodes that know their line, so that an error can name it."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from hil.scenarios.errors import ScenarioError

_BUILDER = yaml.constructor.SafeConstructor()


@dataclass(frozen=True)
class Place:
    """Where something stands; `line` counts from 1."""

    file: str
    line: int

    def fail(self, what: str, **parts: str) -> NoReturn:
        """Refuse what stands here.

        Raises:
            ScenarioError: always.
        """
        raise ScenarioError(f"{self.file}, line {self.line}: {what}", **parts)


@dataclass(frozen=True)
class Node:
    """A piece of a YAML file."""

    file: str
    inner: Any

    @property
    def place(self) -> Place:
        """Where it begins."""
        return Place(self.file, self.inner.start_mark.line + 1)

    def mapping(self, what: str) -> list[tuple[str, Place, Node]]:
        """Its keys, where each stands, and their values.

        Raises:
            ScenarioError: it is no mapping, a key is no text, or stands there twice.
        """
        if not isinstance(self.inner, yaml.MappingNode):
            self.place.fail(f"{what} is not a mapping", expected="key: value", received=self.described)
        found: dict[str, tuple[str, Place, Node]] = {}
        for key, value in self.inner.value:
            name, place = Node(self.file, key).text(f"a key of {what}"), Node(self.file, key).place
            if name in found:
                place.fail(f"{what} has the key {name!r} twice", expected="each key once")
            found[name] = (name, place, Node(self.file, value))
        return list(found.values())

    def items(self, what: str) -> list[Node]:
        """The elements of a list.

        Raises:
            ScenarioError: it is none.
        """
        if not isinstance(self.inner, yaml.SequenceNode):
            self.place.fail(f"{what} is not a list", expected="lines that begin with -", received=self.described)
        return [Node(self.file, item) for item in self.inner.value]

    def text(self, what: str) -> str:
        """A text.

        Raises:
            ScenarioError: it is something else.
        """
        value = self.scalar(what)
        if not isinstance(value, str):
            self.place.fail(f"{what} is not a text", expected="a text", received=self.described)
        return value

    def scalar(self, what: str) -> Any:
        """A text, number, truth value or nothing.

        Raises:
            ScenarioError: it is a list or a mapping.
        """
        if not self.is_scalar:
            self.place.fail(f"{what} is not a single value", received=self.described)
        try:
            return _BUILDER.construct_object(self.inner)
        except (ValueError, yaml.YAMLError) as error:
            self.place.fail(f"{what} cannot be read", received=str(error))

    @property
    def is_scalar(self) -> bool:
        """Whether it is a single value."""
        return isinstance(self.inner, yaml.ScalarNode)

    @property
    def described(self) -> str:
        """What it is, for an error."""
        if self.is_scalar:
            return repr(self.inner.value)
        return "a list" if isinstance(self.inner, yaml.SequenceNode) else "a mapping"


def read_node(text: str, file: str) -> Node:
    """The one document of `text`.

    Raises:
        ScenarioError: it is not YAML, or empty.
    """
    try:
        inner = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        Place(file, 1 if mark is None else mark.line + 1).fail("this is no YAML", received=str(error))
    if inner is None:
        Place(file, 1).fail("the file is empty", expected="name, about and steps")
    return Node(file, inner)


def nearest(name: str, known: Collection[str]) -> str:
    """What may have been meant: the nearest known name, and all of them."""
    close = difflib.get_close_matches(name, known, 1, 0.5)
    return (f"did you mean {close[0]}? " if close else "") + f"known: {', '.join(sorted(known))}"
