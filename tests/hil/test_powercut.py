"""Power is cut while a durable edit is delivered: what runs afterwards is the old bank or the new one, as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware_bridge.build import build
from firmware_bridge.platforms import MPS2_AN386
from hil.errors import WrongResultError
from hil.flash_faults import FlashSizes
from hil.library import LibraryDevice, build_library
from hil.powercut.__main__ import main, result
from hil.powercut.board import Board, spread
from hil.powercut.fittest import fittest_prototype
from hil.powercut.host import SILENT, Host
from hil.powercut.plugin import StoreCounter
from hil.powercut.tally import Tally
from hil.powercut.update import Course
from toolchain.bundle import Bundle

CUTS = 24


@pytest.fixture(scope="module")
def library(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small device as a library."""
    return build_library(small_bundle.path, tmp_path_factory.mktemp("library"))


@pytest.mark.property("P13", "P14", "P16", "P22")
@pytest.mark.parametrize(
    "sizes", [FlashSizes(sector=64, word=4, sectors=32), FlashSizes(sector=256, word=16, sectors=16)]
)
def test_a_device_survives_a_cut_at_every_store(library: Path, small_bundle: Bundle, sizes: FlashSizes) -> None:
    """Torn, unstable, reordered or silently lost stores; a second cut in recovery; one more update afterwards."""
    host = Host(library, Course(small_bundle, small_bundle.base, fittest_prototype(small_bundle)), sizes)
    try:
        tally = host.run()
    finally:
        host.close()
    assert tally.first_failure == ""
    assert set(tally.cuts) == {"before", "torn", "unstable", "reordered", SILENT}
    assert tally.cuts == tally.recovered
    assert tally.cuts.total() == 5 * host.stores
    assert tally.second_cuts > 0


@pytest.mark.emulator
@pytest.mark.property("P13", "P16", "P22")
def test_an_emulated_m4_survives_a_cut(small_bundle: Bundle, tmp_path: Path) -> None:
    """QEMU ends right after a store; the flash is what the file holds then."""
    image = build(small_bundle.path, MPS2_AN386, tmp_path)
    board = Board(image, Course(small_bundle, small_bundle.base), StoreCounter.build(tmp_path), tmp_path)
    tally = board.run(CUTS)
    assert tally.first_failure == ""
    assert (tally.cuts.total(), tally.recovered.total()) == (CUTS, CUTS)
    # The last of the evenly spread stores is the second confirm word, behind which the new bank is settled.
    assert tally.kept == CUTS - 1


def test_a_device_that_does_not_recover_is_counted_and_named() -> None:
    """And the others are counted all the same."""
    tally = Tally()
    with tally.cut("torn", "store 1"):
        raise WrongResultError("it is gone")
    with tally.cut("torn", "store 2"):
        pass
    assert (tally.cuts["torn"], tally.recovered["torn"]) == (2, 1)
    assert tally.first_failure == "torn, store 1: it is gone"


def test_cuts_are_spread_evenly_up_to_the_last_store() -> None:
    """Every store where there are no more than cuts."""
    assert spread(3, 10) == [1, 2, 3]
    assert spread(100, 4) == [25, 50, 75, 100]


def test_figures_are_printed_as_json(small_bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    """The table goes to standard error then."""
    assert main(["--bundle", str(small_bundle.path), "--cuts", "0", "--json", "-"]) == 0
    printed = capsys.readouterr()
    figures = json.loads(printed.out)["host"]
    assert set(figures) == {"cuts", "recovered", "second_cuts"}
    assert figures["cuts"] == figures["recovered"] > 0
    assert "reordered" in printed.err
    assert set(result({"mps2-an386": Tally()})["mps2-an386"]) == {"cuts", "recovered", "stores"}


def test_a_bundle_that_is_none_is_an_error_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback."""
    assert main(["--bundle", str(tmp_path)]) != 0
    assert capsys.readouterr().err.startswith("error: ")


def test_devices_of_one_process_do_not_share_anything(library: Path) -> None:
    """Each has loaded the library for itself."""
    first, second = LibraryDevice(library), LibraryDevice(library)
    first.flash = bytes(first.sizes.total)
    assert second.flash == b"\xff" * second.sizes.total
    first.close()
    first.close()
    assert second.boot() is None
    second.close()
