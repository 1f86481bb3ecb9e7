"""A short stress run: every edit comes through to the bit, and what went wrong on the line is counted."""

from pathlib import Path

import pytest

from hil.adaptation_cost import adaptation_cost
from hil.faults import Rates
from hil.stress import ONE_IN_FIFTY, Run, Share, build_for_stress, stress, stress_one
from toolchain.bundle import Bundle


@pytest.fixture(scope="module")
def library(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small device without limits."""
    return build_for_stress(small_bundle.path, tmp_path_factory.mktemp("stress"))


@pytest.mark.property("P6", "P9", "P12")
def test_inferences_see_old_or_new_bits_and_every_edit_arrives(library: Path, small_bundle: Bundle) -> None:
    """Hundreds of edits on two devices, one frame in fifty damaged, lost, repeated and reordered each."""
    tally = stress(library, small_bundle.path, Share(edits=301, devices=2, seed=4))
    assert (301, 0, 0, 0) == (tally.edits, tally.wrong_parameters, tally.stuck_devices, tally.mixed_outputs)
    assert tally.inferences > 2 * tally.edits
    assert {"damage", "lose", "repeat", "reorder"} == set(tally.faults)


@pytest.mark.property("P12")
def test_ten_thousand_switches_while_inferring(library: Path, small_bundle: Bundle) -> None:
    """Over a good line, where nothing but the switches can go wrong."""
    tally = stress_one(Run(library, small_bundle.path, 10_000, seed=1, rates=Rates()))
    assert (10_000, 0, 0, 0) == (tally.edits, tally.wrong_parameters, tally.stuck_devices, tally.mixed_outputs)
    assert tally.inferences >= 3 * 9_999


def test_a_device_that_takes_nothing_is_stuck(library: Path, small_bundle: Bundle) -> None:
    """And the run ends there."""
    tally = stress_one(Run(library, small_bundle.path, 5, seed=1, rates=Rates(lose=0.9)))
    assert (1, 0) == (tally.stuck_devices, tally.wrong_parameters)
    assert tally.edits < 5


def test_edits_are_shared_out_and_no_two_devices_meet_the_same_faults() -> None:
    """Nor do two runs of different seeds."""
    runs = [run for seed in range(3) for run in Share(32, 5, seed).runs(Path("library"), Path("bundle"))]
    assert [7, 7, 6, 6, 6] == [run.edits for run in runs[:5]]
    assert len(runs) == len({run.seed for run in runs})
    assert {ONE_IN_FIFTY} == {run.rates for run in runs}


def test_an_adaptation_is_measured_with_its_summary_and_its_mac(library: Path, small_bundle: Bundle) -> None:
    """SUMMARY, BEGIN with the whole small edit behind it, VERIFY, APPLY: four requests and nothing else."""
    cost = adaptation_cost(small_bundle, library)
    assert (4, 0) == (cost.requests, cost.retries)
    assert 36 + 16 < cost.sent_bytes < 300
