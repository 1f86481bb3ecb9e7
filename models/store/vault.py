"""How examples lie in the database: as they are, or sealed with AES-256-GCM under keys that follow from a key file.

The keys follow by HKDF (RFC 5869, SHA-256) from the 32 bytes of the file: one for the cipher, others for the digests,
so that nobody without it can tell whether two stores hold the same window.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from models.store.errors import DamagedStoreError, StoreKeyError

_LABEL_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_CHECK: Final = b"persona store 1"


def pack(window: npt.NDArray[np.float32], label: int) -> bytes:
    """A window and its label as one string of bytes, little-endian."""
    return label.to_bytes(_LABEL_BYTES, "little", signed=True) + np.ascontiguousarray(window, "<f4").tobytes()


def unpack(content: bytes, shape: tuple[int, ...]) -> tuple[npt.NDArray[np.float32], int]:
    """The window float32 `shape` and its label.

    Raises:
        ValueError: another length.
    """
    window = np.frombuffer(content, "<f4", offset=_LABEL_BYTES).reshape(shape)
    return window.astype(np.float32), int.from_bytes(content[:_LABEL_BYTES], "little", signed=True)


class Vault(Protocol):
    """What names examples, and what shuts them away."""

    def digest(self, shape: str, window: bytes) -> bytes:
        """32 bytes that name a window by its shape and content; its label is no part of it."""
        ...

    def name(self, digest: bytes) -> bytes:
        """What is stored of the digest of something that somebody could guess."""
        ...

    def seal(self, owner: bytes, content: bytes) -> bytes:
        """What is stored of `content`; it opens only under the same `owner`."""
        ...

    def open(self, owner: bytes, sealed: bytes) -> bytes:
        """What `seal` was given.

        Raises:
            DamagedStoreError: it was altered, or belongs to something else.
        """
        ...

    def check(self) -> bytes:
        """What tells this vault from another one without giving its key away."""
        ...


@dataclass(frozen=True)
class Plain:
    """No key: examples lie as they are."""

    def digest(self, shape: str, window: bytes) -> bytes:
        """SHA-256."""
        return hashlib.sha256(shape.encode() + b"\0" + window).digest()

    def name(self, digest: bytes) -> bytes:
        """The digest."""
        return digest

    def seal(self, owner: bytes, content: bytes) -> bytes:
        """The content."""
        del owner
        return content

    def open(self, owner: bytes, sealed: bytes) -> bytes:
        """The content; whether it is the right one is told by its digest."""
        del owner
        return sealed

    def check(self) -> bytes:
        """Nothing."""
        return b""


@dataclass(frozen=True)
class Sealed:
    """Everything under the 32 bytes of a key file."""

    key: bytes = field(repr=False)

    def digest(self, shape: str, window: bytes) -> bytes:
        """HMAC-SHA-256 (RFC 2104)."""
        return hmac.digest(self._derived(b"digest"), shape.encode() + b"\0" + window, "sha256")

    def name(self, digest: bytes) -> bytes:
        """HMAC-SHA-256 as well, under another key."""
        return hmac.digest(self._derived(b"name"), digest, "sha256")

    def seal(self, owner: bytes, content: bytes) -> bytes:
        """Nonce, ciphertext and tag of AES-256-GCM (NIST SP 800-38D), a random nonce each time."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._derived(b"cipher")).encrypt(nonce, content, owner)

    def open(self, owner: bytes, sealed: bytes) -> bytes:
        """What was sealed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._derived(b"cipher")).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner)
        except (InvalidTag, ValueError) as error:
            raise DamagedStoreError(
                "an example of the store was altered",
                expected="the bytes that were sealed with the store's key",
                received=f"{len(sealed)} bytes that do not open",
                remedy="put a backup back, and check it: persona store verify",
            ) from error

    def check(self) -> bytes:
        """A MAC of a constant."""
        return hmac.digest(self._derived(b"check"), _CHECK, "sha256")

    @cache  # noqa: B019  # four short keys for each of very few vaults
    def _derived(self, purpose: bytes) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), 32, None, _CHECK + b" " + purpose).derive(self.key)


def vault_of(key: bytes | None) -> Vault:
    """The vault of a key, or that without one."""
    return Plain() if key is None else Sealed(key)


def require_same(vault: Vault, known: bytes, place: str) -> None:
    """The key is the one that the store was made with.

    Raises:
        StoreKeyError: it is missing, another one, or there is none to be had.
    """
    if hmac.compare_digest(vault.check(), known):
        return
    if not known:
        raise StoreKeyError(
            f"{place} is not encrypted",
            expected="no key",
            received="a key file",
            remedy="leave --store-key away, or make a new store with it",
        )
    raise StoreKeyError(
        f"{place} is encrypted",
        expected="the key file that it was made with",
        received="no key" if isinstance(vault, Plain) else "another key",
        remedy="name it: --store-key FILE",
    )
