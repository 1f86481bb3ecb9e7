"""Sizes from the linked image."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.errors import BuildError
from firmware_bridge.image import Image, inspect, map_path
from firmware_bridge.linkmap import shares
from firmware_bridge.platforms import POSIX
from tests.firmware.tiny_model import LAYOUT, PROTOTYPES

ARM = ["mps2-an386", "mps2-an385", "netduinoplus2", "lm3s6965evb"]


def test_named_parts_have_the_sizes_of_the_bundle(sanitized_image: Image) -> None:
    """Two banks, the arena, the table of prototypes, the context ring, the output."""
    parts = sanitized_image.parts
    assert parts["banks"] >= 2 * 4 * LAYOUT.size
    assert parts["arena"] >= 48
    assert parts["prototypes"] == PROTOTYPES.nbytes
    assert parts["context"] >= 32 * 4
    assert parts["output"] >= 12


@pytest.mark.parametrize("name", ARM)
def test_an_arm_image_fits_its_board_and_adds_up(arm_image: Callable[[str], Image], name: str) -> None:
    """Flash and RAM lie where the board has them, do not overlap, and the parts are within them."""
    image = arm_image(name)
    assert image.platform.flash_bytes is not None
    assert image.platform.ram_bytes is not None
    assert 0 < image.flash_bytes < image.platform.flash_bytes
    assert (
        sum(image.parts[name] for name in ("banks", "arena", "context", "output", "link", "stack")) <= image.ram_bytes
    )
    for before, after in zip(image.sections, image.sections[1:], strict=False):
        assert before.address + before.size <= after.address
    assert all(section.address >= 0x2000_0000 for section in image.sections if section.in_ram)


@pytest.mark.parametrize("name", ARM)
def test_the_shares_account_for_the_image(arm_image: Callable[[str], Image], name: str) -> None:
    """Core, model, port and libraries are all there is, but for padding."""
    image = arm_image(name)
    assert set(image.shares) == {"core", "model", "port", "libraries"}
    flash = sum(share.flash_bytes for share in image.shares.values())
    ram = sum(share.ram_bytes for share in image.shares.values())
    assert 0 <= image.flash_bytes - flash < 128
    assert 0 <= image.ram_bytes - ram < 128


def test_an_image_without_a_map_has_no_shares(sanitized_image: Image, tmp_path: Path) -> None:
    """Everything else is still known."""
    alone = tmp_path / "alone.elf"
    shutil.copy(sanitized_image.path, alone)
    image = inspect(alone, POSIX)
    assert image == replace(sanitized_image, path=alone, shares={})


def test_another_linkers_map_gives_nothing() -> None:
    """Rather than wrong numbers."""
    assert {share.flash_bytes for share in shares("# Path: a.out\n0x1 0x2 text\n").values()} == {0}


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    """A missing file and one that is something else."""
    with pytest.raises(BuildError, match="no firmware image"):
        inspect(tmp_path / "none.elf", POSIX)
    text = tmp_path / "text.elf"
    text.write_text("not an ELF")
    with pytest.raises(BuildError, match="not a firmware image"):
        inspect(text, POSIX)
    assert map_path(text) == tmp_path / "text.map"
