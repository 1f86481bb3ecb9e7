"""USPS and MNIST as fleets: what each role shows, and what nothing before the context may have seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.datasets.domains import FILE, FROZEN, HELD_OUT, NAMES, SIZE, DomainFleet, read
from models.datasets.fleet import Role
from models.datasets.folds import Split
from models.datasets.handwriting import Hand, Spread
from models.datasets.recordings import Origin, Recording, Recordings
from models.datasets.registry import fleet_of, make_fleet
from models.errors import FleetError
from models.recipes.registry import open_task

STILL = Spread(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
COUNTS = (900, 60, 300, 55)


def _marked(part: int, count: int) -> np.ndarray:
    """Images that say which they are: the first pixel has the part, the next two the number."""
    images = np.zeros((count, SIZE, SIZE, 1), np.float32)
    images[:, 0, 0, 0] = (part + 1) / 8
    images[:, 0, 1, 0], images[:, 0, 2, 0] = np.arange(count) // 64 / 64, np.arange(count) % 64 / 64
    return images


def _recordings(counts: tuple[int, ...] = COUNTS) -> Recordings:
    parts = ("home-train", "home-test", "shifted-train", "shifted-test")
    own = tuple(
        Recording(p, _marked(i, n), np.arange(n) % 10) for i, (p, n) in enumerate(zip(parts, counts, strict=True))
    )
    return Recordings(Origin("usps_mnist", "made up", "here", "none"), tuple("0123456789"), own)


def _shown(windows: np.ndarray) -> set[tuple[int, int]]:
    """Part and number of each window."""
    pixels = windows.reshape(-1, SIZE, SIZE)[:, 0].astype(float)
    numbers = np.rint(pixels[:, 1] * 64) * 64 + np.rint(pixels[:, 2] * 64)
    return set(zip((np.rint(pixels[:, 0] * 8) - 1).astype(int).tolist(), numbers.astype(int).tolist(), strict=True))


@pytest.fixture(scope="module")
def fleet() -> DomainFleet:
    """Devices without any shift, so that images can be told apart."""
    split = Split(folds=1, context=8, validation_share=0.35, factory_share=0.4)
    return DomainFleet(_recordings(), split, STILL)


def test_nothing_before_the_context_has_seen_the_shifted_domain(fleet: DomainFleet) -> None:
    """Factory, field and validation devices show the home training part only, and no image has two roles."""
    seen = []
    for role in (Role.FACTORY, Role.FIELD, Role.VALIDATION):
        devices = fleet.devices(role)
        seen.append(
            set.union(*(_shown(part) for d in devices for part in (d.context, d.inputs, d.frozen) if len(part)))
        )
        assert {part for part, _ in seen[-1]} == {0}
    assert sum(len(images) for images in seen) == len(set.union(*seen))
    assert len(fleet.pool(Role.FACTORY)) == len(seen[0])


def test_held_out_devices_share_the_shifted_test_part(fleet: DomainFleet) -> None:
    """Context and frozen windows come from the training part, others; together all the test part is scored."""
    devices = fleet.devices(Role.HELD_OUT)
    assert len(devices) == HELD_OUT
    assert sorted(pair for d in devices for pair in _shown(d.inputs)) == [(3, n) for n in range(COUNTS[3])]
    for device in devices:
        context, frozen = _shown(device.context), _shown(device.frozen)
        assert (8, FROZEN, 0) == (len(context), len(frozen), len(context & frozen))
        assert {part for part, _ in context | frozen} == {2}


def test_home_is_shown_as_the_shifted_domain_is(fleet: DomainFleet) -> None:
    """What the gap is measured against is the home test part, all of it once."""
    assert sorted(pair for d in fleet.at_home() for pair in _shown(d.inputs)) == [(1, n) for n in range(COUNTS[1])]


def test_a_split_makes_the_same_devices_and_another_seed_others() -> None:
    """Seed and fold decide every draw."""
    split = Split(folds=3, context=8, validation_share=0.35, factory_share=0.4)
    one, again = (DomainFleet(_recordings(), split).devices(Role.VALIDATION)[1] for _ in range(2))
    np.testing.assert_array_equal(one.context, again.context)
    for other in (Split(1, 3, 0, 8, 0.35, 0.4), Split(0, 3, 1, 8, 0.35, 0.4)):
        assert not np.array_equal(one.context, DomainFleet(_recordings(), other).devices(Role.VALIDATION)[1].context)


def test_too_few_images_are_one_clear_error() -> None:
    """A context that the images do not suffice for is refused, with the remedy."""
    with pytest.raises(FleetError, match="shorter context"):
        DomainFleet(_recordings(), Split(folds=1, context=800))


@pytest.mark.parametrize(("change", "told"), [("usps_test_x", "USPS test 2006"), (None, "lacks the array mnist_y")])
def test_another_file_is_refused(tmp_path: Path, change: str | None, told: str) -> None:
    """Counts that are not the published ones and missing arrays are named."""
    counts = {"usps_train": 7291, "usps_test": 2007, "mnist": 10000}
    arrays: dict[str, Any] = {f"{p}_x": np.zeros((n, SIZE, SIZE), np.uint8) for p, n in counts.items()}
    arrays |= {f"{p}_y": np.zeros(n, np.int64) for p, n in counts.items()}
    if change is None:
        del arrays["mnist_y"]
    else:
        arrays |= {"usps_test_x": arrays["usps_test_x"][1:], "usps_test_y": arrays["usps_test_y"][1:]}
    np.savez_compressed(tmp_path / FILE, **arrays)
    with pytest.raises(FleetError, match=told):
        read(tmp_path / FILE, "usps_mnist")


@pytest.mark.parametrize("name", NAMES)
def test_the_published_file_is_read_in_both_directions(name: str, data_folder: Path) -> None:
    """Counts of all parts, their range, and what home and shifted are."""
    recordings = read(data_folder / FILE, name)
    usps, mnist = [7291, 2007], [7000, 3000]
    assert [len(r.y) for r in recordings.recordings] == (usps + mnist if name == "usps_mnist" else mnist + usps)
    assert all((r.x.min(), r.x.max()) == (0, 1) for r in recordings.recordings)
    assert "CC BY-SA" in recordings.origin.licence
    assert recordings.origin.title.startswith(name[: name.index("_")].upper())


def test_a_trained_model_finds_its_fleet_again(data_folder: Path) -> None:
    """What `to_json` says is enough, and the recipe's split suits the set."""
    fleet, recipe = open_task("mnist_usps", fold=0, seed=3)
    again = make_fleet(fleet.to_json())
    assert isinstance(again, DomainFleet)
    assert (10, (16, 16, 1), 32) == (again.classes, again.input_shape, recipe.split.context)
    np.testing.assert_array_equal(fleet.devices(Role.HELD_OUT)[4].context, again.devices(Role.HELD_OUT)[4].context)
    assert isinstance(fleet_of(again.recordings, again.split), DomainFleet), data_folder


