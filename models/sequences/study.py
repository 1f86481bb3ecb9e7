"""The study of a sequence file: the anchor first, then every editor beside the base and the control.

Both kinds of unit take and give JSON and depend on nothing but their arguments and the file, so that any process may
run them and their results may be kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from models.datasets.fleet import Role
from models.errors import FleetError
from models.networks.network import adaptive_values
from models.reproducible import reproducible
from models.rivals.edited import Edited
from models.sequences.amazon import load_sequences
from models.sequences.audience import Audience, AudiencePlan, gather_users
from models.sequences.bases import Base, Course, fit_base
from models.sequences.desk import Desk, DeskPlan
from models.sequences.device import DeviceRanker, embedding_table
from models.sequences.methods import METHODS
from models.sequences.metrics import ndcg, ranks, summarise
from models.sequences.split import UserSplit
from models.sequences.training import Ranking, score_all, windows_of
from toolchain.progress import Progress, silent

PUBLISHED: Final = {
    "Persona on Amazon Beauty (arXiv 2509.06552; other, unpublished data)": {"auc": 0.7945, "ndcg@5": 0.3022},
    "SASRec on Beauty 5-core (S3-Rec's table)": {"hr@5": 0.3741, "ndcg@5": 0.2848, "hr@10": 0.4696, "ndcg@10": 0.3156},
    "GRU4Rec on Beauty 5-core (S3-Rec's table)": {"ndcg@5": 0.2268},
    "S3-Rec on Beauty 5-core": {"ndcg@5": 0.3407},
}
_FACTORY_SHOWN: Final = 2000
_TEST_SEED: Final = 2


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores float32 [u, 1 + c] of one method, by the float network and by the device."""

    plain: npt.NDArray[np.float32]
    device: npt.NDArray[np.float32]

    def to_json(self) -> dict[str, Any]:
        """The figures of both, and NDCG@5 of each user on the device."""
        own = ndcg(ranks(self.device), 5)
        return {
            "float": dict(summarise(self.plain)),
            "device": dict(summarise(self.device)),
            "ndcg5": [round(float(value), 4) for value in own],
        }


