"""The errors of the store, by what the caller does next."""

from __future__ import annotations

from models.errors import LearningError


class StoreError(LearningError):
    """Root: the store cannot do what was asked."""


class StoreBusyError(StoreError):
    """Somebody else works on the store: wait, or stop them."""


class StoreFullError(StoreError):
    """There is no room; nothing was written half: make room and try again."""


class DamagedStoreError(StoreError):
    """What the store holds is not what was put in: take a backup."""


class StoreKeyError(StoreError):
    """The store is encrypted and the key is missing or another one."""


class LeakError(StoreError):
    """An example would be in the frozen evaluation set and among the training examples."""
