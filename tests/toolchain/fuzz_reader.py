"""Fuzz the road from a .tflite file to a planned model: a graph or one ModelError, never anything else.

    python -m tests.toolchain.fuzz_reader --files 100000

Mutates models that are built here, and those in PERSONA_DATA. Each file is read, and what can still be read is
compiled, within a time limit (SIGALRM) and a memory limit (RLIMIT_AS). What fails is written to a folder.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tests.toolchain.fuzz_models import seeds
from toolchain.errors import ModelError
from toolchain.model import Model
from toolchain.tflite.reader import read_model

MEMORY_BYTES = 2 << 30
SECONDS = 30
_WORDS = [0, 1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 127, 128, 255, 256, 4096, 65535, 1 << 20, 1 << 26, 2**31 - 1, 2**31]
_WORDS += [2**32 - 1, 2**32 - 2, 2**32 - 128]
_FLOATS = [0.0, -1.0, 1e-38, 1e38, float("inf"), float("nan"), 1e-45]

Mutation = Callable[[bytearray, random.Random], None]


class TookTooLongError(Exception):
    """One file needed more than its time."""


def _byte(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])


def _bit(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _word(data: bytearray, chance: random.Random) -> None:
    """A 32-bit field: offsets, lengths, shapes, indices and options are all of this size and aligned."""
    at = chance.randrange(len(data) // 4) * 4
    struct.pack_into("<I", data, at, chance.choice([*_WORDS, chance.randrange(1 << 32), chance.randrange(64)]))


def _nudge(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) // 4) * 4
    (value,) = struct.unpack_from("<I", data, at)
    struct.pack_into("<I", data, at, (value + chance.choice([-4, -2, -1, 1, 2, 4])) % (1 << 32))


def _float(data: bytearray, chance: random.Random) -> None:
    struct.pack_into("<f", data, chance.randrange(len(data) // 4) * 4, chance.choice(_FLOATS))


def _copy(data: bytearray, chance: random.Random) -> None:
    """A piece of the file over another: tables in the place of other tables."""
    size = min(4 * chance.randint(1, 16), len(data) // 2)
    source, target = (chance.randrange((len(data) - size) // 4 + 1) * 4 for _ in range(2))
    data[target : target + size] = data[source : source + size]


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(8, len(data)) :]


MUTATIONS: list[Mutation] = [
    _byte,
    _byte,
    _bit,
    _word,
    _word,
    _word,
    _nudge,
    _nudge,
    _nudge,
    _nudge,
    _float,
    _copy,
    _cut,
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to four mutations; large files are hit where their tables are, at both ends, more often."""
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if len(damaged) > 64:
            chance.choice(MUTATIONS)(damaged, chance)
    return bytes(damaged)


def verdict(data: bytes) -> str:
    """What became of one file.

    Raises:
        Exception: anything but a ModelError is a finding.
    """
    try:
        graph = read_model(data, "fuzzed")
    except ModelError:
        return "refused by the reader"
    try:
        Model.of(graph)
    except ModelError:
        return "refused by the compiler"
    return "compiled"


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLongError in the block after `seconds`."""

    def stop(_: int, __: FrameType | None) -> None:
        raise TookTooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fuzz(models: list[bytes], files: int, seed: int, findings: Path | None) -> Counter[str]:
    """Try `files` mutated files; verdicts and findings by count."""
    counts: Counter[str] = Counter()
    for number in range(files):
        chance = random.Random(f"{seed}/{number}")
        data = mutated(chance.choice(models), chance)
        try:
            with time_limit(SECONDS):
                counts[verdict(data)] += 1
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what we look for
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
            counts[f"FOUND {name}"] += 1
            if findings is not None:
                findings.mkdir(parents=True, exist_ok=True)
                (findings / f"{number}.tflite").write_bytes(data)
                (findings / f"{number}.txt").write_text(traceback.format_exc())
    return counts


def all_models() -> list[bytes]:
    """The models that are built here, and those in PERSONA_DATA/models up to 600 kB."""
    models = list(seeds())
    named = os.environ.get("PERSONA_DATA")
    if named:
        models += [p.read_bytes() for p in sorted(Path(named, "models").glob("*.tflite"))]
    return models


def main() -> int:
    """Run the fuzzer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--findings", type=Path, default=Path("out/fuzz"))
    args = parser.parse_args()
    models = all_models()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    started = time.monotonic()
    counts = fuzz(models, args.files, args.seed, args.findings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{args.files} files from {len(models)} models in {time.monotonic() - started:.0f} s, peak {peak:.0f} MB")  # noqa: T201
    for name, count in counts.most_common():
        print(f"{count:8}  {name}")  # noqa: T201
    return int(any(name.startswith("FOUND") for name in counts))


if __name__ == "__main__":
    sys.exit(main())
