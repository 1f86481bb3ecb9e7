"""Examples go in once, whole or not at all, and come out as they went in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.store.errors import StoreError
from models.store.store import Store, open_store
from tests.models.store.material import HARDWARE, SHAPE, add_device, windows_of


def test_what_went_in_comes_out(store: Store) -> None:
    """Windows bit for bit and their labels, in an order of the store's own."""
    windows, labels = windows_of(1, 10)
    added = store.add_examples("user-1", windows, labels)
    assert (10, 0, 0) == (added.new, added.known, added.frozen)
    kept = store.training(added.device)
    expected = {window.tobytes(): label for window, label in zip(windows, labels.tolist(), strict=True)}
    assert expected == {
        window.tobytes(): label for window, label in zip(kept.windows, kept.labels.tolist(), strict=True)
    }
    assert (np.float32, np.int64, (10, *SHAPE)) == (kept.windows.dtype, kept.labels.dtype, kept.windows.shape)


def test_a_known_window_is_stored_once(store: Store) -> None:
    """Again, beside new ones and twice in one call: each window has one row."""
    windows, labels = windows_of(1, 10)
    store.add_examples("user-1", windows[:6], labels[:6])
    again = store.add_examples("user-1", np.concatenate([windows, windows[:3]]), np.concatenate([labels, labels[:3]]))
    assert (4, 9) == (again.new, again.known)
    assert 10 == len(store.training(again.device))


def test_two_devices_may_show_the_same_window(store: Store) -> None:
    """Deduplication is within a device: what is another's is no leak."""
    first, second = (store.add_examples(name, *windows_of(1, 4)) for name in ("user-1", "user-2"))
    assert (4, 4) == (first.new, second.new)
    assert store.training(first.device).digests == store.training(second.device).digests


def test_a_zero_is_a_zero(store: Store) -> None:
    """Minus zero is the same number to every model, so it makes no second example."""
    added = store.add_examples("user-1", np.array([[0.0, 1.0], [-0.0, 1.0]], np.float32), np.zeros(2, np.int64))
    assert (1, 1) == (added.new, added.known)


def test_the_first_of_more_are_the_same(store: Store) -> None:
    """`training` is nested: 3 examples are the first 3 of 7, and of all."""
    device = add_device(store, count=40)
    every = store.training(device).digests
    for limit in (1, 3, 7, 20):
        assert every[:limit] == store.training(device, limit).digests
    assert 21 == len(every)


WINDOWS, LABELS = windows_of(1, 4)
SPOILT = {
    "nan": (np.where(WINDOWS == WINDOWS[2, 0, 3], np.nan, WINDOWS), LABELS),
    "infinity": (np.where(WINDOWS == WINDOWS[1, 0, 0], np.inf, WINDOWS), LABELS),
    "overflow": (np.full((4, *SHAPE), 1e300), LABELS),
    "labels": (WINDOWS, LABELS[:3]),
    "fractions": (WINDOWS, LABELS + 0.5),
    "words": (np.full((4, *SHAPE), "x"), LABELS),
    "nothing": (WINDOWS[:0], LABELS[:0]),
    "empty windows": (WINDOWS[:, :, :0], LABELS),
}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nan", "window 2 of user-1 holds a value that is not finite"),
        ("infinity", "window 1 of user-1"),
        ("overflow", "not finite"),
        ("labels", "cannot be stored"),
        ("fractions", "cannot be stored"),
        ("words", "cannot be stored"),
        ("nothing", "cannot be stored"),
        ("empty windows", "cannot be stored"),
    ],
)
def test_what_cannot_be_an_example_is_refused(store: Store, what: str, said: str) -> None:
    """With a reason, and without a trace of the device."""
    with pytest.raises(StoreError, match=said):
        store.add_examples("user-1", *SPOILT[what])
    assert 0 == store.count()


@pytest.mark.parametrize("name", ["", " user", "a\nb", "nul\0", "\ud800", "x" * 201])
def test_a_name_must_be_readable(store: Store, name: str) -> None:
    """A name is shown, asked for and searched for: no control characters, no blanks around it, 200 characters."""
    with pytest.raises(StoreError, match="no name for a device"):
        store.add_examples(name, *windows_of(1, 2))


@pytest.mark.parametrize("hardware", [b"short", bytes(8), b"too long!"])
def test_an_id_has_eight_bytes(store: Store, hardware: bytes) -> None:
    """A hardware id is one that a device key can follow from."""
    with pytest.raises(StoreError, match="hardware id"):
        store.add_examples("user-1", *windows_of(1, 2), hardware=hardware)


def test_one_window_has_one_label(store: Store) -> None:
    """Within one call, and against what is stored: the whole call is refused."""
    windows, labels = windows_of(1, 4)
    with pytest.raises(StoreError, match="comes with two labels"):
        store.add_examples("user-1", np.concatenate([windows, windows[:1]]), np.append(labels, 7))
    assert 0 == store.count()
    device = store.add_examples("user-1", windows[:2], labels[:2]).device
    with pytest.raises(StoreError, match="comes with two labels"):
        store.add_examples("user-1", windows, labels + 1)
    assert 2 == len(store.training(device))


def test_a_device_keeps_its_shape_and_its_id(store: Store) -> None:
    """Windows of another shape, or another hardware, are another device; an id may come later."""
    store.add_examples("user-1", *windows_of(1, 4))
    with pytest.raises(StoreError, match="knows another user-1"):
        store.add_examples("user-1", np.zeros((1, 3), np.float32), np.zeros(1, np.int64))
    store.add_examples("user-1", *windows_of(2, 4), hardware=HARDWARE)
    assert HARDWARE == store.device("user-1").hardware
    with pytest.raises(StoreError, match="knows another user-1"):
        store.add_examples("user-1", *windows_of(3, 4), hardware=HARDWARE[::-1])


def test_devices_come_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them in the order they came, whatever a page holds; or those that are named."""
    monkeypatch.setattr("models.store.store._PAGE", 2)
    monkeypatch.setattr("models.store.store._FEW", 2)
    names = [f"user-{number}" for number in range(5)]
    for name in names:
        store.add_examples(name, *windows_of(1, 2))
    assert names == [device.name for device in store.devices()]
    assert names[1:4] == [device.name for device in store.devices(names[3:0:-1])]
    assert (5, 2) == (store.count(), store.count(names[:2]))


def test_an_unknown_name_is_told_with_the_nearest(store: Store) -> None:
    """Nobody is left out silently."""
    store.add_examples("user-17", *windows_of(1, 2))
    with pytest.raises(StoreError, match=r"no device 'user-71'[\s\S]*user-17"):
        list(store.devices(["user-17", "user-71"]))


def test_many_examples_at_once(store: Store) -> None:
    """More than go into one statement, with flags."""
    windows = np.arange(3000, dtype=np.float32)[:, None]
    labels = np.zeros(len(windows), np.int64)
    added = store.add_examples("user-1", windows, labels, evaluation=np.arange(len(labels)) >= 1000)
    assert (3000, 2000) == (added.new, added.frozen)


def test_a_path_may_have_any_name(tmp_path: Path) -> None:
    """What means something in an address means nothing in a path."""
    path = tmp_path / "a?b=c#d%20 é.db"
    with open_store(path, create=True) as store:
        add_device(store)
    assert path.is_file()
    with open_store(path) as store:
        assert 1 == store.count()
