"""One fold and one seed of one family: bases, a store of its own, and everything that is asked of its users."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch

from models.datasets.fleet import DeviceData
from models.recompile.engines.engine import Chunk, Done, Job, work_off
from models.recompile.methods.lora import factors
from models.recompile.methods.registry import METHODS
from models.recompile.opened import OpenedBase
from models.recompile.order import Order
from models.recompile.run import Request, Row, recompile_all
from models.recompile.start import best_start
from models.recompile.study.families import AGAIN, FAMILIES, NARROW, WIDE
from models.store.filling import FILE_ORDER, HASH, fill
from models.store.records import EvaluationSet, Examples
from models.store.store import Store, open_store
from toolchain.bundle import Bundle
from toolchain.codecs import coder
from toolchain.edit import Edit

COUNTS: Final = (5, 20, 50, 100, 250, 500)
ALL: Final = 1_000_000
"""More examples than any user has."""
SALT: Final = b"persona study 1"
"""Of every store of the experiment, so that the same examples are frozen each time."""


def run_piece(family: str, fold: int, seed: int) -> dict[str, Any]:
    """Rows for each user, method, base and number of examples, as JSON.

    Raises:
        PersonaError: the data set is not at hand, or a base cannot be compiled.
    """
    torch.set_num_threads(1)
    users = FAMILIES[family].users(fold, seed)
    with tempfile.TemporaryDirectory(prefix="persona-recompile-") as name:
        folder = Path(name)
        bundles = _bundles(family, fold, seed, folder / "labelled", own_clips=False)
        tuned = bundles
        if FAMILIES[family].clip is not None:
            tuned = _bundles(family, fold, seed, folder / "editor", own_clips=True)
        rows: list[dict[str, Any]] = []
        with ExitStack() as closing:
            held = _Held(closing)
            for method in METHODS:
                experiment = _Experiment(tuned if method == "editor" else bundles, users, method, HASH, held)
                rows += experiment.rows(folder / f"{method}.db", (WIDE, AGAIN))
            if FAMILIES[family].recorded:
                rows += _Experiment(bundles, users, "ridge", FILE_ORDER, held).rows(folder / "order.db", (WIDE,))
    return {"users": len(users), "sizes": {base: int(b.layout.size) for base, b in bundles.items()}, "rows": rows}


def _bundles(family: str, fold: int, seed: int, folder: Path, *, own_clips: bool) -> dict[str, Bundle]:
    folder.mkdir()
    known = FAMILIES[family]
    return {
        base: known.train(base, fold, seed, folder / f"{base.replace(' ', '-')}.bundle", own_clips=own_clips)
        for base in (NARROW, WIDE, AGAIN)
    }


@dataclass(frozen=True)
class _Held:
    """An engine in this process that opens every base once; `closing` closes them."""

    closing: ExitStack
    opened: dict[tuple[bytes, bytes], OpenedBase] = field(default_factory=dict)
    cores: int = 1

    def base(self, bundle: Bundle) -> OpenedBase:
        """The bundle, opened."""
        name = (bundle.base, bundle.layout.fingerprint)
        if name not in self.opened:
            self.opened[name] = self.closing.enter_context(OpenedBase(bundle))
        return self.opened[name]

    def run(self, job: Job, chunks: Iterable[Chunk]) -> Generator[Done, None, None]:
        """As `Engine.run`."""
        base = self.base(job.bundle)
        for chunk in chunks:
            yield work_off(base, job, chunk)


@dataclass(frozen=True)
class _Experiment:
    """One method from the narrow base to others."""

    bundles: dict[str, Bundle]
    users: tuple[DeviceData, ...]
    method: str
    rule: str
    held: _Held

    def rows(self, path: Path, targets: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """A store for each new base, so that the edit to be replaced is always the narrow one."""
        for target in targets:
            with open_store(path.with_name(f"{target.replace(' ', '-')}-{path.name}"), create=True, salt=SALT) as store:
                fill(store, self.users, self.rule)
                original = {row.device.id: row for row in self._recompiled(store, NARROW, ALL)}
                for count in (*COUNTS, ALL):
                    for row in self._recompiled(store, target, count):
                        yield self._row(row, original[row.device.id], target, count)
                if self.rule == HASH:
                    yield from self._forced(store, original, target)

    def _recompiled(self, store: Store, target: str, count: int) -> Iterator[Row]:
        request = Request(self.bundles[target], Order(self.method, count))
        return recompile_all(store, request, self.held)

    def _row(self, row: Row, original: Row, target: str, count: int) -> dict[str, Any]:
        """`old_*` are those of the edit with all examples, accepted or not: the gain that is to be recovered."""
        outcome = row.outcome
        return {
            "user": row.device.name,
            "method": self.method,
            "rule": self.rule,
            "target": target,
            "asked": None if count == ALL else count,
            "examples": outcome.examples,
            "refused": None if outcome.old_edit is None else outcome.transport is not None,
            "transport": outcome.transport,
            "before": outcome.before,
            "after": outcome.after,
            "old_before": original.outcome.before,
            "old_after": original.outcome.after,
            "verdict": outcome.verdict.value,
            "seconds": outcome.seconds,
        }

    def _forced(self, store: Store, original: dict[int, Row], target: str) -> Iterator[dict[str, Any]]:
        """What a device would score if nobody refused the old edit, where its shape fits the new base."""
        old, new = self.held.base(self.bundles[NARROW]), self.held.base(self.bundles[target])
        for device in store.devices():
            evaluation, made = store.evaluation(device.id), original[device.id].outcome.edit
            kept = [edit for edit in store.edits(device.id) if edit.id == made]
            if evaluation is None or not kept:
                continue
            forced = _forced_score(Edit.parse(kept[0].packed), new, evaluation)
            adapter = None
            if self.method == "lora":
                adapter = _adapter_fits(old, new, store.training(device.id))
            yield {
                "user": device.name,
                "method": self.method,
                "rule": "forced",
                "target": target,
                "fits": forced is not None,
                "adapter_fits": adapter,
                "before": _unedited(new, evaluation),
                "after": forced,
            }


def _unedited(base: OpenedBase, evaluation: EvaluationSet) -> float:
    return base.accuracy(evaluation.examples.windows, evaluation.examples.labels, base.table[0])


def _forced_score(edit: Edit, new: OpenedBase, evaluation: EvaluationSet) -> float | None:
    """The old delta on the new base's own row, fingerprints ignored; None where its shape does not fit."""
    if edit.layout != new.layout.fingerprint or edit.prototype >= len(new.table):
        return None
    bank = new.table[edit.prototype] + coder(edit.codec, new.layout).decode(edit.payload)
    return new.accuracy(evaluation.examples.windows, evaluation.examples.labels, bank)


def _adapter_fits(old: OpenedBase, new: OpenedBase, examples: Examples) -> bool:
    """Whether the factors of an adapter of the old base can be multiplied into the new base's matrices."""
    embeddings = old.embed(examples.windows)
    adapter = factors(old, best_start(old, embeddings, examples.labels), embeddings, examples.labels)
    shapes = {tensor.name: tensor.shape for tensor in new.layout.tensors}
    moves = {name: tuple(move.shape[1:]) for name, move in adapter.matrices().items()}
    return all(shapes.get(name) == shape for name, shape in moves.items())
