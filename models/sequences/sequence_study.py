"""What `persona evaluate beauty --model sasrec` asks for: the anchor and the editors as pieces, and their report."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.errors import FleetError, StudyError
from models.evaluation.figures import Figures
from models.evaluation.origin import origin, versions
from models.evaluation.piece import Piece
from models.evaluation.plots import method_plot
from models.evaluation.request import Request
from models.evaluation.selection import pick
from models.evaluation.study import Report
from models.evaluation.table import markdown
from models.networks.sasrec import SasRec
from models.sequences.amazon import Sequences, load_sequences
from models.sequences.bases import RECIPES
from models.sequences.methods import METHODS
from models.sequences.study import PUBLISHED

FILES: Final = {"beauty": "amazon_beauty_5core.txt", "beauty_active": "amazon_beauty_active.txt"}
_FOLDER: Final = "PERSONA_DATA"
_FOLDS: Final = 6
_KEYS: Final = ("ndcg@5", "ndcg@10", "hr@5", "hr@10", "auc", "user_auc")


def is_sequences(dataset: str) -> bool:
    """Whether a data set is one of sequences: by its name, or by the ending of its path."""
    return dataset.replace("-", "_") in FILES or dataset.endswith(".txt")


def sequence_file(dataset: str) -> Path:
    """The file of a data set: a path, or a name with the file in the folder that PERSONA_DATA names.

    Raises:
        FleetError: the variable is not set.
    """
    name = dataset.replace("-", "_")
    if name not in FILES:
        return Path(dataset)
    folder = os.environ.get(_FOLDER)
    if not folder:
        raise FleetError(
            f"nothing says where {FILES[name]} is",
            expected=f"the folder with it in {_FOLDER}",
            received=f"{_FOLDER} is not set",
            remedy=f"set {_FOLDER}, or give the path of the file",
        )
    return Path(folder) / FILES[name]


@dataclass(frozen=True, eq=False)
class SequenceStudy:
    """One anchor a seed, and one unit of editors for each fold and seed.

    A seed deals the users anew. Without `folds` in the request only the first of six folds is scored for each seed: it
    holds thousands of users.
    """

    request: Request
    data: Sequences
    path: Path
    editors: tuple[str, ...]

    @classmethod
    def of(cls, request: Request) -> SequenceStudy:
        """Check a request.

        Raises:
            StudyError: an unknown editor or model, a sweep, or no seeds.
            FleetError: there is no such file, or it cannot be read.
        """
        pick([request.network or SasRec.NAME], RECIPES, "model")
        editors = [method.name for method in pick(["base", *(request.editors or METHODS)], METHODS, "editor")]
        if request.sweep is not None or request.seeds < 1 or request.budget <= 0:
            raise StudyError(
                "sequences cannot be evaluated like this",
                expected="at least one seed, a budget above 0, no sweep",
                received=f"{request.seeds} seeds, budget {request.budget:g}, sweep {request.sweep}",
            )
        path = sequence_file(request.dataset)
        return cls(request, load_sequences(path), path, tuple(editors))

    @property
    def model(self) -> str:
        """The network's name."""
        return self.request.network or SasRec.NAME

    @cached_property
    def _depends(self) -> dict[str, Any]:
        return origin(self.data.digest)

    def pieces(self) -> list[Piece]:
        """The anchors, then the editors."""
        asked, shared = self.request, {"path": str(self.path), "model": self.model}
        stem, runner = f"{self.data.name}-{self.model}", "models.sequences.study"
        seeds = range(asked.seeds)
        anchors = [
            Piece(f"{stem}-anchor-seed{seed}", f"{runner}:anchor_unit", {**shared, "seed": seed}, self._depends)
            for seed in seeds[:1]
        ]
        folds = asked.folds or _FOLDS
        plan = {"folds": folds, "editors": list(self.editors), "budget": asked.budget}
        return anchors + [
            Piece(
                f"{stem}-seed{seed}-fold{fold}",
                f"{runner}:editors_unit",
                {**shared, **plan, "seed": seed, "fold": fold},
                self._depends,
            )
            for seed in seeds
            for fold in range(asked.folds or 1)
        ]

    def report(self, results: Sequence[dict[str, Any]]) -> Report:
        """The anchor beside the published figures, then the table of the editors."""
        anchor = next(result for result in results if result["kind"] == "anchor")
        units = [result for result in results if result["kind"] == "editors"]
        rows = [row_of(units, name) for name in self.editors]
        values = {
            "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
            "versions": versions(),
            "data": self.data.to_json(),
            "model": anchor["model"],
            "seeds": list(range(self.request.seeds)),
            "users": [unit["users"] for unit in units],
            "anchor": {key: anchor[key] for key in ("seed", "training")} | _figures_of(anchor),
            "published": PUBLISHED,
            "rows": rows,
        }
        text = "\n\n".join((_say(values), _anchor_table(values), _editor_table(rows)))
        return Report(text, values, lambda: _plot(self.data.origin.title, rows))


