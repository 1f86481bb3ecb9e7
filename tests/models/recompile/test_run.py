"""All users of a store on a new base: each once, whatever happens on the way."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from models.recompile.engines.engine import Chunk, Done, Job
from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, Row, recompile_all
from models.recompile.tally import Tally
from models.store.errors import StoreBusyError, StoreError
from models.store.records import Verdict
from models.store.store import Store, open_store
from models.store.verify import verify
from tests.models.recompile.filled import add_old_edits, by_user, fill
from toolchain.bundle import Bundle

USERS = 40
HERE = Local(1)


@pytest.fixture(scope="module")
def filled(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that nobody recompiled from yet."""
    path = tmp_path_factory.mktemp("filled") / "store.db"
    fill(path, small_bundle, USERS)
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    """A copy of it."""
    with open_store(shutil.copy(filled, tmp_path / "store.db")) as opened:
        yield opened


def run(store: Store, bundle: Bundle, order: Order | None = None, users: list[str] | None = None) -> list[Row]:
    """All rows, computed in this process."""
    return list(recompile_all(store, Request(bundle, order or Order(), users), HERE))


class Forbidden:
    """An engine that must not be needed."""

    cores = 1

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Generator[Done, None, None]:
        """Fail."""
        raise AssertionError((job, chunks))
        yield []


def test_every_user_is_there_once(store: Store, small_bundle: Bundle) -> None:
    """With an edit that is worth something, its row in the store, and progress up to the end."""
    told: list[tuple[int, int]] = []
    tally = Tally()
    rows = list(
        recompile_all(store, Request(small_bundle, Order()), HERE, lambda _, done, total: told.append((done, total)))
    )
    for row in rows:
        tally.add(row)
        assert row.fresh
        assert [row.outcome] == store.recompilations(row.device.id)
    assert [device.name for device in store.devices()] == [row.device.name for row in by_user(rows)]
    assert [(done, USERS) for done in range(USERS + 1)] == told
    assert tally.to_json()["accuracy_edited"] > tally.to_json()["accuracy_unedited"]
    assert not verify(store)


def test_started_again_nothing_is_computed(store: Store, small_bundle: Bundle) -> None:
    """The engine is not even started, and every row is the one that is in the store."""
    first = run(store, small_bundle)
    again = list(recompile_all(store, Request(small_bundle, Order()), Forbidden()))
    assert by_user(first) == by_user(again)
    assert {row.outcome for row in first} == {row.outcome for row in again}
    assert not any(row.fresh for row in again)


@pytest.mark.parametrize(
    "order", [Order("lora"), Order(examples=5), Order(tolerance=0.5), Order(durable=True), Order(fleet_key=bytes(32))]
)
def test_another_order_is_other_work(store: Store, small_bundle: Bundle, order: Order) -> None:
    """Done beside what is there, and once."""
    names = ["user-000", "user-001"]
    run(store, small_bundle, users=names)
    assert all(row.fresh for row in run(store, small_bundle, order, names))
    assert not any(row.fresh for row in run(store, small_bundle, order, names))
    assert [2, 2] == [len(store.recompilations(store.device(name).id)) for name in names]


def test_more_examples_are_other_work(store: Store, small_bundle: Bundle) -> None:
    """Only the user who has them is done again."""
    run(store, small_bundle)
    windows = store.training(store.device("user-005").id).windows[:1] + 1
    store.add_examples("user-005", windows, store.training(store.device("user-005").id).labels[:1])
    assert ["user-005"] == [row.device.name for row in run(store, small_bundle) if row.fresh]


@pytest.mark.parametrize(
    ("after", "error"), [(0, RuntimeError), (1, KeyboardInterrupt), (16, RuntimeError), (39, KeyboardInterrupt)]
)
def test_an_interruption_keeps_what_was_recorded(
    store: Store, small_bundle: Bundle, after: int, error: type[BaseException]
) -> None:
    """The next run does only the rest, and all is as if nothing had happened."""
    rows = recompile_all(store, Request(small_bundle, Order()), HERE)
    seen = list(islice(rows, after))
    with pytest.raises(error):
        rows.throw(error)  # type: ignore[attr-defined]  # a generator
    kept = sum(len(store.recompilations(device.id)) for device in store.devices())
    assert after <= kept <= after + 16
    rest = run(store, small_bundle)
    assert USERS - kept == sum(row.fresh for row in rest)
    assert {row.outcome for row in seen} <= {row.outcome for row in rest}
    assert USERS == len(by_user(rest))
    assert not verify(store)


def test_finished_and_missing_users_may_alternate(store: Store, small_bundle: Bundle) -> None:
    """Whoever was done before is among the rows all the same, once."""
    done = {f"user-{seed:03}" for seed in range(0, USERS, 3)}
    run(store, small_bundle, users=sorted(done))
    rows = run(store, small_bundle)
    assert done == {row.device.name for row in rows if not row.fresh}
    assert USERS == len(by_user(rows))


def test_users_by_name(store: Store, small_bundle: Bundle) -> None:
    """Only they, each once also where it is named twice."""
    rows = run(store, small_bundle, users=["user-007", "user-003", "user-007"])
    assert ["user-003", "user-007"] == [row.device.name for row in by_user(rows)]


def test_an_unknown_name_is_one_clear_error(store: Store, small_bundle: Bundle) -> None:
    """The nearest is named, and nothing was begun."""
    with pytest.raises(StoreError, match="no device 'usr-007'") as caught:
        run(store, small_bundle, users=["user-003", "usr-007"])
    assert "user-007" in str(caught.value)
    assert not store.bases()


def test_two_runs_at_once(store: Store, small_bundle: Bundle) -> None:
    """The second is refused, the first goes on."""
    first = recompile_all(store, Request(small_bundle, Order()), HERE)
    seen = [next(first)]
    with open_store(store.place) as other, pytest.raises(StoreBusyError, match="somebody else works on"):
        run(other, small_bundle)
    assert USERS == len(by_user([*seen, *first]))
    assert USERS == len(run(store, small_bundle))


def test_the_old_edit_is_tried_and_refused(store: Store, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """Its score is the bar for the new one, and users without one have nothing to compare."""
    add_old_edits(store, other_bundle, ["user-000"])
    add_old_edits(store, other_bundle, ["user-001"], after=1.0)
    low, high, none = by_user(run(store, small_bundle, Order(tolerance=0), ["user-000", "user-001", "user-002"]))
    for row in (low, high):
        assert row.outcome.transport is not None
        assert "another base" in row.outcome.transport
        assert row.outcome.old_edit == store.edits(row.device.id)[0].id
        assert row.recovered is not None
    assert (0.1, 1.0, None) == (low.outcome.reference, high.outcome.reference, none.outcome.reference)
    assert high.outcome.verdict is Verdict.WORSE
    assert none.outcome.transport is None
    assert not verify(store)


def test_back_and_forth_is_other_work_each_time(store: Store, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """What was made for one base is the old edit on the other."""
    there = run(store, small_bundle, users=["user-000"])[0]
    back = run(store, other_bundle, users=["user-000"])[0]
    assert there.outcome.edit == back.outcome.old_edit
    assert (there.outcome.before, there.outcome.after) == (back.old_before, back.old_after)
