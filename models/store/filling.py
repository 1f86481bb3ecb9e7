"""Fill a store with devices, and choose what of them is frozen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from models.datasets.fleet import DeviceData
from models.store.freezing import SHARE
from models.store.schema import Device, EvaluationSet
from models.store.shelf import Added
from models.store.store import Store

HASH: Final = "hash"
FILE_ORDER: Final = "file order"


def fill(store: Store, users: Iterable[DeviceData], rule: str) -> None:
    """Store all windows of all users; half of each user's are frozen, chosen by hash or by their order."""
    for user in users:
        add_user(store, user, rule)
    for device in store.devices():
        if store.evaluation(device.id) is None:
            store.freeze(device.id)


def add_user(store: Store, user: DeviceData, rule: str) -> Added:
    """Store all windows of a user; by file order those are frozen that the fleet scores."""
    parts = ((user.context, user.context_labels), (user.frozen, user.frozen_labels), (user.inputs, user.labels))
    there = [(windows, labels) for windows, labels in parts if len(labels)]  # a fleet may have none to freeze
    windows, labels = (np.concatenate(several) for several in zip(*there, strict=True))
    scored = np.arange(len(labels)) >= len(labels) - len(user.labels)
    return store.add_examples(user.name, windows, labels, evaluation=scored if rule == FILE_ORDER else None)


def has_set(store: Store, name: str) -> bool:
    """Whether the device of this name is known and has a frozen set."""
    query = select(EvaluationSet.device).join(Device, Device.id == EvaluationSet.device).where(Device.name == name)
    with store.reading() as connection:
        return connection.execute(query).first() is not None


def last_of_each_class(labels: npt.NDArray[np.int64], share: float = SHARE) -> npt.NDArray[np.bool_]:
    """Of each class the last `share` in file order, rounded down, bool [n]."""
    frozen = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        frozen[own[len(own) - int(share * len(own)) :]] = True
    return frozen
