"""A forgotten device is gone: from every table, from every byte of the file, whenever the power went out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models.store import forgetting
from models.store.errors import StoreBusyError, StoreError
from models.store.forgetting import Proof, finish_forgettings, forget, require
from models.store.needles import found_in, pieces, unexplained
from models.store.removal import TABLES
from models.store.store import Store, open_store
from models.store.traces import Search, traces_of
from models.store.verify import verify
from tests.models.store.material import add_device, edit_bytes, whole_device, windows_of
from toolchain.bundle import Bundle

LONG = 3000
"""Floats of a window that takes several pages."""


def test_nothing_is_left_in_any_table(store: Store, small_bundle: Bundle) -> None:
    """All rows of the device are gone, all of the other are there, and the store is whole."""
    whole_device(store, small_bundle, "user-1", 1)
    other = whole_device(store, small_bundle, "user-2", 2)
    before = store.training(other).digests
    proof = forget(store, "user-1")
    assert proof.holds
    assert {"devices": 1, "examples": 12, "evaluation_members": 6, "evaluation_sets": 1, "edits": 2} == {
        table: proof.deleted[table]
        for table in ("devices", "examples", "evaluation_members", "evaluation_sets", "edits")
    }
    assert (2, 1) == (proof.deleted["recompilations"], proof.deleted["deployments"])
    assert dict.fromkeys(TABLES, 0) == dict(proof.left)
    assert before == store.training(other).digests
    assert (2, 1) == (len(store.edits(other)), len(store.deployments(other)))
    assert () == verify(store)


@pytest.mark.parametrize("key", [None, bytes(range(32))])
def test_nothing_is_left_in_the_file(tmp_path: Path, small_bundle: Bundle, key: bytes | None) -> None:
    """Before, every needle is found; afterwards none, also of windows that take several pages."""
    path = tmp_path / "store.db"
    windows = np.random.default_rng(1).normal(size=(20, LONG)).astype(np.float32)
    with open_store(path, key=key, create=True) as store:
        device = store.add_examples("anna-bell", windows, np.arange(20) % 2).device
        store.freeze(device)
        whole_device(store, small_bundle, "user-2", 2)
        with store.reading() as connection:
            traces = traces_of(connection, "anna-bell")
        files = [path, path.with_name("store.db-wal")]
        before = {needle for each in files if each.exists() for needle in found_in(each, traces.needles)}
        assert len(before) > 0.9 * len(traces.needles) > 300
        proof = forget(store, "anna-bell")
        require(proof)
    assert proof.search is not None
    assert (len(traces.needles) + 1, 0, 0) == (proof.search.searched, proof.search.found, proof.search.shared)
    assert path.stat().st_size <= proof.search.bytes
    content = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"anna-bell" not in content
    assert not [window for window in windows if window.tobytes()[:64] in content]


def test_a_window_of_two_devices_stays(store: Store) -> None:
    """It is the other's as well: reported as shared, no needle."""
    for name in ("user-a", "user-b"):
        store.add_examples(name, *windows_of(1, 4))
    proof = forget(store, "user-a")
    assert proof.holds
    assert 4 == len(store.training(store.device("user-b").id))
    if proof.search is not None:
        assert proof.search.shared == 4


def test_a_name_within_another_name_is_told(store: Store) -> None:
    """`user-1` is a part of `user-12`, which stays: that explains those bytes, and is said."""
    for name in ("user-1", "user-12", "my user-1"):
        add_device(store, name, len(name))
    proof = forget(store, "user-1")
    assert proof.holds
    assert ["user-12", "my user-1"] == [device.name for device in store.devices()]
    if proof.search is not None:
        assert 1 == proof.search.shared


