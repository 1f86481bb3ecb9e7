"""A store to try things on: `python -m models.recompile.study.example -o out/recompile/wisdm`.

Trains the narrow and the wide base of a family, stores the users that neither has seen, gives each its edit on the
narrow base, and adds the wide one, so that `persona recompile --store .../store.db --json -` moves everybody.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

import torch

from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, recompile_all
from models.recompile.study.families import FAMILIES, NARROW, WIDE
from models.recompile.study.piece import SALT
from models.store.filling import HASH, fill
from models.store.store import open_store
from toolchain.errors import PersonaError

STORE: Final = "store.db"


def main(arguments: Sequence[str] | None = None, stream: TextIO = sys.stderr) -> int:
    """Make it; the exit code is that of the first error."""
    parser = argparse.ArgumentParser(prog="python -m models.recompile.study.example", description=__doc__)
    parser.add_argument("--family", choices=sorted(FAMILIES), default="wisdm")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, default=Path("out/recompile/wisdm"))
    options = parser.parse_args(arguments)
    try:
        accepted, users = make(options.family, options.fold, options.seed, options.output)
    except PersonaError as error:
        stream.write(f"error: {error}\n")
        return error.exit_code
    place = options.output / STORE
    stream.write(f"{users} users, {accepted} with an accepted edit on the narrow base\n")
    stream.write(f"next: persona recompile --store {place} --json -\n")
    return 0


def make(family: str, fold: int, seed: int, folder: Path) -> tuple[int, int]:
    """How many users have an accepted edit on the narrow base, of how many.

    Raises:
        PersonaError: the data is not at hand, or something else is in the way in `folder`.
    """
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    known = FAMILIES[family]
    bundles = {base: known.train(base, fold, seed, folder / f"{base}.bundle") for base in (NARROW, WIDE)}
    with open_store(folder / STORE, create=True, salt=SALT) as store:
        fill(store, known.users(fold, seed), HASH)
        rows = list(recompile_all(store, Request(bundles[NARROW], Order()), Local()))
        store.add_base(bundles[WIDE])
    return sum(row.outcome.verdict.value == "accepted" for row in rows), len(rows)


if __name__ == "__main__":
    sys.exit(main())
