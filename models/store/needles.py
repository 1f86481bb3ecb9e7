"""Look for many short runs of bytes in a file at once, in a time that does not depend on how many they are."""

from __future__ import annotations

from collections.abc import Iterable
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

LEAST: Final = 8
"""Bytes that a needle has at least."""
PIECE: Final = 24
_STRIDE: Final = 512
_VARIED: Final = 10
"""Different bytes that a piece has at least: zeros and other patterns are everybody's."""
_BLOCK: Final = 1 << 22
_LOW: Final = np.uint64(0xFFFF)


def pieces(content: bytes) -> set[bytes]:
    """Parts of `content` that tell it from other contents.

    A database cuts long values in pages, so whole ones are not to be found; of a part each 512 bytes most are whole.
    """
    starts = range(0, max(1, len(content) - PIECE + 1), _STRIDE)
    parts = {content[start : start + PIECE] for start in starts}
    return {part for part in parts if len(part) == PIECE and len(set(part)) >= _VARIED}


def found_in(path: Path, needles: Iterable[bytes]) -> set[bytes]:
    """Those of `needles` (at least `LEAST` bytes each, at most 4 MiB) that are somewhere in the file."""
    by_head: dict[int, list[bytes]] = {}
    for needle in needles:
        by_head.setdefault(int.from_bytes(needle[:LEAST], "little"), []).append(needle)
    if not by_head:
        return set()
    heads = np.array(sorted(by_head), np.uint64)
    longest = max(len(needle) for several in by_head.values() for needle in several)
    found: set[bytes] = set()
    with path.open("rb") as file:
        kept = b""
        while block := file.read(_BLOCK):
            data = kept + block
            for place, head in _places(data, heads):
                found.update(needle for needle in by_head[head] if data.startswith(needle, place))
            kept = data[-(longest - 1) :]
    return found


def _places(data: bytes, heads: npt.NDArray[np.uint64]) -> Iterable[tuple[int, int]]:
    """Where in `data` eight bytes are one of `heads`, and which."""
    low = np.zeros(int(_LOW) + 1, np.bool_)
    low[(heads & _LOW).astype(np.int64)] = True
    for shift in range(LEAST):
        count = (len(data) - shift) // LEAST
        if count < 1:
            continue
        words = np.frombuffer(data, "<u8", count, shift)
        near = np.flatnonzero(low[words & _LOW])
        for word in near[np.isin(words[near], heads)].tolist():
            yield word * LEAST + shift, int(words[word])


def unexplained(path: Path, word: bytes, others: Iterable[bytes]) -> int:
    """How often `word` is in the file without being a part of one of `others`, which may be there."""
    if not path.stat().st_size:
        return 0
    known = set(others)
    parts = {(start, len(other)) for other in known for start in _starts(other, word)}
    count, at = 0, -1
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        while (at := content.find(word, at + 1)) >= 0:
            around = (content[max(0, at - start) : max(0, at - start) + size] for start, size in parts)
            count += not any(each in known for each in around)
    return count


def _starts(text: bytes, word: bytes) -> Iterable[int]:
    at = -1
    while (at := text.find(word, at + 1)) >= 0:
        yield at
