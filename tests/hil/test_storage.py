"""The flash of an emulated device, kept in a file: what was confirmed outlives the emulator, the rest does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.build import build
from firmware_bridge.client import Device
from firmware_bridge.image import Image
from firmware_bridge.messages import Boot
from firmware_bridge.platforms import PLATFORMS, POSIX
from hil.emulator import STORING, start
from hil.errors import HilError, NoBootError
from toolchain.bundle import Bundle
from toolchain.edit import Edit, encode_edit
from toolchain.keys import DeviceKey

KEY = DeviceKey(bytes(range(8)), bytes(range(32)))


@pytest.fixture(scope="module")
def image_of(small_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Image]:
    """Builds the small device for a board."""
    folder = tmp_path_factory.mktemp("storing")
    return lambda board: build(small_bundle.path, PLATFORMS[board], folder)


def edit_for(device: Device, bundle: Bundle, size: float, *, durable: bool) -> Edit:
    """An edit that moves every parameter by `size`."""
    return encode_edit(
        np.full(bundle.layout.size, size, np.float32),
        layout=bundle.layout,
        base=device.hello.base,
        prototypes=bundle.prototypes,
        prototype=0,
        counter=device.counter + 1,
        durable=durable,
    )


@pytest.mark.emulator
@pytest.mark.property("P22", "P16", "P15")
@pytest.mark.parametrize("board", sorted(STORING))
def test_what_confirm_settled_outlives_the_emulator(
    board: str, image_of: Callable[[str], Image], small_bundle: Bundle, tmp_path: Path
) -> None:
    """APPLY and an unconfirmed COMMIT vanish, a confirmed one stays with its counter, and so does the key."""
    image, storage = image_of(board), tmp_path / "device, one.flash"
    with start(image, storage) as emulator, emulator.device() as device:
        assert device.status().boot is Boot.FACTORY
        device.provision(KEY)
        kept = edit_for(device, small_bundle, 0.001, durable=True)
        device.commit_edit(kept, small_bundle)
        assert device.confirm() == kept.counter
        device.send_edit(edit_for(device, small_bundle, 0.002, durable=False), small_bundle)
    with start(image, storage) as emulator, emulator.device() as device:
        status = device.status()
        assert (status.boot, status.counter, status.active_digest) == (Boot.RESTORED, kept.counter, kept.digest)
        assert device.hello.device_id == KEY.id
        device.commit_edit(edit_for(device, small_bundle, 0.003, durable=True), small_bundle)
    with start(image, storage) as emulator, emulator.device() as device:
        status = device.status()
        assert (status.boot, status.counter, status.active_digest) == (Boot.DROPPED, kept.counter, kept.digest)


def test_a_board_whose_flash_is_no_file_says_so(image_of: Callable[[str], Image], tmp_path: Path) -> None:
    """The message names the boards that can."""
    with pytest.raises(HilError, match="posix"), start(image_of("mps2-an385"), tmp_path / "flash"):
        pass


def test_a_file_that_is_no_flash_is_refused(image_of: Callable[[str], Image], tmp_path: Path) -> None:
    """A file of another size is not touched."""
    storage = tmp_path / "letter.txt"
    storage.write_text("no flash")
    with (
        start(image_of(POSIX.name), storage) as emulator,
        pytest.raises(NoBootError, match="letter"),
        emulator.device(),
    ):
        pass
    assert storage.read_text() == "no flash"
