"""The journal alone, on a flash that loses power at every store, tears words, reorders them and lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.flash_faults import Cut, FlashSizes
from tests.firmware.storage import (
    EMPTY,
    FLASH,
    NO_STORAGE,
    OK,
    POWER_LOST,
    STORAGE_FAILED,
    Found,
    Storage,
    build_storage,
    record,
)
from tests.firmware.tiny_model import PROTOTYPES

SEEDS = range(6)
OLD, NEW, NEXT = record(5), record(6), record(9)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path) -> Storage:
    """Journal and flash model; tests begin by erasing it."""
    return build_storage(tmp_path_factory.mktemp("storage"), tiny_bundle)


def prepare(storage: Storage, *, first: int = 4) -> bytes:
    """A flash whose newest record is OLD, in either slot; gives its image."""
    storage.erase_all()
    assert storage.booted() is None
    for counter in range(first, 6):
        assert storage.update(record(counter)) == OK
    return storage.image


def stores_of_an_update(storage: Storage, image: bytes) -> int:
    """How many stores a complete update makes."""
    storage.image = image
    assert storage.booted() == OLD
    assert storage.update(NEW) == OK
    return storage.stores


def require_recovery(storage: Storage) -> Found | None:
    """The device boots, its decision stands over a second boot, and it takes one more update that stays."""
    found = storage.booted()
    assert found in (OLD, NEW)
    assert storage.booted() == found
    assert storage.update(NEXT) == OK
    assert storage.booted() == NEXT
    assert storage.violations == 0
    return found


@pytest.mark.property("P22")
def test_what_was_confirmed_comes_back_and_nothing_else(storage: Storage) -> None:
    """A written record counts from its confirmation on; one that was given up never does."""
    storage.erase_all()
    assert storage.booted() is None
    assert storage.write(OLD) == OK
    assert storage.booted() is None
    assert storage.dropped
    assert storage.update(OLD) == OK
    assert storage.write(NEW) == OK
    storage.abandon()
    assert storage.confirm() == STORAGE_FAILED
    assert storage.booted() == OLD
    for counter in range(10, 20):
        assert storage.update(record(counter)) == OK
        assert storage.booted() == record(counter)
        assert not storage.dropped
    assert storage.violations == 0


@pytest.mark.property("P13", "P14", "P16")
@pytest.mark.parametrize("cut", list(Cut))
@pytest.mark.parametrize("first", [4, 5])
def test_a_cut_at_any_store_leaves_the_old_record_or_the_new_one(storage: Storage, cut: Cut, first: int) -> None:
    """Bank and counter belong together, the decision stands, and the device takes the next update."""
    image = prepare(storage, first=first)
    outcomes = set()
    for store in range(stores_of_an_update(storage, image)):
        for seed in SEEDS:
            storage.image = image
            assert storage.booted() == OLD
            storage.cut(store, cut, seed)
            assert storage.update(NEW) == POWER_LOST
            storage.heal()
            outcomes.add(require_recovery(storage))
    assert OLD in outcomes


@pytest.mark.property("P13", "P14")
@pytest.mark.parametrize("cut", list(Cut))
def test_a_second_cut_during_recovery_changes_nothing(storage: Storage, cut: Cut) -> None:
    """Recovery erases what does not count; power may go at each of its stores too."""
    image = prepare(storage)
    total = stores_of_an_update(storage, image)
    recoveries = 0
    for store in range(0, total, 3):
        for second in range(4):
            storage.image = image
            assert storage.booted() == OLD
            storage.cut(store, cut, store)
            assert storage.update(NEW) == POWER_LOST
            storage.cut(second, cut, second + 99)
            recoveries += storage.open() == POWER_LOST
            storage.heal()
            require_recovery(storage)
    assert recoveries > total // 3


@pytest.mark.property("P14", "P16")
@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_store_that_silently_fails_is_noticed(storage: Storage, count: int) -> None:
    """Either the retry makes it good, or the update is refused and the old record stays."""
    image = prepare(storage)
    total = stores_of_an_update(storage, image)
    refused = 0
    for store in range(total):
        storage.image = image
        assert storage.booted() == OLD
        storage.silence(store, count)
        verdict = storage.update(NEW)
        assert verdict in (OK, STORAGE_FAILED)
        storage.heal()
        assert storage.booted() == (NEW if verdict == OK else OLD)
        refused += verdict == STORAGE_FAILED
        require_recovery(storage)
    assert refused <= (0 if count == 1 else total)


@pytest.mark.property("P14")
@pytest.mark.parametrize("cut", list(Cut))
def test_recovery_erases_again_what_did_not_go_away(storage: Storage, cut: Cut) -> None:
    """An erasure at boot that silently does nothing: what was in doubt is gone all the same."""
    image = prepare(storage)
    total = stores_of_an_update(storage, image)
    for store in range(4, total):
        storage.image = image
        assert storage.booted() == OLD
        storage.cut(store, cut, store)
        assert storage.update(NEW) == POWER_LOST
        storage.heal()
        storage.silence(0, 1)
        assert storage.booted() == OLD
        storage.heal()
        erased = storage.stores
        assert storage.booted() == OLD
        assert storage.stores == erased


@pytest.mark.property("P14")
def test_a_flash_that_stores_nothing_any_more_is_refused(storage: Storage) -> None:
    """The confirmed record is read as long as it can be; nothing is claimed that did not happen."""
    prepare(storage)
    storage.silence(0, 1 << 30)
    assert storage.update(NEW) == STORAGE_FAILED
    assert storage.booted() == OLD
    assert storage.confirm() == STORAGE_FAILED


@pytest.mark.property("P14")
def test_the_only_good_copy_is_never_erased(storage: Storage) -> None:
    """While an update is under way, the slot of the newest confirmed record does not change by a bit."""
    for counter in range(5, 8):
        storage.erase_all()
        for each in range(4, counter):
            assert storage.booted() in (None, record(each - 1))
            assert storage.update(record(each)) == OK
        before = storage.image
        slot = FLASH.sector * 3
        held = [at for at in (FLASH.sector, FLASH.sector + slot) if before[at + 8] == counter - 1]
        assert storage.write(NEW) == OK
        assert [storage.image[at : at + slot] for at in held] == [before[at : at + slot] for at in held]
        assert len(held) == 1


@pytest.mark.property("P14")
@given(place=st.integers(0, FLASH.sector * 6 - 1), flip=st.integers(1, 255))
@settings(max_examples=200)
def test_a_damaged_record_does_not_count(storage: Storage, place: int, flip: int) -> None:
    """One byte of one slot changed: the record in the other slot is what comes back."""
    image = bytearray(prepare(storage))
    image[FLASH.sector + place] ^= flip
    storage.image = bytes(image)
    found = storage.booted()
    assert found in (OLD, record(4))
    assert storage.booted() == found
    assert storage.update(NEXT) == OK
    assert storage.booted() == NEXT


@pytest.mark.property("P8")
def test_a_record_of_another_base_counts_as_none_and_is_left_alone(storage: Storage) -> None:
    """Another image does not run it, and the image that wrote it still finds it."""
    image = prepare(storage)
    assert storage.open(base=1) is None
    assert (storage.image, storage.dropped) == (image, False)
    assert storage.booted() == OLD
    assert storage.open(base=1) is None
    assert storage.update(NEXT) == OK
    assert storage.open(base=1) == NEXT


def test_without_a_record_the_bank_is_the_factory_head(storage: Storage) -> None:
    """Also after a record in doubt was read into it."""
    storage.erase_all()
    assert storage.booted() is None
    assert storage.write(OLD) == OK
    bank = storage.open_into()
    assert bank == PROTOTYPES[0].tobytes()


@pytest.mark.parametrize(
    "sizes",
    [
        FlashSizes(sectors=0),
        FlashSizes(sector=64, word=8, sectors=6),
        FlashSizes(sector=64, word=2, sectors=8),
        FlashSizes(sector=64, word=64, sectors=8),
        FlashSizes(sector=96, word=8, sectors=8),
    ],
)
def test_a_flash_that_is_no_use_counts_as_none(storage: Storage, sizes: FlashSizes) -> None:
    """Too small, or sizes that make no sense: NO_STORAGE."""
    storage.erase_all(sizes)
    assert storage.booted() is None
    assert storage.write(NEW) == NO_STORAGE
    assert storage.confirm() == NO_STORAGE


def test_a_device_without_flash_says_so(storage: Storage) -> None:
    """No flash at all."""
    assert storage.open_nothing() == EMPTY
    assert storage.write(NEW) == NO_STORAGE


@pytest.mark.property("P13")
@pytest.mark.parametrize("word", [4, 8, 16, 32])
@pytest.mark.parametrize("sector", [64, 128, 1024, 4096])
def test_words_and_sectors_of_any_size(storage: Storage, word: int, sector: int) -> None:
    """A bank that ends inside a word, confirm words as large as the flash wants them; cut at every store."""
    sizes = FlashSizes(sector=sector, word=word, sectors=9)
    storage.erase_all(sizes)
    assert storage.booted() is None
    assert storage.update(OLD) == OK
    image = storage.image
    before = storage.stores
    assert storage.update(NEW) == OK
    total = storage.stores - before
    assert storage.booted() == NEW
    for store in range(total):
        storage.image = image
        assert storage.booted() == OLD
        storage.cut(store, Cut.TORN, store)
        assert storage.update(NEW) == POWER_LOST
        storage.heal()
        require_recovery(storage)
