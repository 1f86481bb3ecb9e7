"""How much a store holds: counted by the database, whatever the number of devices."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select

from models.store.opening import size_of
from models.store.records import Device
from models.store.schema import (
    Base,
    Deployment,
    Edit,
    EvaluationMember,
    EvaluationSet,
    Example,
    Forgetting,
    Recompilation,
)
from models.store.schema import Device as DeviceTable
from models.store.store import Store
from models.store.vault import Sealed

_TABLES: Final = {
    "devices": DeviceTable,
    "examples": Example,
    "frozen_examples": EvaluationMember,
    "frozen_sets": EvaluationSet,
    "bases": Base,
    "edits": Edit,
    "recompilations": Recompilation,
    "deployments": Deployment,
}


def overview(store: Store) -> dict[str, Any]:
    """Rows of each kind, whether examples are encrypted, bytes of the database, unfinished forgettings."""
    with store.reading() as connection:
        counts = {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in _TABLES.items()
        }
        unfinished = select(func.count()).select_from(Forgetting).where(Forgetting.done_at.is_(None))
        return {
            **counts,
            "encrypted": isinstance(store.shelf.vault, Sealed),
            "bytes": size_of(connection),
            "unfinished_forgettings": connection.execute(unfinished).scalar_one(),
        }


def of_device(store: Store, device: Device) -> dict[str, Any]:
    """One device: its examples, its frozen set, and everything that became of it."""
    training, evaluation = store.training(device.id), store.evaluation(device.id)
    bases = {base.id: base.fingerprint.hex() for base in store.bases()}
    return {
        "name": device.name,
        "hardware": None if device.hardware is None else device.hardware.hex(),
        "shape": list(training.windows.shape[1:]),
        "training": len(training),
        "classes": sorted(set(training.labels.tolist())),
        "frozen": 0 if evaluation is None else len(evaluation.examples),
        "frozen_digest": None if evaluation is None else evaluation.digest.hex(),
        "edits": [
            {
                "id": edit.id,
                "base": bases[edit.base],
                "method": edit.method,
                "bytes": len(edit.packed),
                "signed": edit.signed,
                "before": edit.before,
                "after": edit.after,
                "accepted": edit.accepted,
                "made_by": edit.made_by,
                "made_at": edit.made_at.isoformat(),
            }
            for edit in store.edits(device.id)
        ],
        "recompilations": [
            {
                "base": bases[unit.base],
                "method": unit.method,
                "examples": unit.examples,
                "verdict": unit.verdict.value,
                "reason": unit.reason,
                "transport": unit.transport,
                "before": unit.before,
                "after": unit.after,
                "reference": unit.reference,
                "seconds": unit.seconds,
                "edit": unit.edit,
            }
            for unit in store.recompilations(device.id)
        ],
        "deployments": [
            {
                "edit": sent["edit"],
                "port": sent["port"],
                "hardware": sent["hardware"].hex(),
                "counter": sent["counter"],
                "digest": sent["digest"].hex(),
                "confirmed": sent["confirmed"],
                "made_at": sent["made_at"].isoformat(),
            }
            for sent in store.deployments(device.id)
        ],
    }