def test_a_hand_without_a_shift_shows_the_image() -> None:
    """The middle of every range is the identity."""
    rng = np.random.default_rng(0)
    images = rng.random((3, SIZE, SIZE)).astype(np.float32)
    shown = Hand.draw(STILL, SIZE, rng).write(images, rng)
    np.testing.assert_allclose(shown[..., 0], images, atol=1e-6)


def test_a_positive_stroke_is_more_ink() -> None:
    """A thick pen darkens, a thin one lightens, and all stays between 0 and 1."""
    images = np.zeros((1, SIZE, SIZE), np.float32)
    images[0, 4:12, 7:9] = 1
    rng = np.random.default_rng(0)
    plain = Hand.draw(STILL, SIZE, rng)
    ink = [Hand(plain.optics, stroke, 1, 1, 0).write(images, rng).sum() for stroke in (-1.0, 0.0, 1.0)]
    assert ink[0] < ink[1] < ink[2]


def test_every_drawn_hand_stays_in_range() -> None:
    """Whatever is drawn, images stay float32 in 0..1, and devices differ."""
    rng = np.random.default_rng(1)
    images = rng.random((4, SIZE, SIZE)).astype(np.float32)
    shown = [Hand.draw(Spread(), SIZE, rng).write(images, rng) for _ in range(5)]
    assert all(s.dtype == np.float32 and s.min() >= 0 and s.max() <= 1 for s in shown)
    assert len({float(s.mean()) for s in shown}) == len(shown)
