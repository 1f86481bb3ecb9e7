"""Fields of `run.json`, asked for by their type: a missing one or null is None, a wrong one an error with its path."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from hil.report.errors import RunError

_SHOWN: Final = 60
_MOST: Final = 2**53
REMEDY: Final = "make the run again with `persona hil run`, or copy the whole folder again"


@dataclass(frozen=True)
class Fields:
    """An object of the document and where it stands, like `results[0]`."""

    values: dict[str, Any]
    path: str = ""

    def text(self, key: str) -> str | None:
        """A string."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.wrong(key, "a string")

    def need_text(self, key: str) -> str:
        """A string that is there and not empty."""
        text = self.text(key)
        if not text:
            raise self.wrong(key, "a string that is not empty")
        return text

    def choice(self, key: str, *names: str) -> str:
        """One of some strings."""
        text = self.text(key)
        if text not in names:
            raise self.wrong(key, f"one of {', '.join(names)}")
        return str(text)

    def count(self, key: str) -> int | None:
        """A whole number from 0."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
            raise self.wrong(key, "a whole number from 0")
        return value

    def number(self, key: str, most: float = _MOST) -> float | None:
        """A finite number from 0 to `most`."""
        value = self.values.get(key)
        if value is None:
            return None
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not fits or not math.isfinite(value) or not 0 <= value <= most:
            raise self.wrong(key, "a finite number, not negative" if most == _MOST else f"a number from 0 to {most:g}")
        return float(value)

    def object(self, key: str) -> Fields:
        """An object; an empty one where it is missing."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, dict):
            raise self.wrong(key, "an object")
        return Fields(value or {}, self._at(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        entries = self._list(key)
        if not all(isinstance(entry, str) for entry in entries):
            raise self.wrong(key, "a list of strings")
        return tuple(entries)

    def objects(self, key: str) -> Iterator[Fields]:
        """The entries of a list of objects."""
        for place, entry in enumerate(self._list(key)):
            path = f"{self._at(key)}[{place}]"
            if not isinstance(entry, dict):
                raise _wrong(path, "an object", entry)
            yield Fields(entry, path)

    def counts(self) -> dict[str, int]:
        """All fields, each a whole number; those that are null are left out."""
        found = {key: self.count(key) for key in self.values}
        return {key: count for key, count in found.items() if count is not None}

    def all_texts(self) -> dict[str, str]:
        """All fields, each a string; those that are null are left out."""
        found = {key: self.text(key) for key in self.values}
        return {key: text for key, text in found.items() if text is not None}

    def wrong(self, key: str, expected: str) -> RunError:
        """The error for a field."""
        return _wrong(self._at(key), expected, self.values.get(key))

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key)
        if value is not None and not isinstance(value, list):
            raise self.wrong(key, "a list")
        return value or []

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _wrong(path: str, expected: str, value: object) -> RunError:
    shown = "nothing" if value is None else repr(value)
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
    return RunError(f"run.json: {path} is wrong", expected=expected, received=shown, remedy=REMEDY)