def test_what_is_left_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the VACUUM and with pages that are not wiped, the search finds what is there: it is no formality."""
    monkeypatch.setattr(forgetting, "_rewrite", lambda _: None)
    monkeypatch.setattr("models.store.opening._PRAGMAS", ("PRAGMA foreign_keys = ON", "PRAGMA secure_delete = OFF"))
    with open_store(tmp_path / "store.db", create=True) as store:
        add_device(store, "anna-bell", count=60)
        proof = forget(store, "anna-bell")
    assert not proof.holds
    with pytest.raises(StoreError, match="something of anna-bell is still there"):
        require(proof)


def test_a_forgotten_name_may_come_again(store: Store) -> None:
    """As another device, with another number."""
    first = add_device(store)
    forget(store, "user-1")
    with pytest.raises(StoreError, match="knows no device 'user-1'"):
        forget(store, "user-1")
    assert first != add_device(store)


def test_what_is_done_allows_no_deletion(store: Store) -> None:
    """The tombstone opens the guards for its device, and only until it is done."""
    number = add_device(store)
    other = add_device(store, "user-2", 2)
    forget(store, "user-1")
    for device in (number, other):
        with store.writing() as connection:
            count = connection.execute(
                text("SELECT COUNT(*) FROM examples WHERE device = :device"), {"device": device}
            ).scalar_one()
        assert count == (0 if device == number else 12)
    with pytest.raises(StoreError, match="refuses to change"), store.writing() as connection:
        connection.execute(text("DELETE FROM evaluation_members"))


class PowerCutError(Exception):
    """Nothing after this happens."""


def cut(*_: object) -> None:
    """No power."""
    raise PowerCutError


def interrupt(store: Store, step: str) -> None:
    """Forget user-1, and at this step the power goes out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"models.store.forgetting.{step}", cut)
        with pytest.raises(PowerCutError):
            forget(store, "user-1")


STEPS = ("removal.remove", "_rewrite", "removal.done", "_empty_log")


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_forgetting_is_finished(store: Store, small_bundle: Bundle, step: str) -> None:
    """Whichever step was the last: opened again, no row is left; the next forget of the name finishes and proves it."""
    number = whole_device(store, small_bundle)
    add_device(store, "user-2", 2)
    interrupt(store, step)
    with open_store(store.place) as again:
        assert ["user-2"] == [device.name for device in again.devices()]
        assert 0 == len(again.edits(number))
        unfinished = [finding for finding in verify(again) if "was not finished" in str(finding)]
        assert (0 if store.path is None and step == "_empty_log" else 1) == len(unfinished)
        if unfinished:
            proof = forget(again, "user-1")
            assert proof.holds
            assert proof.resumed
        assert () == verify(again)


def test_verify_may_finish_it(store: Store) -> None:
    """`finish_forgettings` does what is missing, and nothing where nothing is."""
    add_device(store)
    interrupt(store, "_rewrite")
    assert [1, 0] == [finish_forgettings(store), finish_forgettings(store)]
    assert () == verify(store)


def test_nobody_forgets_while_somebody_recompiles(store: Store) -> None:
    """The device stays whole."""
    device = add_device(store)
    with store.exclusive("recompile"), pytest.raises(StoreBusyError):
        forget(store, "user-1")
    assert 6 == len(store.training(device))


def test_a_proof_is_of_tables_and_bytes() -> None:
    """Either alone is none."""
    for left, found, expected in (({"edits": 0}, 0, True), ({"edits": 1}, 0, False), ({"edits": 0}, 1, False)):
        assert expected is Proof("x", {}, left, Search(100, 5, found, 0)).holds


NEEDLES = st.lists(st.binary(min_size=8, max_size=40), max_size=12)


@settings(max_examples=50, deadline=None)
@given(NEEDLES, st.binary(max_size=300), st.integers(16, 400))
def test_every_needle_is_found_wherever_it_lies(
    tmp_path_factory: pytest.TempPathFactory, needles: list[bytes], noise: bytes, block: int
) -> None:
    """Across blocks, at the ends, one in another: as `in` says, one by one."""
    path = tmp_path_factory.getbasetemp() / "haystack"
    content = noise.join(needles[::2]) + noise
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.store.needles._BLOCK", block)
        assert {needle for needle in needles if needle in content} == found_in(path, needles)


def test_pieces_are_of_a_content_and_of_no_pattern() -> None:
    """Parts of 24 bytes; zeros are nobody's."""
    content = np.random.default_rng(1).bytes(5000)
    assert 10 == len(pieces(content))
    assert all(part in content for part in pieces(content))
    assert set() == pieces(bytes(5000)) == pieces(b"short")


def test_a_word_is_explained_by_what_holds_it(tmp_path: Path) -> None:
    """Each place by itself: a longer word at one explains nothing at another."""
    path = tmp_path / "words"
    path.write_bytes(b"user-1 user-12 xuser-1x")
    assert 3 == unexplained(path, b"user-1", [])
    assert 2 == unexplained(path, b"user-1", [b"user-12"])
    assert 1 == unexplained(path, b"user-1", [b"user-12", b"xuser-1x"])
    path.write_bytes(b"")
    assert 0 == unexplained(path, b"user-1", [])


def test_edits_are_needles(store: Store, small_bundle: Bundle) -> None:
    """What was derived from a user is sought as well."""
    whole_device(store, small_bundle)
    with store.reading() as connection:
        traces = traces_of(connection, "user-1")
    assert pieces(edit_bytes(small_bundle, 0.01)) <= traces.needles
