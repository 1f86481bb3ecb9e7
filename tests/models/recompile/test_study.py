"""The experiment's figures: shares of sums, users before runs, the gate apart, and a report that says what it holds."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import pytest

from models.datasets.fleet import DeviceData, Role
from models.recompile.study import example
from models.recompile.study.__main__ import main, write
from models.recompile.study.checks import bars
from models.recompile.study.document import Chapter
from models.recompile.study.families import AGAIN, FAMILIES, WIDE
from models.recompile.study.figures import grouped, point, transport
from models.recompile.study.tables import points
from models.store.filling import FILE_ORDER, HASH
from models.store.store import open_store
from tests.device_fixtures import make_bundle
from tests.models.recompile.users import windows_and_labels
from toolchain.bundle import Bundle

BASE = {"method": "ridge", "rule": HASH, "target": WIDE, "refused": True, "transport": "no", "seconds": 0.01}


def row(user: str, after: float | None, **changed: Any) -> dict[str, Any]:
    """One run of one user: .5 without an edit on either base, .7 with the old one."""
    own = {"user": user, "asked": None, "examples": 30, "before": 0.5, "after": after}
    return BASE | own | {"old_before": 0.5, "old_after": 0.7, "verdict": "accepted"} | changed


def test_the_share_is_one_of_sums() -> None:
    """A user whose old edit gained nothing does not make it infinite."""
    found = point([row("a", 0.7), row("b", 0.6), row("c", 0.5, old_after=0.5)], None)
    assert found is not None
    assert found.share == pytest.approx((0.2 + 0.1 + 0.0) / (0.2 + 0.2 + 0.0))
    assert found.low <= found.share <= found.high


def test_where_nothing_was_gained_no_share_is_claimed() -> None:
    """NaN, not infinity, and no failure."""
    found = point([row("a", 0.7, old_after=0.5)], None)
    assert found is not None
    assert all(math.isnan(value) for value in (found.share, found.low, found.high))


def test_users_count_once_however_often_they_ran() -> None:
    """Two runs of one user are its mean; the worst user is a mean, the worst run is not."""
    found = point([row("a", 0.9), row("a", 0.3), row("b", 0.5)], None)
    assert found is not None
    assert (found.users, found.runs) == (2, 3)
    assert found.worst == pytest.approx(0.0)
    assert found.worst_run == pytest.approx(-0.2)


def test_the_gate_puts_the_unedited_base_back() -> None:
    """Refused runs count with what they had before; the columns before it do not know of it."""
    found = point([row("a", 0.3, verdict="worse"), row("b", 0.7)], None)
    assert found is not None
    assert found.after == pytest.approx(0.5)
    assert found.gated == pytest.approx(0.6)
    assert found.gated_worst == pytest.approx(0.0)
    assert found.accepted == 1


def test_only_users_with_as_many_examples_count() -> None:
    """Asked for 100, a user with 30 is not in the row; without an edit nobody is, but they are counted."""
    rows = [row("a", 0.7, examples=100), row("b", 0.6, examples=30), row("c", None, examples=100)]
    found = point(rows, 100)
    assert found is not None
    assert (found.users, found.impossible) == (1, 1)
    assert point(rows, 500) is None


def test_each_old_edit_counts_once_in_transport() -> None:
    """However many numbers of examples were asked for; forced rows tell what a device would have scored."""
    forced = {"rule": "forced", "fits": True, "adapter_fits": None, "before": 0.5, "after": 0.2}
    rows = [row("a", 0.7, asked=5), row("a", 0.7), row("b", 0.7, refused=None), BASE | {"user": "a"} | forced]
    found = transport(rows)
    assert (found.tried, found.refused, found.fits, found.adapters) == (1, 1, 1, None)
    assert (found.forced, found.unedited) == (0.2, 0.5)


def rows_of_everything() -> list[dict[str, Any]]:
    """Rows for every method and base, good enough for every bar."""
    forced = {"rule": "forced", "fits": False, "adapter_fits": None, "before": 0.5, "after": None}
    rows: list[dict[str, Any]] = []
    for method in ("ridge", "finetune", "lora", "editor"):
        for target in (WIDE, AGAIN):
            for asked, after in ((20, 0.65), (None, 0.7)):
                rows += [row(f"user-{n}", after, method=method, target=target, asked=asked) for n in (2, 10)]
            rows.append({"user": "user-2", "method": method, "target": target} | forced)
    return [*rows, *(row(f"user-{n}", 0.6, rule=FILE_ORDER) for n in (2, 10))]


def test_every_bar_is_held_against_what_came() -> None:
    """Reached where it is, and missed where one user falls."""
    rows = rows_of_everything()
    assert all(bar.met for bar in bars("wisdm", rows))
    fallen = [*rows, row("user-3", 0.4, old_after=0.5)]
    missed = {bar.what for bar in bars("wisdm", fallen) if not bar.met}
    assert "wisdm, ridge, all examples: worst user against the unedited new base" in missed


def test_the_report_holds_every_table(tmp_path: Path) -> None:
    """Chapters, plots, controls, the paper's figures as published on other data, and what is not there."""
    family = FAMILIES["wisdm"]
    write(tmp_path, [Chapter(family, rows_of_everything(), 1, {"narrow": 10, "wide": 20}, 60.0)], {"Digits": "no data"})
    text = (tmp_path / "recompile.md").read_text()
    for told in ("All are reached", "### Transport", "### Control", "published on other data", "- Digits: no data"):
        assert told.lower() in text.lower()
    assert text.index("user-2 ") < text.index("user-10 ")
    assert (tmp_path / "plots" / "recompile-wisdm.svg").read_text().startswith("<?xml")


