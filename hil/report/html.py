"""HTML from Python: `Html` is text that is escaped already, every `str` is escaped on its way in."""

from __future__ import annotations

from html import escape
from typing import Final

_VOID: Final = frozenset({"meta"})


class Html(str):
    """Markup; only this module and the page's own style and script make it from text."""

    __slots__ = ()


Content = str | int | None
"""What may stand in an element; a plain string is text, None nothing."""


def text(content: Content) -> Html:
    """`content` as markup; characters that do not print become U+FFFD, so that no log can hide or reorder text."""
    if isinstance(content, Html):
        return content
    shown = "" if content is None else str(content)
    visible = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in shown)
    return Html(escape(visible))


def tag(element: str, *contents: Content, **attributes: str | float | bool | None) -> Html:  # of HTML
    """An element. `class_` is class, `_` in an attribute's name is `-`; True has no value, None is left out."""
    parts = [element]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        parts.append(attribute if value is True else f'{attribute}="{text(str(value))}"')
    start = f"<{' '.join(parts)}>"
    return Html(start) if element in _VOID else Html(f"{start}{join(*contents)}</{element}>")


def join(*contents: Content) -> Html:
    """One after the other."""
    return Html("".join(text(content) for content in contents))
