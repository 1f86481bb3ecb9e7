"""What `persona store add` does: tell what each source is, put it in, freeze what is not frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from models.store.errors import StoreError
from models.store.exchange import read_blocks
from models.store.filed import FORMATS, Block
from models.store.filling import FILE_ORDER, HASH, add_user, has_set, last_of_each_class
from models.store.ledger import Brought
from models.store.shelf import Added
from models.store.store import Store
from persona.extras import needs
from toolchain.bundle import SEAL, Bundle
from toolchain.edit import Edit
from toolchain.progress import Progress, silent

_TRAINED: Final = "trained.json"


@dataclass(frozen=True)
class Adding:
    """How sources are added: `rule` says what is frozen (`hash`, `file-order` or `none`), `share` how much of it.

    `device` names the device of an edit, or of a file that names none, `hardware` is its id, `bundle` the edit's base.
    """

    rule: str = HASH
    share: float = 0.5
    device: str | None = None
    bundle: Path | None = None
    hardware: bytes | None = None


@dataclass
class Report:
    """What was added; `notes` say what was not done and why."""

    bases: list[str] = field(default_factory=list)
    devices: dict[str, Added] = field(default_factory=dict)
    edits: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        devices = [
            {"name": name, "new": added.new, "known": added.known, "frozen": added.frozen}
            for name, added in self.devices.items()
        ]
        return {"bases": self.bases, "devices": devices, "edits": self.edits, "notes": self.notes}


class Kind(Enum):
    """What a source is; in this order they are added, so that an edit finds its device's frozen set."""

    BUNDLE = auto()
    TRAINED = auto()
    EXAMPLES = auto()
    EDIT = auto()


def kind_of(source: Path) -> Kind:
    """By what lies there.

    Raises:
        StoreError: nothing, or a directory that is neither.
    """
    if (source / SEAL.index).is_file():
        return Kind.BUNDLE
    if (source / _TRAINED).is_file():
        return Kind.TRAINED
    if source.is_file():
        return Kind.EXAMPLES if source.suffix in FORMATS else Kind.EDIT
    raise StoreError(
        f"nothing can be added from {source}",
        expected="a bundle, a directory of persona train, an .npz or .parquet file with examples, or an edit",
        received="another directory" if source.is_dir() else "no such file",
        remedy="name what is there; docs/store.md describes the files",
    )


def add_sources(store: Store, sources: Sequence[Path], adding: Adding, progress: Progress = silent) -> Report:
    """Add all sources, each device whole or not at all; run again, what is there stays as it is.

    Raises:
        PersonaError: a source that is none or contradicts what is stored; what was added before it stays.
    """
    report = Report()
    kinds = sorted(((kind_of(source), source) for source in sources), key=lambda pair: pair[0].value)
    for kind, source in kinds:
        if kind is Kind.BUNDLE:
            report.bases.append(store.add_base(Bundle.open(source)).fingerprint.hex())
        elif kind is not Kind.EDIT:
            steps = _trained(store, source, adding) if kind is Kind.TRAINED else _examples(store, source, adding)
            for done, (name, added) in enumerate(steps):
                progress(f"add {source.name}", done, 0)
                _keep(report, name, _frozen(store, name, added, adding, report))
        else:
            report.edits.append(_edit(store, source, adding, report))
    return report


def _keep(report: Report, name: str, added: Added) -> None:
    before = report.devices.get(name)
    if before is not None:
        added = Added(added.device, before.new + added.new, before.known + added.known, added.frozen)
    report.devices[name] = added


def _trained(store: Store, source: Path, adding: Adding) -> Iterator[tuple[str, Added]]:
    """The held-out devices of the fleet that it was trained on, with all their windows."""
    with needs("train"):
        from models.datasets.fleet import Role
        from models.trained import Trained

    for user in Trained.load(source).fleet.devices(Role.HELD_OUT):
        ordered = adding.rule == "file-order" and not has_set(store, user.name)
        yield user.name, add_user(store, user, FILE_ORDER if ordered else HASH)


def _examples(store: Store, source: Path, adding: Adding) -> Iterator[tuple[str, Added]]:
    for block in read_blocks(source, adding.device):
        hardware = adding.hardware or block.hardware
        windows, labels, flags = block.windows, block.labels, _flags(store, block, adding)
        yield block.device, store.add_examples(block.device, windows, labels, hardware=hardware, evaluation=flags)


def _flags(store: Store, block: Block, adding: Adding) -> Any:
    """What the file freezes; of a device that it and the store say nothing of, what the rule says."""
    if block.evaluation is not None and block.evaluation.any():
        return block.evaluation
    if adding.rule != "file-order" or has_set(store, block.device):
        return None
    return last_of_each_class(block.labels, adding.share)


def _frozen(store: Store, name: str, added: Added, adding: Adding, report: Report) -> Added:
    """A device without a frozen set gets one, if it can."""
    if added.frozen or adding.rule == "none":
        return added
    try:
        count = store.freeze(added.device, adding.share)
    except StoreError as error:
        report.notes.append(f"{name} has no frozen evaluation set: {error.what} ({error.received})")
        return added
    return Added(added.device, added.new, added.known, count)


def _edit(store: Store, source: Path, adding: Adding, report: Report) -> dict[str, Any]:
    """An edit that a device runs, with its scores on the frozen set."""
    if adding.device is None or adding.bundle is None:
        raise StoreError(
            f"nobody says whose edit {source} is, and for which base",
            expected="--device NAME and --bundle BUNDLE beside an edit",
            received=f"device {adding.device or 'not named'}, bundle {adding.bundle or 'not named'}",
        )
    packed = _read(source)
    parsed, bundle, device = Edit.parse(packed), Bundle.open(adding.bundle), store.device(adding.device)
    evaluation = store.evaluation(device.id)
    scores = None
    if evaluation is None:
        report.notes.append(f"the edit of {device.name} has no score: there is no frozen evaluation set")
    else:
        with needs("store,compile,train"):
            from models.recompile.opened import OpenedBase
            from models.recompile.scoring import score
        with OpenedBase(bundle) as base:
            scores = score(base, parsed, evaluation)
    number = store.add_base(bundle).id
    kept = store.add_edit(Brought(device.id, number, packed, scores))
    return {"device": device.name, "edit": kept.id, "before": kept.before, "after": kept.after, "signed": kept.signed}


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read {source}", received=str(error)) from error
