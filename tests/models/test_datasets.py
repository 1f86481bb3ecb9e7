"""Loaders read what was published or say what is wrong; folds keep devices, choices and scores apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.datasets.fleet import Role
from models.datasets.folds import RecordedFleet, Split, halves
from models.datasets.recordings import Origin, Recording, Recordings
from models.datasets.registry import FOLDER, fleet_of, make_fleet, open_recordings
from models.datasets.scaling import Scaling
from models.errors import FleetError, TrainedError
from models.recipes.registry import recipe_for

Arrays = dict[str, Any]


def small(devices: int = 8, windows: int = 24, classes: int = 3) -> Arrays:
    """Arrays of a set that every check accepts."""
    rng = np.random.default_rng(0)
    count = devices * windows
    return {
        "x": rng.normal(size=(count, 5)).astype(np.float32),
        "y": np.arange(count) % classes,
        "device": np.repeat(np.arange(devices), windows),
    }


def written(folder: Path, arrays: Arrays) -> Path:
    """The arrays as a file."""
    np.savez(folder / "own.npz", **arrays)
    return folder / "own.npz"


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    """A plain set of eight devices with 24 windows each."""
    return open_recordings(written(tmp_path, small()))


SPLIT = Split(folds=4, context=6)


def test_a_plain_file_keeps_its_order(recordings: Recordings) -> None:
    """Devices by number, windows as the file has them, classes named by the file or by their numbers."""
    arrays = small()
    assert [f"device-{i}" for i in range(8)] == [r.name for r in recordings.recordings]
    np.testing.assert_array_equal(arrays["x"][24:48], recordings.recordings[1].x)
    np.testing.assert_array_equal(arrays["y"][24:48], recordings.recordings[1].y)
    assert recordings.classes == ("0", "1", "2")
    assert recordings.windows == 192


def _with_nan(arrays: Arrays) -> None:
    arrays["x"][24 + 7, 2] = np.nan


def _one_device(arrays: Arrays) -> None:
    arrays["device"][:] = 3


def _short_labels(arrays: Arrays) -> None:
    arrays["y"] = arrays["y"][:-1]


def _real_labels(arrays: Arrays) -> None:
    arrays["y"] = arrays["y"].astype(np.float32)


def _negative_label(arrays: Arrays) -> None:
    arrays["y"][5] = -1


def _no_device(arrays: Arrays) -> None:
    del arrays["device"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_with_nan, r"window 7 of device device-1 .*not finite[\s\S]*expected[\s\S]*received: nan[\s\S]*what to do"),
        (_one_device, r"has 1 device: nothing can be held out[\s\S]*at least two devices[\s\S]*what to do"),
        (_short_labels, "do not fit together"),
        (_real_labels, "do not fit together"),
        (_negative_label, "a label that names no class"),
        (_no_device, "lacks the array device"),
    ],
)
def test_a_bad_plain_file_is_one_clear_error(tmp_path: Path, damage: Callable[[Arrays], None], message: str) -> None:
    """NaN, one device, labels that do not fit: the message names the place and the remedy."""
    arrays = small()
    damage(arrays)
    with pytest.raises(FleetError, match=message):
        open_recordings(written(tmp_path, arrays))


def test_a_file_that_is_no_archive_is_one_clear_error(tmp_path: Path) -> None:
    """Text under the name of an archive, and a truncated archive."""
    path = written(tmp_path, small())
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(FleetError, match="holds no arrays"):
        open_recordings(path)
    path.write_text("x, y, device")
    with pytest.raises(FleetError, match="holds no arrays"):
        open_recordings(path)


def test_a_set_is_sought_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By file name in PERSONA_DATA; without it the message names the variable."""
    written(tmp_path, small())
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.chdir(tmp_path.parent)
    with pytest.raises(FleetError, match=r"not at hand[\s\S]*PERSONA_DATA is not set[\s\S]*set PERSONA_DATA"):
        open_recordings("own.npz")
    monkeypatch.setenv(FOLDER, str(tmp_path))
    assert open_recordings("own.npz").windows == 192
    with pytest.raises(FleetError, match=r"wisdm is not at hand[\s\S]*wisdm_v1.1.npz"):
        open_recordings("wisdm")


