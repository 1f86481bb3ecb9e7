"""What the compiler asks of a model, whatever it was made with; one module for each kind of model answers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from toolchain.errors import AdaptiveError

Array = npt.NDArray[Any]

_OFFERED: Final = 8


class Source(Protocol):
    """A model that can be converted again and again, with other parameters."""

    @property
    def parameters(self) -> Mapping[str, npt.NDArray[np.float32]]:
        """What can be named as adaptive: parameter name to values in the framework's layout."""

    @property
    def layers(self) -> Mapping[str, Sequence[str]]:
        """Further names: layer to the parameters it stands for."""

    def convert(self, replaced: Mapping[str, Array]) -> bytes:
        """A .tflite file with the values of `replaced` in the place of those parameters.

        Raises:
            ModelError: the model cannot be converted.
        """


def select(source: Source, names: Sequence[str]) -> tuple[str, ...]:
    """The parameters that `names` mean, in the order of `names` and then of the model.

    A name is a parameter (`fc1.weight`), a layer (`fc1`, `blocks.0`), or the end of either where that is unambiguous.

    Raises:
        AdaptiveError: some names are unknown; all are listed, with the nearest known ones.
    """
    found: dict[str, None] = {}
    problems: list[str] = []
    for name in names:
        matches = _matches(source, name)
        if matches:
            found.update(dict.fromkeys(matches))
        else:
            problems.append(f"{name}: {_nearest(source, name)}")
    if problems:
        raise AdaptiveError(
            f"{len(problems)} adaptive name(s) are no layer or parameter of the model",
            expected="a layer's path (fc1), a parameter (fc1.weight) or the name of a float32 tensor in a .tflite file",
            received="\n    " + "\n    ".join(problems),
            remedy="name the layers as the model does",
        )
    return tuple(found)


def _matches(source: Source, name: str) -> list[str]:
    known, wanted = list(source.parameters), name.replace("/", ".").strip(".")
    if name in known:
        return [name]
    if name in source.layers:
        return list(source.layers[name])
    inside = [p for p in known if p.startswith(f"{wanted}.")]
    if inside:
        return inside
    ends = [p for p in known if p.endswith(f".{wanted}")]
    if len(ends) == 1:
        return ends
    layers = {p[: p.index(f".{wanted}.") + len(wanted) + 1] for p in known if f".{wanted}." in p}
    return [p for p in known if p.startswith(f"{next(iter(layers))}.")] if len(layers) == 1 else []


def _nearest(source: Source, name: str) -> str:
    parents = {p.rpartition(".")[0] for p in source.parameters} - {""}
    known = [*source.parameters, *source.layers, *sorted(parents)]
    near = difflib.get_close_matches(name, known, n=_OFFERED, cutoff=0.5)
    if near:
        return f"did you mean {', '.join(near)}?"
    return f"the model has {', '.join(list(source.parameters)[:_OFFERED]) or 'no float32 parameters'}"