def _figures_of(anchor: Mapping[str, Any]) -> dict[str, Any]:
    return {key: anchor["test"][key] for key in ("float", "device")}


def row_of(units: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """One method over all users of all units; a user's figure is the mean over the units it was scored in."""
    own = [unit["methods"][name] for unit in units]
    figures = Figures.of(_by_user(units, name), _by_user(units, "base"))
    first = own[0]
    return {
        "method": name,
        **{key: first[key] for key in ("about", "labelled", "backpropagation", "sendable", "parameters", "bytes")},
        **{f"{key}_device": float(np.mean([r["device"][key] for r in own])) for key in _KEYS},
        **{f"{key}_float": float(np.mean([r["float"][key] for r in own])) for key in _KEYS},
        **{key: value for key, value in figures.to_json().items() if key not in {"mean", "worst"}},
        "seconds": float(np.mean([r["seconds"] for r in own])),
        "clips": [r["clip"] for r in own],
    }


def _by_user(units: Sequence[Mapping[str, Any]], name: str) -> npt.NDArray[np.float64]:
    found: dict[int, list[float]] = {}
    for unit in units:
        for user, value in zip(unit["held_out"], unit["methods"][name]["ndcg5"], strict=True):
            found.setdefault(user, []).append(value)
    return np.array([np.mean(values) for values in found.values()], np.float64)


def _say(values: Mapping[str, Any]) -> str:
    data, users = values["data"], values["users"][0]
    return (
        f"{data['title']}: {data['users']:,} users, {data['items']:,} items, {data['interactions']:,} interactions; "
        f"{values['model']['name']}, {values['model']['adaptive']:,} adaptive parameters, an embedding table of "
        f"{values['model']['table_bytes']:,} bytes (int8); 1 + 99 candidates. Editors: the base learns on "
        f"{users['factory']:,} users, the editor on {users['field']:,} others, choices are made on "
        f"{users['validation']:,}, {users['held_out']:,} users are scored that nothing has seen; seeds "
        f"{values['seeds'][0]} to {values['seeds'][-1]}. {values['date']}, Python {values['versions']['python']}, "
        f"torch {values['versions']['torch']}; data {data['sha256'][:16]}"
    )


def _anchor_table(values: Mapping[str, Any]) -> str:
    anchor = values["anchor"]
    lines = [
        ("base of all users, leave-last-out, float", anchor["float"]),
        ("the same, the device's int8 arithmetic", anchor["device"]),
        *((f"published: {name}", known) for name, known in values["published"].items()),
    ]
    return markdown(("anchor", *_KEYS), [(name, *_cells(found)) for name, found in lines])


def _cells(found: Mapping[str, float]) -> list[str]:
    return [f"{found[key]:.4f}" if key in found else "-" for key in _KEYS]


def _editor_table(rows: Sequence[Mapping[str, Any]]) -> str:
    head = ("method", "sees labels", "NDCG@5", "float", "gain", "95 % interval", "improved", "worse")
    body = [
        (
            row["method"],
            "yes" if row["labelled"] else "no",
            f"{row['ndcg@5_device']:.4f}",
            f"{row['ndcg@5_float']:.4f}",
            f"{row['gain']:+.4f}",
            f"{row['low']:+.4f} .. {row['high']:+.4f}",
            f"{row['improved']:.0%}",
            f"{row['worse']:.0%}",
            *(f"{row[f'{key}_device']:.4f}" for key in _KEYS[1:]),
        )
        for row in rows
    ]
    return markdown((*head, *_KEYS[1:]), body)


def _plot(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    base = rows[0]["ndcg@5_device"]
    bars = {row["method"]: (row["ndcg@5_device"], base + row["low"], base + row["high"]) for row in rows}
    return method_plot(title, bars, base)
