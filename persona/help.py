"""Help that keeps examples as they are written: a paragraph with an indented line is not rewrapped."""

from __future__ import annotations

import inspect
from typing import Any

import click

_KEEP = "\b\n"
"""Click's mark for a paragraph that stays as it is."""


def keep_examples(text: str) -> str:
    """Mark the paragraphs that have an indented line."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    marked = [_KEEP + p if any(line.startswith("  ") for line in p.splitlines()) else p for p in paragraphs]
    return "\n\n".join(marked)


class Command(click.Command):
    """A command whose docstring may hold examples."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["help"] = keep_examples(kwargs.get("help") or "")
        super().__init__(*args, **kwargs)
