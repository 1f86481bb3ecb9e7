"""Building: one clear error before anything is written, and the same image from the same bundle."""

import shutil
from pathlib import Path

import pytest

from firmware_bridge import build as building
from firmware_bridge import programs
from firmware_bridge.build import build, image_path, require_compiler
from firmware_bridge.errors import BuildError
from firmware_bridge.image import Image
from firmware_bridge.platforms import MPS2_AN385, PLATFORMS, POSIX, platform_named


@pytest.fixture(scope="module")
def posix_image(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The tiny device for this machine, as a user builds it."""
    return build(tiny_bundle, POSIX, tmp_path_factory.mktemp("out"))


def test_a_build_leaves_the_image_and_its_map(posix_image: Image) -> None:
    """And nothing else: no temporary directory, no object file."""
    folder = posix_image.path.parent
    assert posix_image.path == image_path(folder, POSIX)
    assert sorted(path.name for path in folder.iterdir()) == ["posix.elf", "posix.map"]


def test_the_same_bundle_gives_the_same_image_anywhere(posix_image: Image, tiny_bundle: Path, tmp_path: Path) -> None:
    """No path, no time, no order of a directory gets into it."""
    copy = tmp_path / "a folder with another name"
    shutil.copytree(tiny_bundle, copy)
    again = build(copy, POSIX, tmp_path / "out")
    assert again.digest == posix_image.digest
    assert str(tmp_path).encode() not in again.path.read_bytes()


def test_progress_counts_the_compilers_steps(tiny_bundle: Path, tmp_path: Path) -> None:
    """Up to the last one, in order."""
    seen: list[tuple[str, int, int]] = []
    build(tiny_bundle, POSIX, tmp_path, lambda *step: seen.append(step))
    assert {stage for stage, _, _ in seen} == {"build"}
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1] == seen[-1][2]


@pytest.mark.parametrize("name", ["persona_bundle.h", "persona_model.h", "model.h", "model.c"])
def test_an_incomplete_bundle_names_the_missing_file(tiny_bundle: Path, tmp_path: Path, name: str) -> None:
    """Before anything is written."""
    broken = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, broken)
    (broken / "c" / name).unlink()
    with pytest.raises(BuildError, match=f"c/{name}"):
        build(broken, POSIX, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_cross_compiler_names_program_and_package(
    tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="arm-none-eabi-gcc on PATH") as caught:
        build(tiny_bundle, MPS2_AN385, tmp_path / "out")
    assert "apt-get install gcc-arm-none-eabi" in caught.value.message()
    assert not (tmp_path / "out").exists()


def test_the_hosts_compiler_may_be_chosen_by_cc(monkeypatch: pytest.MonkeyPatch) -> None:
    """As CMake does it; a cross compiler has its fixed name."""
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    with pytest.raises(BuildError, match="no-such-compiler on PATH"):
        require_compiler(POSIX)


def test_a_missing_build_tool_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CMake and Ninja come as wheels."""
    monkeypatch.setattr(programs.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match="pip install ninja"):
        programs.tool("ninja")


def test_the_tool_beside_the_interpreter_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel of the environment, not whatever the machine has."""
    for folder in ("environment", "machine"):
        tool = tmp_path / folder / "cmake"
        tool.parent.mkdir()
        tool.touch(mode=0o755)
    monkeypatch.setattr(programs.sys, "executable", str(tmp_path / "environment" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "machine"))
    assert programs.tool("cmake") == str(tmp_path / "environment" / "cmake")


def test_a_compiler_error_shows_its_words_and_keeps_the_old_image(tiny_bundle: Path, tmp_path: Path) -> None:
    """An image that is there stays as it was."""
    out = tmp_path / "out"
    old = build(tiny_bundle, POSIX, out)
    broken = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, broken)
    (broken / "c" / "model.c").write_text("#error the kernel is missing\n")
    with pytest.raises(BuildError, match="the kernel is missing"):
        build(broken, POSIX, out)
    assert building.inspect(old.path, POSIX) == old
    assert sorted(path.name for path in out.iterdir()) == ["posix.elf", "posix.map"]


def test_a_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    """With its children, and the message says so."""
    with pytest.raises(BuildError, match="no end within"):
        programs.run(["sh", "-c", "sleep 60 & wait"], "wait", cwd=tmp_path, deadline_s=0.2)


def test_an_unknown_platform_lists_the_known_ones() -> None:
    """The names are those of the table."""
    assert platform_named("posix") is POSIX
    with pytest.raises(BuildError, match="posix, mps2-an386, mps2-an385"):
        platform_named("toaster")


def test_every_platform_has_its_port_and_preset() -> None:
    """A row of the table without a port would fail only when somebody builds it."""
    presets = (building.FIRMWARE_DIR / "CMakePresets.json").read_text()
    for platform in PLATFORMS.values():
        assert (building.FIRMWARE_DIR / "ports" / platform.name / "port.cmake").is_file()
        assert f'"name": "{platform.preset}"' in presets
