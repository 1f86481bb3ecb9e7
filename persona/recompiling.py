"""What `persona recompile` does: choose base and engine, gather rows, send an edit to the device that is connected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware_bridge.adapt import deliver
from firmware_bridge.client import Device, open_device
from firmware_bridge.matching import require_bundle
from models.errors import RecompileError
from models.recompile.engines.engine import Engine
from models.recompile.engines.local import Local
from models.recompile.order import Order
from models.recompile.run import Request, recompile_all
from models.recompile.tally import Tally, user_json
from models.store.records import Device as User
from models.store.records import Edit as KeptEdit
from models.store.store import Store
from persona.extras import needs
from toolchain.bundle import Bundle
from toolchain.edit import Edit
from toolchain.keys import device_key
from toolchain.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator


def bundle_for(store: Store, path: Path | None) -> Bundle:
    """The bundle at `path`, or that of the newest base in the store.

    Raises:
        BundleError: it cannot be opened.
        RecompileError: the store has no base, or its bundle is no longer the one that was added.
    """
    if path is not None:
        return Bundle.open(path)
    base = store.newest_base()
    if base is None:
        raise RecompileError(
            "the store knows no base yet", expected="a bundle", remedy="name one: --base BUNDLE, or add it to the store"
        )
    bundle = Bundle.open(Path(base.location))
    if bundle.base != base.fingerprint:
        raise RecompileError(
            f"{base.location} is no longer the bundle that was added to the store",
            expected=f"base {base.fingerprint.hex()}",
            received=f"base {bundle.base.hex()}",
            remedy="name the bundle: --base BUNDLE",
        )
    return bundle


def engine_for(name: str, jobs: int, address: str | None) -> Engine:
    """The engine of that name.

    Raises:
        MissingExtraError: Ray is not installed.
    """
    if name == "local":
        return Local(jobs)
    with needs("fleet"):
        from models.recompile.engines.ray_cluster import RayCluster

    return RayCluster(address, jobs)


@dataclass
class Made:
    """What a run gave: the figures over all users, and a row for each."""

    tally: Tally = field(default_factory=Tally)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def require_any(self) -> None:
        """Somebody could be helped.

        Raises:
            RecompileError: there is no user, or no edit could be made for any.
        """
        if not self.tally.users:
            raise RecompileError("the store holds no device", remedy="add examples: persona store add DATA")
        if self.tally.impossible == self.tally.users:
            raise RecompileError(
                f"no edit could be made for any of {self.tally.users} users",
                received=f"{self.rows[0]['user']}: {self.rows[0]['reason']}",
            )


def play(store: Store, request: Request, engine: Engine, progress: Progress) -> Made:
    """Recompile all users that are meant; what was finished stays in the store whatever happens.

    Raises:
        PersonaError: as `models.recompile.run.recompile_all`.
    """
    made = Made()
    for row in recompile_all(store, request, engine, progress):
        made.tally.add(row)
        made.rows.append(user_json(row))
    return made


@dataclass(frozen=True)
class Sending:
    """What may be sent: the accepted edits for `bundle`, made as `order` says; `users` as on the command line."""

    bundle: Bundle
    order: Order
    users: Sequence[str] | None


def push(store: Store, sending: Sending, port: str, baud: int) -> dict[str, Any]:
    """Send the connected device the newest accepted edit of its user, prove it, and record the deployment.

    The edit gets the device's next counter, and the MAC of its key where there is a fleet key.

    Raises:
        RecompileError: nobody knows whose device it is, or there is no accepted edit for it.
        BridgeError: the edit is refused, or the device cannot be reached.
    """
    with open_device(port, baud=baud) as device:
        require_bundle(device.hello, sending.bundle)
        user = _user_of(store, device, sending.users)
        kept = _newest(store, user, sending.bundle)
        counter = device.counter + 1
        edit = replace(Edit.parse(kept.packed), counter=counter, durable=sending.order.durable, mac=b"")
        if sending.order.fleet_key is not None:
            edit = edit.sign(device_key(sending.order.fleet_key, device.hello.device_id))
        deliver(device, edit, sending.bundle)
        confirmed = edit.durable and device.confirm(edit.digest) == counter
        hardware = device.hello.device_id
    store.deploy(kept.id, port=port, hardware=hardware, counter=counter, digest=edit.digest, confirmed=confirmed)
    return {"user": user.name, "edit": kept.id, "counter": counter, "digest": edit.digest.hex(), "confirmed": confirmed}


def _user_of(store: Store, device: Device, users: Sequence[str] | None) -> User:
    """By the id that the device says; without one, the only user that was named."""
    own = device.hello.device_id
    meant: Iterator[User] = iter(store.devices(users))
    candidates = [user for user in meant if user.hardware == own] if any(own) else []
    if not candidates and users is not None and len(users) == 1:
        candidates = [user for user in store.devices(users) if user.hardware is None or user.hardware == own]
    if len(candidates) != 1:
        raise RecompileError(
            "the store does not know whose device this is",
            expected=f"one device with the hardware id {own.hex()}, or one name with --users",
            received=f"{len(candidates)} of them",
            remedy="name its user: --users NAME, or store the examples with the device's id",
        )
    return candidates[0]


def _newest(store: Store, user: User, bundle: Bundle) -> KeptEdit:
    fitting = [edit for edit in store.edits(user.id) if edit.accepted and Edit.parse(edit.packed).base == bundle.base]
    if not fitting:
        raise RecompileError(
            f"{user.name} has no accepted edit for this base",
            expected=f"an edit for base {bundle.base.hex()}",
            received="none",
            remedy="see why: persona store show --device " + user.name,
        )
    return fitting[-1]
