"""What a bundle needs is known before it is compiled, and the linked image agrees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.build import build
from firmware_bridge.errors import BuildError
from firmware_bridge.image import Image
from firmware_bridge.platforms import platform_named
from firmware_bridge.prediction import need
from toolchain.bundle import Bundle

OVERHEAD_RAM = 16 * 1024
OVERHEAD_FLASH = 48 * 1024


def agrees(bundle: Bundle, image: Image) -> None:
    """Exact parts are equal; the rest lies between the prediction and what code, stack and link may add."""
    known = need(bundle.manifest)
    assert known.parts == {name: image.parts[name] for name in known.parts}
    assert known.ram_bytes <= image.ram_bytes <= known.ram_bytes + OVERHEAD_RAM
    assert known.flash_bytes <= image.flash_bytes <= known.flash_bytes + OVERHEAD_FLASH


def test_the_image_of_this_machine_agrees(small_bundle: Bundle, small_image: Image) -> None:
    """posix: arena, banks, prototypes, context and output are what was predicted."""
    agrees(small_bundle, small_image)


@pytest.mark.emulator
def test_the_image_of_a_cortex_m4_agrees(small_bundle: Bundle, tmp_path: Path) -> None:
    """mps2-an386, likewise."""
    agrees(small_bundle, build(small_bundle.path, platform_named("mps2-an386"), tmp_path))


@pytest.mark.parametrize(("field", "what"), [("ram_bytes", "RAM"), ("flash_bytes", "flash")])
def test_a_model_that_is_too_large_is_refused_with_the_excess(
    small_bundle: Bundle, tmp_path: Path, field: str, what: str
) -> None:
    """Before anything is compiled: by how much, and for RAM where it peaks."""
    known = need(small_bundle.manifest)
    small = replace(platform_named("mps2-an386"), **{field: getattr(known, field) - 10})
    with pytest.raises(BuildError, match=rf"10 bytes of {what} too much") as caught:
        build(small_bundle.path, small, tmp_path)
    if what == "RAM":
        assert small_bundle.manifest.memory.peak_operator in str(caught.value)
