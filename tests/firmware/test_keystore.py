"""The record that holds a device's id and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.flash_faults import Cut, FlashSizes
from tests.firmware.storage import (
    KEY_BYTES,
    NO_STORAGE,
    OK,
    POWER_LOST,
    PROVISIONED,
    STORAGE_FAILED,
    Storage,
    build_storage,
    record,
)

KEY = bytes(range(KEY_BYTES))
OTHER = bytes(reversed(KEY))


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path) -> Storage:
    """Key store and flash model; tests begin by erasing it."""
    return build_storage(tmp_path_factory.mktemp("storage"), tiny_bundle)


@pytest.mark.property("P17")
def test_a_key_is_stored_once(storage: Storage) -> None:
    """It stays over a reset and cannot be replaced; the journal beside it leaves it alone."""
    storage.erase_all()
    assert storage.load_key() is None
    assert storage.save_key(KEY) == OK
    assert storage.load_key() == KEY
    assert storage.save_key(OTHER) == PROVISIONED
    assert storage.booted() is None
    assert storage.update(record(1)) == OK
    assert storage.load_key() == KEY
    assert storage.violations == 0


@pytest.mark.property("P13", "P14")
@pytest.mark.parametrize("cut", list(Cut))
def test_after_a_cut_the_key_is_there_or_can_be_stored_again(storage: Storage, cut: Cut) -> None:
    """A torn record counts as none."""
    storage.erase_all()
    assert storage.load_key() is None
    assert storage.save_key(KEY) == OK
    for store in range(storage.stores):
        for seed in range(10):
            storage.erase_all()
            assert storage.load_key() is None
            storage.cut(store, cut, seed)
            assert storage.save_key(KEY) == POWER_LOST
            storage.heal()
            if storage.load_key() is None:
                assert storage.save_key(KEY) == OK
            assert storage.load_key() == KEY
            assert storage.violations == 0


@pytest.mark.property("P14")
def test_a_store_that_silently_fails_is_noticed(storage: Storage) -> None:
    """Once: the retry makes it good. Always: STORAGE_FAILED, and no key."""
    storage.erase_all()
    storage.load_key()
    storage.silence(3, 1)
    assert storage.save_key(KEY) == OK
    assert storage.load_key() == KEY
    storage.erase_all()
    storage.load_key()
    storage.silence(1, 1 << 30)
    assert storage.save_key(KEY) == STORAGE_FAILED
    assert storage.load_key() is None


def test_without_flash_there_is_no_place_for_a_key(storage: Storage) -> None:
    """NO_STORAGE."""
    storage.erase_all(FlashSizes(sectors=0))
    assert storage.load_key() is None
    assert storage.save_key(KEY) == NO_STORAGE
