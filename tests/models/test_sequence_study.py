"""The study of a small sequence file, from the file to the report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.datasets.fleet import Role
from models.errors import FleetError, StudyError
from models.evaluation.opening import open_study
from models.evaluation.request import Request
from models.networks.sasrec import SasRec
from models.sequences.audience import AudiencePlan, gather_users
from models.sequences.bases import Course, fit_base
from models.sequences.desk import Desk, DeskPlan
from models.sequences.methods import METHODS
from models.sequences.sequence_study import SequenceStudy
from models.sequences.split import UserSplit

USERS, ITEMS = 72, 130


def shop(folder: Path) -> Path:
    """Users who walk through the items in steps of their own."""
    chance = np.random.default_rng(0)
    lines = []
    for user in range(USERS):
        start, step = user * ITEMS // USERS, 1 + user % 3
        items = (start + step * np.arange(chance.integers(5, 9))) % ITEMS + 1
        lines.append(" ".join(map(str, [user, *items])))
    path = folder / "shop.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Users in all roles before an untrained network; the device's arithmetic is that of the float network here."""
    from models.sequences.amazon import load_sequences

    data = load_sequences(shop(tmp_path_factory.mktemp("shop")))
    torch.manual_seed(0)
    network = SasRec(data.items, length=6, width=8, heads=2, inner=8).eval()
    for parameter in network.parameters():
        parameter.requires_grad = False

    def embed(
        inputs: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.asarray(network.embed(torch.from_numpy(inputs).long()).numpy(), np.float32)

    own = {role: [data.users[i] for i in which] for role, which in UserSplit().roles(len(data.users)).items()}
    plan = AudiencePlan(steps=4, lessons=2, negatives=9)
    audiences = [
        gather_users(network, embed, own[role], plan, 7, in_field=role is Role.FIELD)
        for role in (Role.FACTORY, Role.FIELD, Role.VALIDATION, Role.HELD_OUT)
    ]
    return Desk(network, network.table, *audiences, seed=0, plan=DeskPlan(clips=(0.05, 0.1), minimum=4).scaled(0.02))


@pytest.mark.parametrize("name", METHODS)
def test_a_method_keeps_within_its_clip(desk: Desk, name: str) -> None:
    """Every method gives each user a finite head; what can be sent lies within T of a row of its table."""
    edited = METHODS[name].run(desk)
    assert edited.heads.shape == (desk.devices.users, desk.base.numel())
    assert bool(edited.heads.isfinite().all())
    assert bool((edited.deltas.abs() <= edited.clip).all())
    if METHODS[name].sendable:
        assert bool(edited.clip.isfinite().all())
        assert len(edited.edits(desk.head.layout, b"base" * 2)) == desk.devices.users


def test_a_lesson_is_never_in_its_own_context(desk: Desk) -> None:
    """Held-out users learn nothing about the item that they are scored on, and see no step behind a lesson."""
    lessons, scored = desk.devices.lessons, desk.devices.scored
    right = lessons.candidates[:, :, 0][lessons.steps > 0]
    assert len(right)
    assert not bool((lessons.candidates[:, :, 0] == scored.candidates[:, :, 0]).logical_and(lessons.steps > 0).any())
    assert bool((lessons.steps < desk.devices.lengths[:, None]).all())
    assert bool((desk.in_field.lessons.steps[:, 0] == desk.in_field.lengths).all())


def test_a_base_is_taken_from_its_folder(tmp_path: Path) -> None:
    """The second training finds the first one; a damaged file is trained anew."""
    chance = np.random.default_rng(0)
    users = [chance.permutation(ITEMS)[:6] + 1 for _ in range(20)]
    course = Course(users, users, ITEMS)
    first = fit_base("sasrec", course, 0, tmp_path)
    told: list[int] = []
    again = fit_base("sasrec", course, 0, tmp_path, lambda _stage, done, _total: told.append(done))
    assert not told
    assert torch.equal(first.network.table, again.network.table)
    (kept,) = tmp_path.glob("*.safetensors")
    kept.write_bytes(b"nothing")
    fit_base("sasrec", course, 0, tmp_path, lambda _stage, done, _total: told.append(done))
    assert told


def test_the_study_of_a_file_is_a_table(tmp_path: Path) -> None:
    """Anchor and editors come out with the base first, on the device and in float, beside the published figures."""
    request = Request(str(shop(tmp_path)), editors=("extra-budget", "persona", "alignment"), seeds=1, budget=0.01)
    study = open_study(request)
    assert isinstance(study, SequenceStudy)
    report = study.report([piece.run() for piece in study.pieces()])
    rows = report.values["rows"]
    assert [row["method"] for row in rows] == ["base", "extra-budget", "persona", "alignment"]
    assert all(0 <= row["ndcg@5_device"] <= 1 and row["devices"] == rows[0]["devices"] for row in rows)
    assert rows[0]["gain"] == 0
    assert abs(rows[0]["auc_device"] - rows[0]["auc_float"]) < 0.1
    assert "0.3022" in report.text
    assert "unpublished data" in report.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"network": "sasrek"}, "sasrec"), ({"editors": ("persna",)}, "persona"), ({"sweep": "clip"}, "no sweep")],
)
def test_a_request_that_makes_no_sense_is_refused(tmp_path: Path, asked: dict[str, object], said: str) -> None:
    """Unknown models and editors are answered with the nearest names before anything is computed."""
    with pytest.raises(StudyError, match=said):
        open_study(Request(str(shop(tmp_path)), **asked))  # type: ignore[arg-type]


def test_a_known_set_needs_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PERSONA_DATA the error says what to set."""
    monkeypatch.delenv("PERSONA_DATA", raising=False)
    with pytest.raises(FleetError, match="PERSONA_DATA"):
        open_study(Request("beauty"))