def test_roles_share_no_device_and_folds_hold_out_each_once(recordings: Recordings) -> None:
    """Over all folds every device is held out once; in each fold the roles divide the devices."""
    everybody = [r.name for r in recordings.recordings]
    held_out: list[str] = []
    for fold in range(4):
        fleet = RecordedFleet(recordings, replace(SPLIT, fold=fold))
        members = [name for role in Role for name in fleet.names(role)]
        assert sorted(everybody) == sorted(members)
        held_out += fleet.names(Role.HELD_OUT)
    assert sorted(everybody) == sorted(held_out)


@pytest.mark.parametrize("role", list(Role))
def test_windows_of_a_device_are_dealt_out_once(recordings: Recordings, role: Role) -> None:
    """Context, frozen and other windows together are the device's windows; only judged devices have frozen ones."""
    fleet = RecordedFleet(recordings, SPLIT)
    for device in fleet.devices(role):
        parts = (device.context, device.frozen, device.inputs)
        assert len({window.tobytes() for part in parts for window in part}) == 24
        judged = role in {Role.VALIDATION, Role.HELD_OUT}
        assert [len(part) for part in parts] == ([6, 6, 12] if judged else [6, 0, 18])
        assert len(device.frozen) == len(device.frozen_labels)


def test_the_second_half_of_each_class_is_scored() -> None:
    """In file order, class by class; of an odd number the second half has one more."""
    adapting, scored = halves(np.array([0, 1, 0, 1, 0, 1, 1, 2]))
    assert adapting.tolist() == [0, 1, 3]
    assert scored.tolist() == [2, 4, 5, 6, 7]


def test_the_scored_windows_do_not_depend_on_the_seed(recordings: Recordings) -> None:
    """The frozen evaluation is fixed; the seed only draws the context, and who trains what."""
    first, second = (RecordedFleet(recordings, replace(SPLIT, seed=seed)).devices(Role.HELD_OUT)[0] for seed in (0, 1))
    np.testing.assert_array_equal(first.labels, second.labels)
    assert not np.array_equal(first.context, second.context)


def test_scaling_is_fitted_on_the_factory_devices(recordings: Recordings) -> None:
    """Their windows have mean 0 and spread 1 afterwards; gaps become the median, outliers are cut off."""
    fleet = RecordedFleet(recordings, SPLIT)
    seen = np.concatenate([np.concatenate([d.context, d.inputs]) for d in fleet.devices(Role.FACTORY)])
    np.testing.assert_allclose(seen.mean(0), 0, atol=0.05)
    np.testing.assert_allclose(seen.std(0), 1, atol=0.05)
    column = np.array([[1.0], [2.0], [np.nan], [9.0]], np.float32)
    scaling = Scaling.fit([column])
    assert scaling.median == 2
    assert np.isfinite(scaling.apply(column)).all()
    assert scaling.apply(np.array([[1e6]], np.float32)).item() == 4


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (replace(SPLIT, context=13), r"device-\d has too few windows for a context of 13[\s\S]*expected[\s\S]*shorter"),
        (replace(SPLIT, context=24), r"device-\d has too few windows"),
    ],
)
def test_a_context_shorter_than_asked_is_one_clear_error(recordings: Recordings, split: Split, message: str) -> None:
    """The message names the device, what it has and what was asked for."""
    fleet = RecordedFleet(recordings, split)
    with pytest.raises(FleetError, match=message):
        [fleet.devices(role) for role in Role]


@pytest.mark.parametrize("values", [{"fold": 4}, {"context": 0}, {"factory_share": 1.0}, {"fold": -1}])
def test_an_impossible_split_is_refused(values: dict[str, Any]) -> None:
    """A fold that does not exist, no context, a role without its share."""
    with pytest.raises(FleetError, match="divided"):
        replace(SPLIT, **values)


