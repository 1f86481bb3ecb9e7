"""A frozen set is chosen once, by a hash or by whoever brings the examples, and then never changes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from models.store.errors import DamagedStoreError, LeakError, StoreError
from models.store.freezing import FREEZE, chosen, rank_of, set_digest
from models.store.store import Store
from tests.models.store.material import Labels, add_device, whole_device, windows_of
from toolchain.bundle import Bundle

LABELS = st.lists(st.integers(-2, 5), min_size=1, max_size=60)
SHARES = st.floats(0.01, 0.99)


def ranks_of(labels: list[int], salt: int) -> list[int]:
    """A rank for each example, as digests would give them."""
    return [rank_of(bytes([salt]), FREEZE, place.to_bytes(4, "big")) for place in range(len(labels))]


@given(LABELS, SHARES, st.integers(0, 255))
def test_each_class_gives_its_share(labels: list[int], share: float, salt: int) -> None:
    """Of n examples of a class the frozen ones are floor(share n); so a single one is left to training."""
    known = np.array(labels, np.int64)
    frozen = chosen(ranks_of(labels, salt), known, share)
    for label in np.unique(known):
        assert int(share * (known == label).sum()) == frozen[known == label].sum()


@given(LABELS, SHARES, st.integers(0, 255), st.randoms())
def test_the_order_of_arrival_chooses_nothing(labels: list[int], share: float, salt: int, chance: object) -> None:
    """The same examples in another order: the same ones are frozen."""
    ranks, order = ranks_of(labels, salt), list(range(len(labels)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    known = np.array(labels, np.int64)
    shuffled = chosen([ranks[place] for place in order], known[order], share)
    np.testing.assert_array_equal(chosen(ranks, known, share)[order], shuffled)


@given(LABELS, st.integers(0, 255))
def test_a_larger_share_holds_the_smaller_one(labels: list[int], salt: int) -> None:
    """Frozen at a fifth is frozen at a half."""
    ranks, known = ranks_of(labels, salt), np.array(labels, np.int64)
    assert not (chosen(ranks, known, 0.2) & ~chosen(ranks, known, 0.5)).any()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20, unique=True), st.randoms())
def test_a_set_is_named_by_what_is_in_it(digests: list[bytes], chance: object) -> None:
    """In whatever order; another label is another set."""
    labels = np.arange(len(digests), dtype=np.int64)
    order = list(range(len(digests)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert set_digest(digests, labels) == set_digest([digests[place] for place in order], labels[order])
    assert set_digest(digests, labels) != set_digest(digests, labels + 1)


def test_half_of_each_class_is_frozen_once(store: Store) -> None:
    """By hash and stratified; a second time is refused, whoever asks."""
    device = add_device(store, count=24, freeze=False)
    assert 12 == store.freeze(device)
    found = store.evaluation(device)
    assert found is not None
    assert [4, 4, 4] == np.bincount(found.examples.labels).tolist()
    assert not set(found.examples.digests) & set(store.training(device).digests)
    with pytest.raises(StoreError, match="frozen already"):
        store.freeze(device, 0.2)


def test_the_choice_is_the_stores(store: Store) -> None:
    """Frozen again from the same examples, the same ones are chosen: it follows from their content."""
    windows, labels = windows_of(1, 20)
    first = store.add_examples("user-1", windows, labels).device
    second = store.add_examples("user-2", windows[::-1], labels[::-1]).device
    store.freeze(first)
    store.freeze(second)
    sets = [store.evaluation(device) for device in (first, second)]
    assert sets[0] is not None
    assert sets[1] is not None
    assert sets[0].digest == sets[1].digest


def test_later_examples_are_training_material(store: Store) -> None:
    """A frozen set does not grow."""
    device = add_device(store)
    before = store.evaluation(device)
    added = store.add_examples("user-1", *windows_of(9, 30))
    after = store.evaluation(device)
    assert before is not None
    assert after is not None
    assert (6, before.digest) == (added.frozen, after.digest)
    assert 36 == len(store.training(device))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_too_few_examples_are_not_divided(store: Store, count: int) -> None:
    """With one example of each class nothing is frozen, and more may come."""
    device = add_device(store, count=count, freeze=False)
    with pytest.raises(StoreError, match="too few examples"):
        store.freeze(device)
    store.add_examples("user-1", *windows_of(2, 12))
    assert store.freeze(device) > 0


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 2.0, float("nan")])
def test_a_share_is_a_part(store: Store, share: float) -> None:
    """Something is frozen and something is left."""
    with pytest.raises(StoreError, match="share"):
        store.freeze(add_device(store, freeze=False), share)


def flagged(store: Store) -> tuple[int, np.ndarray, Labels]:  # type: ignore[type-arg]
    """A device whose last four of twelve examples are frozen by flags."""
    windows, labels = windows_of(1, 12)
    return store.add_examples("user-1", windows, labels, evaluation=np.arange(12) >= 8).device, windows, labels


def test_flags_freeze_the_importers_choice(store: Store) -> None:
    """And the same flags again change nothing."""
    device, windows, labels = flagged(store)
    found = store.evaluation(device)
    assert found is not None
    assert {window.tobytes() for window in windows[8:]} == {window.tobytes() for window in found.examples.windows}
    again = store.add_examples("user-1", windows[4:], labels[4:], evaluation=np.arange(4, 12) >= 8)
    assert (0, 8, 4) == (again.new, again.known, again.frozen)


@pytest.mark.parametrize("flags", [range(7, 12), range(9, 12), range(0)])
def test_other_flags_are_a_leak(store: Store, flags: range) -> None:
    """A training example that is to be frozen, or a frozen one that is to be trained on: neither happens."""
    device, windows, labels = flagged(store)
    with pytest.raises(LeakError, match=r"\(leak\)"):
        store.add_examples("user-1", windows, labels, evaluation=np.isin(np.arange(12), list(flags)))
    found = store.evaluation(device)
    assert found is not None
    assert 4 == len(found.examples)


def test_a_new_example_cannot_join_a_frozen_set(store: Store) -> None:
    """It was chosen once: a further flag is refused, and the example is not stored either."""
    device, _, _ = flagged(store)
    with pytest.raises(LeakError):
        store.add_examples("user-1", *windows_of(5, 2), evaluation=np.array([True, False]))
    assert 8 == len(store.training(device))


def test_one_window_on_both_sides_is_a_leak(store: Store) -> None:
    """Also within one call."""
    windows, labels = windows_of(1, 2)
    twice = np.concatenate([windows, windows])
    with pytest.raises(LeakError):
        store.add_examples("user-1", twice, np.concatenate([labels, labels]), evaluation=np.arange(4) >= 2)


def test_flags_must_fit(store: Store) -> None:
    """One for each example."""
    with pytest.raises(StoreError, match="do not fit"):
        store.add_examples("user-1", *windows_of(1, 4), evaluation=np.zeros(3, np.bool_))


CHANGES = (
    "UPDATE examples SET content = content",
    "UPDATE evaluation_members SET device = device",
    "UPDATE evaluation_sets SET rule = 'mine'",
    "UPDATE edits SET accepted = NOT accepted",
    "UPDATE recompilations SET seconds = 0",
    "UPDATE deployments SET confirmed = NOT confirmed",
    "DELETE FROM deployments",
    "DELETE FROM recompilations",
    "DELETE FROM evaluation_members",
    "DELETE FROM evaluation_sets",
    "DELETE FROM examples",
    "DELETE FROM edits",
)


def everything(connection: Connection) -> list[list[tuple[object, ...]]]:
    """All rows of the tables that never change."""
    tables = sorted({change.split()[1] if change.startswith("UPDATE") else change.split()[2] for change in CHANGES})
    return [sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=repr) for name in tables]  # noqa: S608


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_a_change(store: Store, small_bundle: Bundle, change: str) -> None:
    """Whoever writes the SQL: the statement fails and every row is as it was."""
    whole_device(store, small_bundle)
    with store.reading() as connection:
        before = everything(connection)
    with pytest.raises(StoreError, match="refuses to change what is stored"), store.writing() as connection:
        connection.execute(text(change))
    with store.reading() as connection:
        assert before == everything(connection)


def test_a_frozen_set_takes_no_member(store: Store) -> None:
    """Not even by raw SQL."""
    device = add_device(store)
    with pytest.raises(StoreError, match="takes no further example"), store.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO evaluation_members (example, device) SELECT id, device FROM examples "
                "WHERE device = :device AND id NOT IN (SELECT example FROM evaluation_members)"
            ),
            {"device": device},
        )


REPLACEMENTS = (
    "REPLACE INTO edits SELECT id, device, base, method, packed, signed, 1, 1, accepted, made_by, made_at FROM edits",
    "REPLACE INTO examples SELECT id, device, digest, rank, x'00', made_at FROM examples",
    "REPLACE INTO examples SELECT id + 1000, device, digest, rank, x'00', made_at FROM examples",
    "REPLACE INTO evaluation_sets SELECT device, digest, 'mine', frozen_at FROM evaluation_sets",
)


@pytest.mark.parametrize("change", REPLACEMENTS)
def test_sqlite_refuses_a_replacement(store: Store, small_bundle: Bundle, change: str) -> None:
    """REPLACE deletes a row without its DELETE trigger: it is refused on the way in."""
    if store.path is None:
        pytest.skip("REPLACE is SQLite's; elsewhere the UPDATE trigger sees it")
    whole_device(store, small_bundle)
    with (
        pytest.raises(sqlite3.IntegrityError, match="what is stored does not change"),
        closing(sqlite3.connect(store.path)) as connection,
    ):
        connection.execute(change)


def test_a_set_without_a_member_is_noticed(store: Store) -> None:
    """Somebody who gets round the database's guard is found out by the digest."""
    if store.path is None:
        pytest.skip("the guard is taken away in SQLite's way")
    device = add_device(store)
    with store.writing() as connection:
        connection.execute(text("DROP TRIGGER evaluation_members_no_delete"))
        connection.execute(
            text("DELETE FROM evaluation_members WHERE example = (SELECT MIN(example) FROM evaluation_members)")
        )
    with pytest.raises(DamagedStoreError, match="not what was frozen"):
        store.evaluation(device)
