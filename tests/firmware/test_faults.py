"""A device that cannot go on says why and ends, with a code that tells how."""

import shutil
import subprocess
from pathlib import Path

import pytest

from firmware_bridge.build import build
from firmware_bridge.image import Image
from firmware_bridge.messages import LOG_KIND, Infer, Kind
from firmware_bridge.platforms import LM3S6965EVB, MPS2_AN385, MPS2_AN386, NETDUINOPLUS2, POSIX, Platform
from hil.emulator import start
from tests.firmware.tiny_model import assemble
from tests.firmware.wire import Wire

FAULT, MEMORY, BUS, USAGE = 100, 4, 5, 6


@pytest.fixture(scope="module")
def faulty_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that fails as its input asks."""
    return assemble("faulty_bundle", tmp_path_factory.mktemp("bundles"))


ARM = [MPS2_AN386, MPS2_AN385, NETDUINOPLUS2, LM3S6965EVB]


@pytest.fixture(scope="module", params=ARM, ids=lambda platform: platform.name)
def faulty_image(
    request: pytest.FixtureRequest, faulty_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Image:
    """Its firmware."""
    platform: Platform = request.param
    for program in (platform.compiler, "qemu-system-arm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    return build(faulty_bundle, platform, tmp_path_factory.mktemp("faulty"))


@pytest.mark.emulator
@pytest.mark.parametrize(("how", "exception"), [(b"b", BUS), (b"u", USAGE), (b"s", MEMORY)])
def test_a_fault_is_reported_and_ends_the_emulator(faulty_image: Image, how: bytes, exception: int) -> None:
    """A bad address, an undefined instruction, a stack that ran over: one log line, exit code 100 + exception."""
    if how == b"b" and faulty_image.platform is LM3S6965EVB:
        pytest.skip("QEMU's lm3s6965evb ignores failed memory transactions")
    with start(faulty_image) as emulator:
        with emulator.device():  # bytes that come before a UART is on may be lost; this asks again
            pass
        wire = Wire(emulator.url)
        assert wire.ask(Infer(b"?")).output == b"?"
        wire.send(wire.frame(Kind.INFER, Infer(how).pack()).pack())
        (log,) = wire.receive()
        wire.close()
        code = emulator.process.exit_code(10)
    assert code == FAULT + exception
    assert log.kind == LOG_KIND
    words = log.payload.decode().split()
    assert words[0] == "fault"
    assert int(words[1], 16) == exception
    assert words[2:4] == ["at", "pc"]
    if how != b"s":
        start_of_flash = min(section.address for section in faulty_image.sections)
        assert 0 < int(words[4], 16) - start_of_flash < faulty_image.flash_bytes


def test_a_model_of_another_release_is_refused_at_boot(faulty_bundle: Path, tmp_path: Path) -> None:
    """The device says what is wrong and does not serve."""
    source = faulty_bundle / "c" / "model.c"
    other = tmp_path / "bundle"
    shutil.copytree(faulty_bundle, other)
    text = source.read_text().replace("PERSONA_MODEL_ABI", "PERSONA_MODEL_ABI + 1").replace("udf #0", "nop")
    (other / "c" / "model.c").write_text(text)
    image = build(other, POSIX, tmp_path / "out")
    done = subprocess.run([image.path, "--port", "0"], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert done.stderr == "persona-device: the model is of another release\n"
