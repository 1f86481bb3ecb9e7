"""`verify` finds whatever somebody did to a store behind its back, and nothing in a whole one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from models.store.errors import StoreError
from models.store.ledger import Brought
from models.store.store import Store, open_store
from models.store.verify import verify
from tests.models.store.material import FLEET_KEY, HARDWARE, add_device, edit_bytes, whole_device
from toolchain.bundle import Bundle


def told(store: Store, fleet_key: bytes | None = None) -> str:
    """All findings as text."""
    return "\n".join(map(str, verify(store, fleet_key)))


def behind_its_back(path: Path, *statements: str) -> None:
    """Change the file as somebody would who wants to: without guards, which are there again afterwards."""
    with closing(sqlite3.connect(path)) as connection, connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in made:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, again in made:
            connection.execute(again)


def test_a_whole_store_has_no_finding(store: Store, small_bundle: Bundle) -> None:
    """With rows in every table, and with one device that has nothing yet."""
    whole_device(store, small_bundle)
    add_device(store, "user-2", 2, freeze=False)
    assert "" == told(store)
    assert "" == told(store, FLEET_KEY)


def test_an_encrypted_store_is_verified_with_its_key(place: str, small_bundle: Bundle) -> None:
    """Every example is opened."""
    with open_store(place, key=bytes(32), create=True) as store:
        whole_device(store, small_bundle)
        assert "" == told(store)


@pytest.fixture
def path(tmp_path: Path, small_bundle: Bundle) -> Path:
    """A closed SQLite store with two devices and a row in every table."""
    path = tmp_path / "store.db"
    with open_store(path, create=True) as store:
        for seed in (1, 2):
            whole_device(store, small_bundle, f"user-{seed}", seed)
    return path


CHANGES = {
    "not what was stored": "UPDATE examples SET content = x'00' WHERE id = 1",
    "user-1: example 1 has another rank": "UPDATE examples SET rank = rank + 1 WHERE id = 1",
    "is not what was frozen": (
        "DELETE FROM evaluation_members WHERE example IN (SELECT MIN(example) FROM evaluation_members)"
    ),
    "no set says so": "DELETE FROM evaluation_sets WHERE device = 1",
    "are no whole examples of it": "UPDATE evaluation_members SET device = 3 - device",
    "edit 1 is none": "UPDATE edits SET packed = x'0102' WHERE id = 1",
    "is not signed": "UPDATE edits SET signed = 1 WHERE id = 1",
    "edit 1 has a score outside 0 to 1: 1.5": "UPDATE edits SET after = 1.5 WHERE id = 1",
    "has an edit of another device or base": "UPDATE recompilations SET edit = 3 WHERE id = 1",
    "replaces an edit of another device": "UPDATE recompilations SET old_edit = 3 WHERE id = 2",
    "does not go with its edit": "UPDATE recompilations SET verdict = 'impossible' WHERE id = 1",
    "its edit says something else": "UPDATE edits SET accepted = 0 WHERE id = 1",
    "recompilation 1 has a score": "UPDATE recompilations SET reference = -1 WHERE id = 1",
    "was made for another base": "UPDATE bases SET fingerprint = x'0000000000000000'",
    "refers to a row of edits that is not there": "DELETE FROM edits WHERE id = 1",
    "belong to no device": "DELETE FROM devices WHERE id = 1",
    "that was not finished": "INSERT INTO forgettings VALUES (99, '2026-01-01 00:00:00', NULL, 0)",
}


@pytest.mark.parametrize("said", CHANGES)
def test_every_change_is_found(path: Path, said: str) -> None:
    """Each in a line that says with whom, and what."""
    behind_its_back(path, CHANGES[said])
    with open_store(path) as store:
        found = verify(store)
    assert any(said in str(finding) for finding in found), found
    assert all("\n" not in str(finding) for finding in found)


def test_a_guard_that_was_taken_away_is_found(path: Path) -> None:
    """By its name."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER edits_no_update")
    with open_store(path) as store:
        assert "edits_no_update" in told(store)


def test_the_wrong_mac_is_found(store: Store, small_bundle: Bundle) -> None:
    """With the fleet key; without it nobody can tell."""
    device, base = add_device(store, seed=0xA1), store.add_base(small_bundle)
    store.add_edit(Brought(device, base.id, edit_bytes(small_bundle, 0.0, HARDWARE)))
    assert "" == told(store, FLEET_KEY)
    assert "does not have the MAC" in told(store, bytes(32))
    assert "" == told(store)


def require_whole(path: Path) -> None:
    """Open it and verify it."""
    with open_store(path) as store:
        found = told(store)
    if found:
        raise StoreError(found)


def test_a_page_of_noise_is_found(path: Path) -> None:
    """Wherever it lies, there is a finding, or the store does not open."""
    whole = path.read_bytes()
    for start in range(4096, len(whole), 4096):
        path.write_bytes(whole[:start] + bytes([0xA5]) * 4096 + whole[start + 4096 :])
        with pytest.raises(StoreError):
            require_whole(path)


def test_findings_have_an_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that somebody replaced does not fill the screen, nor the memory."""
    monkeypatch.setattr("models.store.verify.MOST", 3)
    with store.writing() as connection:
        for number in range(5):
            connection.execute(
                text("INSERT INTO forgettings (device, asked_at, rows) VALUES (:number, '2026-01-01', 0)"),
                {"number": 100 + number},
            )
    assert 3 == len(verify(store))
