"""An encrypted store: what a key shuts away stays shut, and nothing opens under another one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from models.store.errors import DamagedStoreError, StoreKeyError
from models.store.store import Store, open_store
from models.store.vault import Plain, Sealed, pack, unpack
from tests.models.store.material import add_device, windows_of

KEY = bytes(range(100, 132))


@pytest.fixture
def sealed(place: str) -> Iterator[Store]:
    """An encrypted store with two devices."""
    with open_store(place, key=KEY, create=True) as opened:
        for seed in (1, 2):
            add_device(opened, f"user-{seed}", seed)
        yield opened


def test_with_the_key_everything_is_there(sealed: Store) -> None:
    """Opened again, windows and frozen set come out as they went in."""
    windows, _ = windows_of(1, 12)
    with open_store(sealed.place, key=KEY) as again:
        device = again.device("user-1").id
        evaluation = again.evaluation(device)
        assert evaluation is not None
        both = np.concatenate([again.training(device).windows, evaluation.examples.windows])
    assert {window.tobytes() for window in windows} == {window.tobytes() for window in both}


@pytest.mark.parametrize(("key", "said"), [(None, "no key"), (bytes(32), "another key")])
def test_without_the_key_it_does_not_open(sealed: Store, key: bytes | None, said: str) -> None:
    """Neither without one nor with another."""
    with pytest.raises(StoreKeyError, match=said), open_store(sealed.place, key=key):
        pass


def test_a_key_for_a_plain_store_is_an_error(store: Store) -> None:
    """Nobody believes that a store is encrypted when it is not."""
    with pytest.raises(StoreKeyError, match="is not encrypted"), open_store(store.place, key=KEY):
        pass


def test_no_byte_of_a_window_can_be_read(tmp_path: Path) -> None:
    """The file holds no window, no part of one, and no digest that follows from it without the key."""
    path = tmp_path / "store.db"
    with open_store(path, key=KEY, create=True) as store:
        add_device(store)
    content = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    for window, label in zip(*windows_of(1, 12), strict=True):
        packed = pack(window, int(label))
        assert packed[8:24] not in content
        assert Plain().digest("[1, 8]", packed[8:]) not in content
    assert b"user-1" in content


def test_equal_labels_do_not_look_equal(sealed: Store) -> None:
    """The same content is sealed under a nonce of its own each time."""
    with sealed.reading() as connection:
        contents = connection.execute(text("SELECT content FROM examples")).scalars().all()
    assert len(contents) == len(set(contents)) == len({bytes(content[:12]) for content in contents})


def test_the_name_of_a_set_takes_the_key() -> None:
    """Its digest covers labels, which are few: without the key nobody can try them all."""
    one, other = Sealed(KEY), Sealed(bytes(32))
    assert len({one.name(b"set"), other.name(b"set"), Plain().name(b"set")}) == 3


def test_ciphertext_moved_to_another_row_does_not_open(sealed: Store) -> None:
    """An example belongs to its device and digest: exchanged by raw SQL it is damage."""
    if sealed.path is None:
        pytest.skip("the guard is taken away in SQLite's way")
    first, second = (sealed.device(name).id for name in ("user-1", "user-2"))
    with closing(sqlite3.connect(sealed.path)) as connection, connection:
        connection.execute("DROP TRIGGER examples_no_update")
        connection.execute(
            "UPDATE examples SET content = (SELECT content FROM examples WHERE device = ? LIMIT 1) WHERE device = ?",
            (second, first),
        )
    with pytest.raises(DamagedStoreError, match="was altered"):
        sealed.training(first)
    assert 6 == len(sealed.training(second))


@pytest.mark.parametrize("content", [b"", b"short", bytes(64)])
def test_whatever_does_not_open_is_one_error(content: bytes) -> None:
    """Also what is too short for a nonce."""
    with pytest.raises(DamagedStoreError, match="was altered"):
        Sealed(KEY).open(b"owner", content)


def test_a_window_is_packed_little_endian() -> None:
    """Label in 8 bytes, then the window's floats; another length is no window."""
    window = np.arange(6, dtype=np.float32).reshape(2, 3)
    packed = pack(window, -2)
    assert (-2).to_bytes(8, "little", signed=True) + window.astype("<f4").tobytes() == packed
    read, label = unpack(packed, (2, 3))
    np.testing.assert_array_equal(window, read)
    assert -2 == label
    with pytest.raises(ValueError, match=r"reshape|buffer"):
        unpack(packed[:-4], (2, 3))