def test_too_few_devices_are_one_clear_error(tmp_path: Path) -> None:
    """Three devices cannot have four roles."""
    few = open_recordings(written(tmp_path, small(devices=3)))
    with pytest.raises(FleetError, match=r"too few devices[\s\S]*none for field"):
        RecordedFleet(few, Split(folds=3, context=6))


def test_a_class_may_be_missing_on_a_device_but_not_at_the_factory(tmp_path: Path) -> None:
    """The base must have seen every class; a device that lacks one is legal."""
    arrays = small()
    arrays["y"][(arrays["device"] == 0) & (arrays["y"] == 2)] = 0
    fleet = RecordedFleet(open_recordings(written(tmp_path, arrays)), SPLIT)
    assert 2 not in fleet.devices(Role.HELD_OUT)[0].labels
    arrays["y"][(arrays["device"] != 0) & (arrays["y"] == 2)] = 0
    arrays["y"][arrays["device"] == 0] = 2
    with pytest.raises(FleetError, match=r"no device that trains the base has the class 2[\s\S]*what to do"):
        RecordedFleet(open_recordings(written(tmp_path, arrays)), SPLIT)


def test_a_fleet_is_found_again_by_name_and_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file gives the same devices; another file, or none, is one clear error."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    monkeypatch.chdir(tmp_path.parent)
    path = written(tmp_path, small())
    fleet = fleet_of(open_recordings(path), replace(SPLIT, fold=2, seed=5))
    remembered = json.loads(json.dumps(fleet.to_json()))
    assert str(tmp_path) not in json.dumps(remembered)
    again = make_fleet(remembered)
    for one, two in zip(fleet.devices(Role.HELD_OUT), again.devices(Role.HELD_OUT), strict=True):
        np.testing.assert_array_equal(one.context, two.context)
    written(tmp_path, small() | {"x": small()["x"] + 1})
    with pytest.raises(TrainedError, match=r"not the one that was trained on[\s\S]*digest[\s\S]*what to do"):
        make_fleet(remembered)
    path.unlink()
    with pytest.raises(FleetError, match="not at hand"):
        make_fleet(remembered)
    with pytest.raises(TrainedError, match="no fleet is called 'nobody'"):
        make_fleet({"name": "nobody"})


def _har(folder: Path) -> Path:
    """A small folder with two persons in each part."""
    rng = np.random.default_rng(0)
    (folder / "activity_labels.txt").write_text("1 WALKING\n2 SITTING\n")
    for part, subjects in (("train", (1, 3)), ("test", (2, 4))):
        (folder / part).mkdir()
        np.savetxt(folder / part / f"X_{part}.txt", rng.normal(size=(20, 3)))
        np.savetxt(folder / part / f"y_{part}.txt", np.arange(20) % 2 + 1, fmt="%d")
        np.savetxt(folder / part / f"subject_{part}.txt", np.repeat(subjects, 10), fmt="%d")
        (folder / part / "Inertial Signals").mkdir()
        for place, channel in enumerate("xyz"):
            np.savetxt(folder / part / "Inertial Signals" / f"acc_{channel}_{part}.txt", np.full((20, 8), place))
    return folder


def test_a_har_folder_is_read_by_person(tmp_path: Path) -> None:
    """Both parts together, persons by number, activities by name."""
    read = open_recordings(_har(tmp_path))
    assert [f"subject-{i}" for i in (1, 2, 3, 4)] == [r.name for r in read.recordings]
    assert read.classes == ("WALKING", "SITTING")
    assert read.input_shape == (3,)
    assert read.recordings[1].y.tolist() == [0, 1] * 5


