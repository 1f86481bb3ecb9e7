"""Examples and frozen sets of one store: how they go in, how they come out, and that neither becomes the other."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, insert, select
from sqlalchemy import func as sql

from models.store.errors import DamagedStoreError, LeakError, StoreError
from models.store.freezing import FREEZE, ORDER, chosen, rank_of, set_digest
from models.store.incoming import Incoming
from models.store.records import EvaluationSet, Examples
from models.store.schema import Device as DeviceTable
from models.store.schema import EvaluationMember, Example
from models.store.schema import EvaluationSet as EvaluationTable
from models.store.vault import Vault, pack, unpack

HASH_RULE: Final = "hash"
GIVEN_RULE: Final = "given"


@dataclass(frozen=True)
class Added:
    """What became of windows that were brought: `new` ones, `known` ones that were there; `frozen` of this device."""

    device: int
    new: int
    known: int
    frozen: int


@dataclass(frozen=True)
class Shelf:
    """The examples of a store: `vault` shuts them away, `salt` decides by hash, `now` is the time."""

    vault: Vault
    salt: bytes

    def add(self, connection: Connection, incoming: Incoming, now: datetime) -> Added:
        """Store what is not there yet, all or nothing.

        Raises:
            StoreError: windows of another shape than the device's, or a known window with another label.
            LeakError: an example would be frozen and training material.
        """
        shape = json.dumps(list(incoming.windows.shape[1:]))
        device = self._device(connection, incoming, shape, now)
        rows = self._rows(incoming, shape, device, now)
        known = self._known(connection, device, list(rows))
        self._require_labels(incoming, rows, known)
        fresh = [row for digest, row in rows.items() if digest not in known]
        if fresh:
            connection.execute(insert(Example), [{k: v for k, v in row.items() if k != "frozen"} for row in fresh])
        frozen = self._given(connection, incoming, rows, device, now)
        return Added(device, len(fresh), len(incoming.labels) - len(fresh), frozen)

    def freeze(self, connection: Connection, device: int, share: float, now: datetime) -> int:
        """Choose the frozen set of a device by hash, once and for all; the number of its examples.

        Raises:
            StoreError: it is frozen already, the share is none, or there are too few examples to divide.
        """
        if not 0 < share < 1:
            raise StoreError(
                "an evaluation set is a share of the examples", expected="a share between 0 and 1", received=str(share)
            )
        if self._is_frozen(connection, device):
            raise StoreError("the evaluation set of this device is frozen already: it is chosen once and never again")
        rows = connection.execute(select(Example).where(Example.device == device).order_by(Example.rank)).all()
        found = self._examples(rows, self.shape(connection, device), device)
        flags = chosen([rank_of(self.salt, FREEZE, row.digest) for row in rows], found.labels, share)
        if not flags.any() or flags.all():
            raise StoreError(
                "there are too few examples to freeze an evaluation set",
                expected="so many of one class that a share of them is one at least",
                received=f"{len(rows)} examples of {len(np.unique(found.labels))} classes, share {share}",
                remedy="store more examples first",
            )
        self._freeze(connection, device, [rows[place].id for place in np.flatnonzero(flags).tolist()], HASH_RULE, now)
        return int(flags.sum())

    def training(self, connection: Connection, device: int, limit: int | None) -> Examples:
        """What is not frozen, in the order of a hash: the first n of more are the same n."""
        frozen = select(EvaluationMember.example).where(EvaluationMember.device == device)
        query = select(Example).where(Example.device == device, Example.id.not_in(frozen))
        rows = connection.execute(query.order_by(Example.rank, Example.id).limit(limit)).all()
        return self._examples(rows, self.shape(connection, device), device)

    def evaluation(self, connection: Connection, device: int) -> EvaluationSet | None:
        """The frozen set, held against its digest; None where there is none.

        Raises:
            DamagedStoreError: it is not what was frozen.
        """
        head = connection.execute(select(EvaluationTable).where(EvaluationTable.device == device)).one_or_none()
        if head is None:
            return None
        query = select(Example).join(EvaluationMember, EvaluationMember.example == Example.id)
        rows = connection.execute(query.where(EvaluationMember.device == device).order_by(Example.rank, Example.id))
        found = self._examples(rows.all(), self.shape(connection, device), device)
        if not hmac.compare_digest(self.name_of(found.digests, found.labels), head.digest):
            raise DamagedStoreError(
                "a frozen evaluation set is not what was frozen",
                expected=f"digest {head.digest.hex()[:16]}",
                received=f"another one, of {len(found)} examples",
                remedy="put a backup back, and check it: persona store verify",
            )
        return EvaluationSet(device, head.digest, found)

    def shape(self, connection: Connection, device: int) -> tuple[int, ...]:
        """Shape of the device's windows."""
        told = connection.execute(select(DeviceTable.shape).where(DeviceTable.id == device)).scalar_one()
        return tuple(int(n) for n in json.loads(told))

    def _device(self, connection: Connection, incoming: Incoming, shape: str, now: datetime) -> int:
        found = connection.execute(select(DeviceTable).where(DeviceTable.name == incoming.name)).one_or_none()
        if found is None:
            row = {"name": incoming.name, "hardware": incoming.hardware, "shape": shape, "made_at": now}
            return int(connection.execute(insert(DeviceTable).returning(DeviceTable.id), row).scalar_one())
        if found.shape != shape or (incoming.hardware and found.hardware and incoming.hardware != found.hardware):
            raise StoreError(
                f"the store knows another {incoming.name}",
                expected=f"windows {found.shape}, hardware {found.hardware.hex() if found.hardware else 'unknown'}",
                received=f"windows {shape}, hardware {incoming.hardware.hex() if incoming.hardware else 'unknown'}",
                remedy="give the device another name",
            )
        if incoming.hardware and not found.hardware:
            change = DeviceTable.__table__.update().where(DeviceTable.id == found.id)  # type: ignore[attr-defined]
            connection.execute(change.values(hardware=incoming.hardware))
        return int(found.id)

    def _rows(self, incoming: Incoming, shape: str, device: int, now: datetime) -> dict[bytes, dict[str, Any]]:
        """A row for each different window, by its digest."""
        rows: dict[bytes, dict[str, Any]] = {}
        flags = np.zeros(len(incoming.labels), np.bool_) if incoming.evaluation is None else incoming.evaluation
        for window, label, frozen in zip(incoming.windows, incoming.labels.tolist(), flags.tolist(), strict=True):
            content = pack(window, label)
            digest = self.vault.digest(shape, content[8:])
            twin = rows.get(digest)
            if twin is not None and (twin["label"], twin["frozen"]) != (label, frozen):
                if twin["label"] != label:
                    raise _two_labels(incoming.name, digest, twin["label"], label)
                raise _leak(incoming.name, [digest])
            rows[digest] = {
                "device": device,
                "digest": digest,
                "rank": rank_of(self.salt, ORDER, digest),
                "content": content,
                "made_at": now,
                "label": label,
                "frozen": frozen,
            }
        for digest, row in rows.items():
            row["content"] = self.vault.seal(_owner(device, digest), row["content"])
        return rows

    def _known(self, connection: Connection, device: int, digests: Sequence[bytes]) -> dict[bytes, Any]:
        """Rows that are there, by digest."""
        found: dict[bytes, Any] = {}
        for at in range(0, len(digests), _AT_ONCE):
            part = digests[at : at + _AT_ONCE]
            query = select(Example).where(Example.device == device, Example.digest.in_(part))
            found.update({row.digest: row for row in connection.execute(query)})
        return found

    def _require_labels(self, incoming: Incoming, rows: dict[bytes, dict[str, Any]], known: dict[bytes, Any]) -> None:
        for digest, kept in known.items():
            label = _label(self.vault.open(_owner(kept.device, digest), kept.content))
            if label != rows[digest]["label"]:
                raise _two_labels(incoming.name, digest, label, rows[digest]["label"])

    def _given(
        self, connection: Connection, incoming: Incoming, rows: dict[bytes, dict[str, Any]], device: int, now: datetime
    ) -> int:
        """Freeze what the importer chose; the number of frozen examples of the device."""
        members = select(Example.digest).join(EvaluationMember, EvaluationMember.example == Example.id)
        frozen = set(connection.execute(members.where(EvaluationMember.device == device)).scalars())
        if incoming.evaluation is None:
            return len(frozen)
        wanted = {digest for digest, row in rows.items() if row["frozen"]}
        if frozen or self._is_frozen(connection, device):
            if wanted - frozen or (set(rows) - wanted) & frozen:
                raise _leak(incoming.name, sorted((wanted - frozen) | ((set(rows) - wanted) & frozen)))
            return len(frozen)
        if wanted:
            ids = [row.id for row in self._known(connection, device, sorted(wanted)).values()]
            self._freeze(connection, device, ids, GIVEN_RULE, now)
        return len(wanted)

    def _is_frozen(self, connection: Connection, device: int) -> bool:
        query = select(sql.count()).select_from(EvaluationTable).where(EvaluationTable.device == device)
        return bool(connection.execute(query).scalar_one())

    def _freeze(self, connection: Connection, device: int, ids: Sequence[int], rule: str, now: datetime) -> None:
        """Members first, then the row that closes the set."""
        connection.execute(insert(EvaluationMember), [{"example": number, "device": device} for number in ids])
        rows = connection.execute(
            select(Example)
            .join(EvaluationMember, EvaluationMember.example == Example.id)
            .where(EvaluationMember.device == device)
        ).all()
        found = self._examples(rows, self.shape(connection, device), device)
        row = {"device": device, "digest": self.name_of(found.digests, found.labels), "rule": rule, "frozen_at": now}
        connection.execute(insert(EvaluationTable), row)

    def name_of(self, digests: Sequence[bytes], labels: npt.NDArray[np.int64]) -> bytes:
        """The digest of a set; under a key nobody else can try which labels give it."""
        return self.vault.name(set_digest(digests, labels))

    def _examples(self, rows: Sequence[Any], shape: tuple[int, ...], device: int) -> Examples:
        """Rows as arrays, each held against its digest.

        Raises:
            DamagedStoreError: one is not what was stored.
        """
        windows, labels = np.empty((len(rows), *shape), np.float32), np.empty(len(rows), np.int64)
        for place, row in enumerate(rows):
            windows[place], labels[place] = self.opened(row, shape, device)
        return Examples(windows, labels, tuple(row.digest for row in rows))

    def opened(self, row: Any, shape: tuple[int, ...], device: int) -> tuple[npt.NDArray[np.float32], int]:
        """Window and label of one row, held against its digest.

        Raises:
            DamagedStoreError: it is not what was stored.
        """
        content = self.vault.open(_owner(device, row.digest), row.content)
        try:
            window, label = unpack(content, shape)
        except ValueError as error:
            raise _damaged(row) from error
        if not hmac.compare_digest(self.vault.digest(json.dumps(list(shape)), content[8:]), row.digest):
            raise _damaged(row)
        return window, label