def anchor_unit(
    path: str, model: str, seed: int, folder: str | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """The base of all users, leave-last-out: the last item is the test, the one before chooses the epoch.

    Raises:
        FleetError: the file cannot be read.
        NetworkError: there is no such model.
    """
    start, data = time.perf_counter(), load_sequences(Path(path))
    course = Course([items[:-2] for items in data.users], [items[:-1] for items in data.users], data.items)
    base = fit_base(model, course, seed, None if folder is None else Path(folder), progress)
    trained = time.perf_counter()
    device = DeviceRanker.build(base.network, _calibration(base, course.train, seed))
    plan = AudiencePlan(steps=1, lessons=1, negatives=1)
    test = gather_users(base.network, device.embed, data.users, plan, _TEST_SEED, in_field=False)
    scored = Scored(_plain(base, data.users, test), device.scores(test))
    progress("device", 1, 1)
    return {
        "kind": "anchor",
        "data": data.to_json(),
        "model": _described(base, device),
        "seed": seed,
        "training": {**base.report, "seconds": round(trained - start, 1)},
        "test": scored.to_json(),
    }


def editors_unit(  # noqa: PLR0913, PLR0917  # one unit of a study, by everything that fixes it
    path: str,
    model: str,
    fold: int,
    folds: int,
    seed: int,
    editors: Sequence[str] = tuple(METHODS),
    folder: str | None = None,
    budget: float = 1.0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Editors on users that neither the base nor they have seen: one fold, one seed.

    `folder` keeps trained bases; `budget` scales the steps of everything that is trained on top of them.

    Raises:
        FleetError: the file cannot be read, or a name is no method.
        NetworkError: there is no such model.
    """
    chosen, data = _methods(editors), load_sequences(Path(path))
    split = UserSplit(fold, folds, seed)
    roles = split.roles(len(data.users))
    own = {role: [data.users[i] for i in which] for role, which in roles.items()}
    course = Course(own[Role.FACTORY], own[Role.VALIDATION], data.items)
    base = fit_base(model, course, seed, None if folder is None else Path(folder), progress)
    device = DeviceRanker.build(base.network, _calibration(base, own[Role.FACTORY], seed))
    desk = _desk(base, device, own, seed, DeskPlan().scaled(budget))
    plain = _plain_audience(base, own[Role.HELD_OUT], desk)
    rows: dict[str, Any] = {}
    for done, name in enumerate(chosen):
        progress("editors", done, len(chosen))
        rows[name] = _row(name, desk, plain, device)
    progress("editors", len(chosen), len(chosen))
    return {
        "kind": "editors",
        "data": data.to_json(),
        "model": _described(base, device),
        "split": split.to_json(),
        "users": {role.value: len(users) for role, users in own.items()},
        "training": base.report,
        "steps": desk.plan.steps,
        "held_out": roles[Role.HELD_OUT].tolist(),
        "methods": rows,
    }


def _methods(editors: Sequence[str]) -> list[str]:
    """The base first, then `editors` in their order."""
    unknown = [name for name in editors if name not in METHODS]
    if unknown:
        raise FleetError(
            f"sequences know no editor {', '.join(unknown)}",
            expected=", ".join(METHODS),
            received=", ".join(editors),
            remedy="these rank items; closed forms for classes do not apply",
        )
    return list(dict.fromkeys(["base", *editors]))


def _row(name: str, desk: Desk, plain: Audience, device: DeviceRanker) -> dict[str, Any]:
    method, start = METHODS[name], time.perf_counter()
    with reproducible(desk.seed):
        edited: Edited = method.run(desk)
    seconds = time.perf_counter() - start
    clip = float(edited.clip.max())
    table = desk.network.table
    scores = Desk(desk.network, table, desk.factory, desk.in_field, desk.validation, plain, desk.seed).scored(
        plain, edited.heads
    )
    scored = Scored(scores.numpy(), device.scores(desk.devices, edited.heads.numpy()))
    return {
        **scored.to_json(),
        "labelled": method.labelled,
        "backpropagation": method.backpropagation,
        "sendable": method.sendable,
        "about": method.about,
        "clip": clip if np.isfinite(clip) else None,
        "norm": float(edited.deltas.norm(dim=1).mean()),
        "seconds": round(seconds, 2),
        "parameters": int(desk.base.numel()),
        "bytes": 4 * int(desk.base.numel()),
    }


def _desk(
    base: Base, device: DeviceRanker, own: Mapping[Role, Sequence[npt.NDArray[np.int64]]], seed: int, budgets: DeskPlan
) -> Desk:
    """All audiences through the device's int8 shared layers."""
    pairwise = base.network.input_shape[0] > base.network.length
    plan = AudiencePlan(lessons=2, negatives=24) if pairwise else AudiencePlan()
    least = AudiencePlan(plan.steps, lessons=1, negatives=1)

    def gather(role: Role, chosen: AudiencePlan) -> Audience:
        users = own[role][:_FACTORY_SHOWN] if role is Role.FACTORY else own[role]
        number = list(Role).index(role)
        return gather_users(
            base.network, device.embed, users, chosen, 1000 * (seed + 1) + 100 * number, in_field=role is Role.FIELD
        )

    return Desk(
        base.network,
        torch.from_numpy(device.table),
        gather(Role.FACTORY, least),
        gather(Role.FIELD, plan),
        gather(Role.VALIDATION, plan),
        gather(Role.HELD_OUT, plan),
        seed,
        budgets,
    )


def _plain_audience(base: Base, users: Sequence[npt.NDArray[np.int64]], desk: Desk) -> Audience:
    """The held-out users as the float network sees them, with the candidates that the device has."""
    number = list(Role).index(Role.HELD_OUT)
    plan = AudiencePlan(steps=1, lessons=1, negatives=1)
    return gather_users(
        base.network,
        lambda x: _float_embed(base, x),
        users,
        plan,
        1000 * (desk.seed + 1) + 100 * number,
        in_field=False,
    )


def _float_embed(base: Base, inputs: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    with torch.no_grad():
        parts = [base.network.embed(part.long()) for part in torch.split(torch.from_numpy(inputs), 4096)]
    return np.asarray(torch.cat(parts).numpy(), np.float32)


def _plain(base: Base, users: Sequence[npt.NDArray[np.int64]], test: Audience) -> npt.NDArray[np.float32]:
    """Scores of the float network for the candidates of `test`."""
    windows = windows_of([items[:-1] for items in users], base.network.length)
    return score_all(base.network, Ranking(windows, test.scored.candidates[:, 0].numpy()))


def _calibration(base: Base, users: Sequence[npt.NDArray[np.int64]], seed: int) -> npt.NDArray[np.int32]:
    """Inputs int32 [n, *input] of random users, as a device sees them."""
    chosen = np.random.default_rng(seed).permutation(len(users))[:512]
    network, own = base.network, [users[i] for i in chosen]
    if network.input_shape[0] == network.length:
        return windows_of(own, network.length).astype(np.int32)
    candidates = np.random.default_rng(seed + 1).integers(1, network.items + 1, len(own))
    return np.column_stack([windows_of(own, network.length), candidates]).astype(np.int32)


def _described(base: Base, device: DeviceRanker) -> dict[str, Any]:
    table, network = embedding_table(device.compiled), base.network
    return {
        "name": network.name,
        "config": network.config(),
        "adaptive": sum(value.size for value in adaptive_values(network).values()),
        "table_bytes": table.nbytes,
    }
