"""The two bases: one of all users for the anchor, one of the factory users for the editors; both kept in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import safetensors.torch as tensors
from safetensors import SafetensorError, safe_open

from models.errors import NetworkError
from models.networks.din import Din
from models.networks.gru4rec import Gru4Rec
from models.networks.ranker import Ranker
from models.networks.sasrec import SasRec
from models.reproducible import reproducible
from models.sequences.candidates import draw_candidates
from models.sequences.training import RankerPlan, Ranking, Windows, as_module, fit_ranker, windows_of
from toolchain.digest import fingerprint
from toolchain.progress import Progress, silent

Items = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RankerRecipe:
    """A network (`make` of items and `config`) and the budget of its base."""

    make: Callable[..., Ranker]
    config: dict[str, Any]
    plan: RankerPlan = field(default_factory=RankerPlan)


RECIPES: Final[dict[str, RankerRecipe]] = {
    SasRec.NAME: RankerRecipe(SasRec, {"width": 32, "length": 20, "dropout": 0.3}, RankerPlan(rate=3e-3)),
    Gru4Rec.NAME: RankerRecipe(Gru4Rec, {"width": 32, "length": 10, "dropout": 0.3}, RankerPlan(rate=3e-3)),
    Din.NAME: RankerRecipe(Din, {"width": 32, "length": 10, "dropout": 0.3}, RankerPlan(rate=3e-3, negatives=64)),
}


def recipe(model: str) -> RankerRecipe:
    """The recipe of a model.

    Raises:
        NetworkError: there is none with this name.
    """
    if model not in RECIPES:
        raise NetworkError(f"no recommender is called {model!r}", expected=", ".join(RECIPES), received=model)
    return RECIPES[model]


@dataclass(frozen=True, eq=False)
class Base:
    """A trained network in eval mode, and how its training went."""

    network: Ranker
    report: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Course:
    """What a base is trained on: sequences, and users whose last item chooses the epoch."""

    train: Sequence[Items]
    choose: Sequence[Items]
    items: int


def fit_base(model: str, course: Course, seed: int, folder: Path | None = None, progress: Progress = silent) -> Base:
    """Train a base, or take it from `folder` where the same one was trained before."""
    made = recipe(model)
    with reproducible(seed):
        network = made.make(course.items, **made.config)
        kept = None if folder is None else folder / f"{model}-{_key(made, course, seed)}"
        if kept is not None and (found := _load(network, kept)) is not None:
            return found
        report: dict[str, Any] = fit_ranker(network, *lessons(course, network.length), made.plan, progress)
    base = Base(network, report)
    if kept is not None:
        _save(base, kept)
    return base


def lessons(course: Course, length: int) -> tuple[Windows, Windows, Ranking]:
    """Windows, the items that came next, and the ranking that chooses the epoch."""
    windows = windows_of([items[:-1] for items in course.train], length)
    targets = windows_of([items[1:] for items in course.train], length)
    last = np.array([items[-1] for items in course.choose])
    ranking = Ranking(
        windows_of([items[:-1] for items in course.choose], length),
        draw_candidates(last, course.choose, course.items, seed=1),
    )
    return windows, targets, ranking


def _key(made: RankerRecipe, course: Course, seed: int) -> str:
    about = [made.config, asdict(made.plan), course.items, seed]
    content = [json.dumps(about).encode(), *(items.tobytes() for items in (*course.train, *course.choose))]
    return fingerprint(*content).hex()


def _save(base: Base, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.contiguous() for name, value in as_module(base.network).state_dict().items()}
    tensors.save_file(state, kept.with_suffix(".part"), {"report": json.dumps(base.report)})
    kept.with_suffix(".part").replace(kept.with_suffix(".safetensors"))


def _load(network: Ranker, kept: Path) -> Base | None:
    """The base as it was saved; None if it was not, or cannot be read."""
    path, module = kept.with_suffix(".safetensors"), as_module(network)
    try:
        with safe_open(path, "pt") as file:
            report = json.loads(file.metadata()["report"])
            module.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118  # no mapping
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError):
        return None
    module.eval()
    for parameter in module.parameters():
        parameter.requires_grad = False
    return Base(network, report)
