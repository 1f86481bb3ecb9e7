"""Bases, edits, units of work and deployments: kept once, never lost."""

from __future__ import annotations

import pytest

from models.store.errors import StoreError
from models.store.ledger import IMPORTED, Brought
from models.store.records import Verdict
from models.store.store import Store
from tests.models.store.material import HARDWARE, add_device, edit_bytes, outcome
from toolchain.bundle import Bundle
from toolchain.errors import EditError


def test_a_base_is_added_once(store: Store, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """By its fingerprint; the newest is the last that came."""
    first, again, other = (store.add_base(bundle) for bundle in (small_bundle, small_bundle, other_bundle))
    assert first == again
    assert [first, other] == store.bases()
    assert other == store.newest_base()
    assert (small_bundle.base, small_bundle.layout.fingerprint) == (first.fingerprint, first.layout)


def test_a_unit_is_recorded_once(store: Store, small_bundle: Bundle) -> None:
    """In a second run and twice in one list: the first stays, with one edit."""
    device, base = add_device(store), store.add_base(small_bundle)
    unit = outcome(device, base.id, edit_bytes(small_bundle))
    first = store.record_many([unit, unit])
    again = store.record_many([unit])
    assert [first[0], first[0], first[0]] == [*first, *again]
    assert 1 == len(store.edits(device)) == len(store.recompilations(device))
    assert first[0] == store.find(device, base.id, "ridge", unit.data)
    assert store.find(device, base.id, "ridge", b"other") is None


def test_a_list_is_recorded_whole_or_not_at_all(store: Store, small_bundle: Bundle) -> None:
    """One unit of an unknown device, and none of them is there."""
    device, base = add_device(store), store.add_base(small_bundle)
    with pytest.raises(StoreError, match="refuses what contradicts it"):
        store.record_many([outcome(device, base.id, None), outcome(device + 99, base.id, None)])
    assert [] == store.recompilations(device)


def test_what_was_impossible_is_recorded_too(store: Store, small_bundle: Bundle) -> None:
    """Without an edit, with its reason."""
    device, base = add_device(store), store.add_base(small_bundle)
    kept = store.record_many([outcome(device, base.id, None)])[0]
    assert (Verdict.IMPOSSIBLE, None, "for a test") == (kept.verdict, kept.edit, kept.reason)
    assert [] == store.edits(device)


def test_the_current_edit_is_the_newest_accepted_one(store: Store, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """Of any base but the one that is asked about."""
    device = add_device(store)
    old, new = store.add_base(small_bundle), store.add_base(other_bundle)
    assert store.current_edit(device) is None
    store.record_many([outcome(device, old.id, edit_bytes(small_bundle), b"1" * 32)])
    store.record_many([outcome(device, old.id, edit_bytes(small_bundle, 0.01), b"2" * 32)])
    store.record_many([outcome(device, new.id, edit_bytes(other_bundle), b"3" * 32)])
    store.record_many([outcome(device, new.id, None, b"4" * 32)])
    made = [edit.id for edit in store.edits(device)]
    for not_base, expected in ((None, made[2]), (new.id, made[1]), (old.id, made[2])):
        current = store.current_edit(device, not_base=not_base)
        assert current is not None
        assert expected == current.id


def test_an_edit_that_was_brought_is_kept(store: Store, small_bundle: Bundle) -> None:
    """With its bytes and scores; brought again while it is the current one, it stays one row."""
    device, base = add_device(store), store.add_base(small_bundle)
    brought = Brought(device, base.id, edit_bytes(small_bundle, 0.01, HARDWARE), (0.5, 0.75))
    edit = store.add_edit(brought)
    assert (IMPORTED, brought.packed, True, 0.5, 0.75) == (
        edit.method,
        edit.packed,
        edit.signed,
        edit.before,
        edit.after,
    )
    assert edit == store.add_edit(brought)
    other = store.add_edit(Brought(device, base.id, edit_bytes(small_bundle, 0.02)))
    back = store.add_edit(brought)
    assert [edit.id, other.id, back.id] == [kept.id for kept in store.edits(device)]


def test_an_edit_of_another_base_is_not_kept(store: Store, small_bundle: Bundle, other_bundle: Bundle) -> None:
    """Nor what is no edit at all."""
    device, base = add_device(store), store.add_base(small_bundle)
    with pytest.raises(StoreError, match="made for another base"):
        store.add_edit(Brought(device, base.id, edit_bytes(other_bundle)))
    with pytest.raises(EditError):
        store.add_edit(Brought(device, base.id, b"no edit"))
    assert [] == store.edits(device)


def test_a_deployment_is_kept(store: Store, small_bundle: Bundle) -> None:
    """Which edit went where, with which counter, and whether the device confirmed it."""
    device, base = add_device(store), store.add_base(small_bundle)
    edit = store.add_edit(Brought(device, base.id, edit_bytes(small_bundle)))
    store.deploy(edit.id, port="socket://here", hardware=HARDWARE, counter=7, digest=b"12345678", confirmed=True)
    (sent,) = store.deployments(device)
    assert (edit.id, 7, b"12345678", True) == (sent["edit"], sent["counter"], sent["digest"], sent["confirmed"])
    with pytest.raises(StoreError, match="refuses what contradicts it"):
        store.deploy(edit.id + 9, port="", hardware=HARDWARE, counter=1, digest=b"", confirmed=False)