_AT_ONCE: Final = 500


def _owner(device: int, digest: bytes) -> bytes:
    """What a sealed example belongs to: moved to another row it does not open."""
    return device.to_bytes(8, "little") + digest


def _label(content: bytes) -> int:
    return int.from_bytes(content[:8], "little", signed=True)


def _damaged(row: Any) -> DamagedStoreError:
    return DamagedStoreError(
        f"example {row.id} of the store is not what was stored",
        expected=f"digest {row.digest.hex()[:16]}",
        received="other content",
        remedy="put a backup back, and check it: persona store verify",
    )


def _leak(name: str, digests: Sequence[bytes]) -> LeakError:
    return LeakError(
        f"{len(digests)} examples of {name} would be in the evaluation set and among the training examples (leak)",
        expected="every example on one side, for ever",
        received=f"example {digests[0].hex()[:16]}" + (", ..." if len(digests) > 1 else ""),
        remedy="leave these examples out, or import them as they are frozen",
    )


def _two_labels(name: str, digest: bytes, one: int, other: int) -> StoreError:
    return StoreError(
        f"one window of {name} comes with two labels",
        expected="one label for each window",
        received=f"labels {one} and {other} for example {digest.hex()[:16]}",
        remedy="correct the data: nobody can learn from this, or be judged by it",
    )
