"""Read what may be larger than one reply: a region with its digest, context and summary with their serial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from firmware_bridge.errors import DamagedError
from firmware_bridge.messages import (
    HISTORY_BYTES,
    Context,
    ContextReply,
    HistoryEntry,
    Read,
    ReadReply,
    Region,
    Summary,
    SummaryReply,
    parse_history,
)
from firmware_bridge.messages.read import READ_REPLY_OVERHEAD_BYTES
from toolchain.digest import fingerprint

_ROUNDS: Final = 3
"""How often a read that the device changed underneath is started over."""


def read_region(ask: Callable[[Read], ReadReply], region: Region, size: int, max_payload: int) -> tuple[bytes, bytes]:
    """The first `size` bytes of `region`, which is all of it, and its digest.

    Raises:
        DamagedError: the bytes differ from the digest, or the region keeps changing.
    """
    if not size:
        return b"", fingerprint(b"")
    step = max_payload - READ_REPLY_OVERHEAD_BYTES
    for _ in range(_ROUNDS):
        data, digests = bytearray(), set()
        while len(data) < size:
            reply = ask(Read(region, len(data), min(step, size - len(data))))
            digests.add(reply.digest)
            data += reply.data
            if not reply.data or len(digests) > 1:
                break
        if len(digests) == 1:
            return _checked(region, bytes(data), digests.pop(), size)
    raise _restless(region)


def _restless(region: Region) -> DamagedError:
    return DamagedError(
        f"region {region.name.lower()} changed each time while it was read",
        expected=f"the same digest in every reply, within {_ROUNDS} rounds",
        received="another digest each time",
        remedy="let no other host use the device meanwhile",
    )


def _checked(region: Region, data: bytes, digest: bytes, size: int) -> tuple[bytes, bytes]:
    if len(data) != size or fingerprint(data) != digest:
        raise DamagedError(
            f"what was read of region {region.name.lower()} is not what the device holds",
            expected=f"{size} bytes with digest {digest.hex()}",
            received=f"{len(data)} bytes with digest {fingerprint(data).hex()}",
            remedy="read again; if it stays, the device's memory is damaged: reset it",
        )
    return data, digest


def read_context(ask: Callable[[Context], ContextReply], embedding_bytes: int, *, forget: bool) -> tuple[bytes, int]:
    """All embeddings, one after the other, oldest first, and the serial of the newest.

    `forget` clears the ring once everything was read; where it does not fit one reply the device refuses that.

    Raises:
        DamagedError: the replies contradict each other, or new embeddings keep coming while they are read.
    """
    for _ in range(_ROUNDS):
        reply = ask(Context(0, forget))
        data, serial = bytearray(reply.data), reply.serial
        while reply.count and len(data) < reply.held * embedding_bytes and reply.serial == serial:
            reply = ask(Context(len(data) // embedding_bytes))
            data += reply.data
        if reply.serial == serial and len(data) == reply.held * embedding_bytes:
            return bytes(data), serial
    raise DamagedError(
        "the context changed each time while it was read",
        expected=f"{reply.held} embeddings of {embedding_bytes} bytes, within {_ROUNDS} rounds",
        received=f"{len(data)} bytes; serial {serial}, then {reply.serial}",
        remedy="let no other host use the device meanwhile",
    )


def read_history(ask: Callable[[Read], ReadReply], max_payload: int) -> tuple[HistoryEntry, ...]:
    """The last events of the device, oldest first; it tells how many there are by how much comes.

    Raises:
        DamagedError: the bytes differ from the digest, or the history keeps changing.
        MalformedError: what came is no history.
    """
    for _ in range(_ROUNDS):
        data, digests = bytearray(), set()
        while True:
            reply = ask(Read(Region.HISTORY, len(data), min(max_payload - READ_REPLY_OVERHEAD_BYTES, HISTORY_BYTES)))
            digests.add(reply.digest)
            data += reply.data
            if not reply.data or len(data) >= HISTORY_BYTES or len(digests) > 1:
                break
        if len(digests) == 1:
            return parse_history(_checked(Region.HISTORY, bytes(data), digests.pop(), len(data))[0])
    raise _restless(Region.HISTORY)


def read_summary(ask: Callable[[Summary], SummaryReply], embedding_bytes: int) -> SummaryReply:
    """Mean and spread of all dimensions.

    Raises:
        DamagedError: new embeddings keep coming while it is read in pieces.
    """
    for _ in range(_ROUNDS):
        reply = ask(Summary())
        means, spreads, serial = bytearray(reply.means), bytearray(reply.spreads), reply.serial
        while reply.means and len(means) < embedding_bytes and reply.serial == serial:
            reply = ask(Summary(len(means)))
            means += reply.means
            spreads += reply.spreads
        whole = len(means) == (embedding_bytes if reply.held else 0)
        if reply.serial == serial and whole:
            return SummaryReply(reply.held, serial, bytes(means), bytes(spreads))
    raise DamagedError(
        "the summary of the context changed each time while it was read",
        expected=f"{embedding_bytes} dimensions, within {_ROUNDS} rounds",
        received=f"{len(means)} dimensions; serial {serial}, then {reply.serial}",
        remedy="let no other host use the device meanwhile",
    )
