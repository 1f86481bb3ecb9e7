"""A recipe's network with some of its arguments changed: a wider base of the same family needs no recipe of its own."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from models.errors import NetworkError
from models.networks.registry import NETWORKS
from models.recipes.recipe import MakeNetwork, Recipe

GIVEN: Final = frozenset({"classes", "inputs", "size", "steps"})
"""What the data decides."""


def changed(recipe: Recipe, arguments: Mapping[str, str]) -> Recipe:
    """The recipe with `arguments` of its network's `config()` set anew; widths are numbers, several with commas.

    Making its network raises NetworkError for an argument that the network does not have, that the data decides, or
    whose value is no such number.
    """
    return replace(recipe, network=_changed(recipe.network, arguments)) if arguments else recipe


def _changed(make: MakeNetwork, arguments: Mapping[str, str]) -> MakeNetwork:
    def made(shape: tuple[int, ...], classes: int) -> Any:
        plain = make(shape, classes)
        config = plain.config()
        free = sorted(set(config) - GIVEN)
        for name in arguments:
            _require_free(plain.name, name, free)
        own = {name: _value(name, text, config[name]) for name, text in arguments.items()}
        kept = {name: tuple(value) if isinstance(value, list) else value for name, value in config.items()}
        return NETWORKS[plain.name](**(kept | own))

    return made


def _require_free(network: str, name: str, free: list[str]) -> None:
    if name in free:
        return
    if name in GIVEN:
        raise NetworkError(f"{name} of a {network} is decided by the data", expected=", ".join(free), received=name)
    near = difflib.get_close_matches(name, free, n=3, cutoff=0.4)
    raise NetworkError(
        f"a {network} has no argument {name!r}",
        expected=", ".join(free),
        received=name,
        remedy=f"did you mean {' or '.join(near)}?" if near else "choose one of these",
    )


def _value(name: str, text: str, now: Any) -> Any:
    """`text` as the kind of value that stands there now."""
    several = isinstance(now, (tuple, list))
    kind = float if isinstance(now, float) else int
    try:
        values = tuple(kind(part) for part in text.split(","))
    except ValueError:
        values = ()
    if not values or (len(values) > 1 and not several):
        shown = ",".join(map(str, now)) if several else str(now)
        raise NetworkError(
            f"{name} cannot be {text!r}",
            expected=f"{'numbers with commas between' if several else 'one number'}, as in {name}={shown}",
            received=text,
        )
    return values if several else values[0]
