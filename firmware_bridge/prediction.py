"""What the firmware of a bundle needs on a platform, before it is compiled.

The parts that a bundle sizes (arena, banks, prototypes, context, output) are exact: they are arrays of known length
(firmware/core/memory.c), and the linked image has the same numbers. Code, stack and the link's buffers come on top, so
that what is known here is a lower bound of flash and RAM.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_bridge.errors import BuildError, NoRoomError
from firmware_bridge.platforms import Platform
from toolchain.manifest import Manifest

CONTEXT_WINDOWS: Final = 32
"""PERSONA_CONTEXT_CAPACITY of firmware/core/memory.c, for embeddings of at most CONTEXT_MOST_BYTES."""
CONTEXT_MOST_BYTES: Final = 1024
MOMENTS_BYTES: Final = 12
"""sizeof(persona_moments) of firmware/core: what is kept of each dimension besides the embeddings."""
_FLOAT_BYTES: Final = 4
_OVERFLOW: Final = re.compile(r"region .(FLASH|RAM). overflowed by (\d+) bytes")
"""What GNU ld says where an image is larger than its linker script allows."""
_ALIGNMENT: Final = 4


@dataclass(frozen=True)
class Need:
    """Bytes by part, named as in `image.Image.parts`, and all constant tables."""

    parts: dict[str, int]
    constant_bytes: int
    peak_operator: str

    @property
    def ram_bytes(self) -> int:
        """RAM at least."""
        return sum(size for name, size in self.parts.items() if name != "prototypes")

    @property
    def flash_bytes(self) -> int:
        """Flash at least."""
        return self.constant_bytes


def need(manifest: Manifest) -> Need:
    """What a bundle needs."""
    memory, embedding = manifest.memory, manifest.embedding
    floats = memory.adaptive_bytes // _FLOAT_BYTES
    window = 0 if embedding is None or embedding.nbytes > CONTEXT_MOST_BYTES else embedding.nbytes
    parts = {
        "arena": max(1, memory.arena_bytes),
        "banks": 2 * _FLOAT_BYTES * max(1, floats),
        "prototypes": manifest.prototypes * memory.adaptive_bytes,
        "context": _context_bytes(window),
        "output": max(1, sum(signal.nbytes for signal in manifest.outputs)),
    }
    return Need(parts, memory.constant_bytes, memory.peak_operator)


def _context_bytes(window: int) -> int:
    """The statistics of each dimension and the ring of embeddings, as a C structure."""
    used = MOMENTS_BYTES * max(1, window) + max(1, CONTEXT_WINDOWS * window)
    return -(-used // _ALIGNMENT) * _ALIGNMENT


def require_room(bundle_dir: Path, platform: Platform) -> None:
    """Refuse a bundle that cannot fit; nothing is known of a folder without manifest.

    Raises:
        NoRoomError: says by how much, and which operator peaks.
        BuildError: the manifest is damaged.
    """
    path = bundle_dir / "manifest.json"
    if platform.flash_bytes is None or platform.ram_bytes is None or not path.is_file():
        return
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise BuildError(f"{path} is damaged", received=str(error), remedy="compile the bundle again") from error
    known = need(Manifest.parse(document))
    if known.ram_bytes > platform.ram_bytes:
        raise NoRoomError(
            f"the model does not fit {platform.name}: {known.ram_bytes - platform.ram_bytes:,} bytes of RAM too much",
            expected=f"at most {platform.ram_bytes:,} bytes, stack and link included",
            received=f"{known.ram_bytes:,} bytes: {_listed(known.parts)}",
            remedy=f"make the tensors of operator {known.peak_operator} smaller, where the arena peaks",
        )
    if known.flash_bytes > platform.flash_bytes:
        raise NoRoomError(
            f"the model does not fit {platform.name}: {known.flash_bytes - platform.flash_bytes:,} bytes of flash "
            "too much",
            expected=f"at most {platform.flash_bytes:,} bytes, code included",
            received=f"{known.flash_bytes:,} bytes of constants, {known.parts['prototypes']:,} of them prototypes",
            remedy="fewer or narrower layers, fewer prototypes, or a larger board",
        )


def told_of_room(error: BuildError, platform: str) -> BuildError:
    """`error` of a build, or the one that it means: what `require_room` lets pass may still be too much for the linker.

    Code, stack and the link's buffers are known only then.
    """
    found = dict(_OVERFLOW.findall(str(error)))
    if not found:
        return error
    missing = " and ".join(f"{int(size):,} bytes of {memory}" for memory, size in sorted(found.items()))
    return NoRoomError(
        f"the model does not fit {platform}: {missing.replace('FLASH', 'flash')} too much",
        remedy="a smaller model, a larger board, or a build for size: persona build --optimise size",
    )


def _listed(parts: dict[str, int]) -> str:
    return ", ".join(f"{name} {size:,}" for name, size in parts.items() if name != "prototypes")