def test_the_signals_of_a_har_folder_are_windows_of_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels last, in the order of their names; the fleet finds the signals again, not the features."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    (tmp_path / "har").mkdir()
    _har(tmp_path / "har")
    read = open_recordings("har:signals")
    assert read.input_shape == (8, 3)
    assert read.recordings[0].x[0, 0].tolist() == [0, 1, 2]
    fleet = fleet_of(read, Split(folds=4, context=2))
    assert make_fleet(fleet.to_json()).devices(Role.FIELD)[0].inputs.shape == (8, 8, 3)
    (tmp_path / "har" / "test" / "Inertial Signals" / "acc_y_test.txt").write_text("1 2 3\n")
    with pytest.raises(FleetError, match=r"no signals that fit together[\s\S]*acc_y_test.txt \(1, 3\)"):
        open_recordings("har:signals")


def test_a_bad_har_folder_is_one_clear_error(tmp_path: Path) -> None:
    """A missing file, a file that is cut off, one that holds words, and a folder with the published name."""
    folder = tmp_path / "UCI HAR Dataset"
    folder.mkdir()
    _har(folder)
    with pytest.raises(FleetError, match=r"not the published[\s\S]*windows 10299[\s\S]*windows 40"):
        open_recordings(folder)
    folder = folder.rename(tmp_path / "har")
    np.savetxt(folder / "train" / "y_train.txt", np.ones(19), fmt="%d")
    with pytest.raises(FleetError, match="40, 39 and 40"):
        open_recordings(folder)
    (folder / "train" / "y_train.txt").write_text("walking\n")
    with pytest.raises(FleetError, match=r"train/y_train.txt cannot be read"):
        open_recordings(folder)
    (folder / "activity_labels.txt").unlink()
    with pytest.raises(FleetError, match="no list of activities"):
        open_recordings(folder)


def test_wisdm_is_the_published_set(data_folder: Path) -> None:
    """Counts, gaps only where the source has them, users that lack classes, and finite windows in the fleet."""
    wisdm = open_recordings("wisdm")
    assert wisdm.windows == 5418
    assert wisdm.counts.shape == (36, 6)
    assert wisdm.counts.sum(0).tolist() == [2081, 1625, 632, 528, 306, 246]
    assert (wisdm.counts == 0).any()
    assert sum(int(np.isnan(r.x).sum()) for r in wisdm.recordings) == 615
    fleet = RecordedFleet(wisdm)
    assert [14, 10, 6, 6] == [len(fleet.devices(role)) for role in Role]
    assert all(np.isfinite(d.inputs).all() for role in Role for d in fleet.devices(role))
    assert (data_folder / "wisdm_readme.txt").exists()


def test_a_changed_wisdm_is_refused(data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One window less is not the published set, and the message gives both counts."""
    with np.load(data_folder / "wisdm_v1.1.npz") as file:
        short = {name: file[name] if name == "labels" else file[name][:-1] for name in file.files}
    np.savez(tmp_path / "wisdm_v1.1.npz", **short)
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with pytest.raises(FleetError, match=r"not the published WISDM[\s\S]*windows 5418[\s\S]*windows 5417"):
        open_recordings("wisdm")


@pytest.mark.parametrize("shape", [(43,), (64, 3), (16, 16, 1), (32, 32, 3)])
def test_an_unknown_set_gets_a_network_for_its_windows(shape: tuple[int, ...]) -> None:
    """Features, motion and images each have one; it reads windows of exactly that shape."""
    network = recipe_for("own.npz", shape).network(shape, 7)
    assert network.input_shape == shape


def test_windows_that_no_network_reads_are_one_clear_error() -> None:
    """Four axes, or images that are not square."""
    with pytest.raises(FleetError, match="no network is known"):
        recipe_for("own.npz", (4, 4, 4, 4))
    with pytest.raises(FleetError, match="no network is known"):
        recipe_for("own.npz", (16, 20, 1))


def test_recordings_refuse_windows_of_several_shapes() -> None:
    """The first device sets the shape."""
    first = Recording("a", np.zeros((2, 3), np.float32), np.zeros(2, np.int64))
    second = Recording("b", np.zeros((2, 4), np.float32), np.zeros(2, np.int64))
    with pytest.raises(FleetError, match="device b do not fit the set"):
        Recordings(Origin("own", "own", "", ""), ("0",), (first, second))