def test_points_are_those_of_one_curve() -> None:
    """By method, base and rule."""
    rows = rows_of_everything()
    assert set(points(rows, "lora", AGAIN)) == {20, None}
    assert set(points(rows, "ridge", WIDE, FILE_ORDER)) == {None}
    assert len(grouped(rows, "method")) == 4


def test_an_unknown_data_set_is_one_clear_error(tmp_path: Path) -> None:
    """With the nearest names."""
    told = io.StringIO()
    assert main(["--only", "wisdom", "--cache", str(tmp_path / "c"), "--docs", str(tmp_path)], stream=told) != 0
    assert "wisdm" in told.getvalue()


def test_an_example_store_waits_for_its_wide_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Users with an edit on the narrow base, and the wide one as the newest: everything for the command line."""
    bundles = {name: make_bundle(tmp_path / f"{name}.bundle", seed) for name, seed in (("narrow", 0), ("wide", 1))}
    users = tuple(device_of(bundles["narrow"], seed) for seed in range(3))
    monkeypatch.setitem(FAMILIES, "wisdm", Small(bundles, users))  # type: ignore[arg-type]
    told = io.StringIO()
    assert example.main(["-o", str(tmp_path / "made")], stream=told) == 0
    assert f"persona recompile --store {tmp_path / 'made' / 'store.db'}" in told.getvalue()
    with open_store(tmp_path / "made" / "store.db") as store:
        newest = store.newest_base()
        assert newest is not None
        assert newest.fingerprint == bundles["wide"].base
        assert all(len(store.edits(device.id)) == 1 for device in store.devices())


class Small:
    """A family whose bases need no training."""

    def __init__(self, bundles: dict[str, Bundle], users: tuple[DeviceData, ...]) -> None:
        self._bundles, self._users = bundles, users

    def train(self, base: str, fold: int, seed: int, target: Path) -> Bundle:
        """The bundle that there is."""
        del fold, seed, target
        return self._bundles[base]

    def users(self, fold: int, seed: int) -> tuple[DeviceData, ...]:
        """The users that there are."""
        del fold, seed
        return self._users


def device_of(bundle: Bundle, seed: int) -> DeviceData:
    """A device of a fleet with the labels of a user of the small bundle."""
    windows, labels = windows_and_labels(bundle, seed, 40)
    return DeviceData(f"user-{seed}", Role.HELD_OUT, windows[:20], labels[:20], windows[20:], labels[20:])
