"""The host's view of one device: what a program calls. Every method may raise any `BridgeError`.

with open_device("socket://127.0.0.1:40404") as device:
    scores = device.infer(window, remember=True).output
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from firmware_bridge import delivery, regions
from firmware_bridge.cost import DEFAULT_BAUD, Cost
from firmware_bridge.errors import DamagedError
from firmware_bridge.link import Link
from firmware_bridge.messages import (
    ActiveReply,
    Code,
    Confirm,
    HistoryEntry,
    Infer,
    InferReply,
    Load,
    Provision,
    Read,
    Refusal,
    Region,
    Revert,
    RevertWhat,
    Status,
    StatusReply,
    SummaryReply,
    Traced,
    TryReply,
    Watch,
    WatchReply,
)
from firmware_bridge.messages.infer import INFER_OVERHEAD_BYTES, LOAD_OVERHEAD_BYTES
from firmware_bridge.refusal import refused
from firmware_bridge.session import Session
from firmware_bridge.transfer import STORE_S, WORK_S, Transfer
from firmware_bridge.transport import open_transport
from toolchain.edit import Edit
from toolchain.keys import DeviceKey
from toolchain.layout import Vector
from toolchain.progress import Progress, silent


@dataclass(frozen=True)
class Inference:
    """Output bytes (all outputs in graph order), the bank that made them, and ticks of the device's own counter.

    `layers` has one entry for each operator, in order, if the inference was traced.
    """

    output: bytes
    bank: int
    generation: int
    ticks: int
    layers: tuple[Traced, ...] = ()


@dataclass(frozen=True)
class Remembered:
    """The context ring: int8 `embeddings` [held, embedding bytes], oldest first; `serial` counts all ever made."""

    embeddings: npt.NDArray[np.int8]
    serial: int


@dataclass(frozen=True)
class Delivered:
    """An edit that the device runs: its bank afterwards, the cost on the line, and what TRY said before COMMIT."""

    active: ActiveReply
    cost: Cost
    trial: TryReply | None = None


class Device:
    """A device that answered HELLO; `hello` is what it said.

    Args:
        link: an open link.

    Raises:
        BridgeError: nothing answers, or something else than this protocol.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self._session = Session(link)
        self.hello: Final = self._session.hello

    @property
    def counter(self) -> int:
        """What the counter of the next edit must exceed, as far as the host knows."""
        return self._session.known.counter

    def status(self) -> StatusReply:
        """Which bank runs, how far an edit is, what a reset brings back, and every counter of the device."""
        return self._session.ask(Status())

    def infer(self, data: bytes, *, remember: bool = False, forget: bool = False, trace: bool = False) -> Inference:
        """Run the model on `data` (all inputs in graph order); `remember` its embedding in the context ring.

        `forget` what earlier inferences left in the variables of a model that has any; `trace` every layer (the ticks
        then include the time of telling).

        Raises:
            RefusedError: `data` has another length than the model's inputs, or the device refuses.
        """
        self._require_input(len(data))
        inline = len(data) + INFER_OVERHEAD_BYTES <= self.hello.max_payload
        if not inline:
            self._load(data)
        reply = self._session.ask(Infer(data if inline else None, remember, forget, trace), work_s=WORK_S)
        layers = tuple(self.link.traced)
        return Inference(self._output(reply), reply.bank, reply.generation, reply.ticks, layers)

    def _require_input(self, size: int) -> None:
        if size != self.hello.input_bytes:
            refusal = Refusal(Code.BAD_LENGTH, self.hello.input_bytes, size)
            raise refused(refusal, by="the host", step="the input before it is sent")

    def _load(self, data: bytes) -> None:
        step = self.hello.max_payload - LOAD_OVERHEAD_BYTES
        for offset in range(0, len(data), step):
            self._session.ask(Load(offset, data[offset : offset + step]))

    def _output(self, reply: InferReply) -> bytes:
        if reply.output or not reply.output_bytes:
            return reply.output
        return self.read(Region.OUTPUT, reply.output_bytes)

    def context(self, *, forget: bool = False) -> Remembered:
        """The embeddings that the device remembered; `forget` them if they fit one reply (else BAD_LENGTH)."""
        size = self.hello.embedding_bytes
        with self._session.reporting():
            data, serial = regions.read_context(self._session.ask, size, forget=forget)
        rows = len(data) // size if size else 0
        return Remembered(np.frombuffer(data, np.int8).reshape(rows, size), serial)

    def summary(self) -> SummaryReply:
        """Mean and spread of every dimension of the context: what an edit is made from, in the fewest bytes.

        Raises:
            DamagedError: new embeddings keep coming while it is read in pieces.
        """
        with self._session.reporting():
            return regions.read_summary(self._session.ask, self.hello.embedding_bytes)

    def watch(self, *, anchor: bool = False) -> WatchReply:
        """How far the context has drifted from its reference; with `anchor` it becomes the reference afterwards."""
        return self._session.ask(Watch(anchor))

    def history(self) -> tuple[HistoryEntry, ...]:
        """The last switches of the device's bank, oldest first; at most eight."""
        with self._session.reporting():
            return regions.read_history(self._session.ask, self.hello.max_payload)

    def read(self, region: Region, size: int) -> bytes:
        """All `size` bytes of `region`, checked against the digest that the device states.

        Raises:
            DamagedError: the bytes differ from the digest, or the region keeps changing.
        """
        with self._session.reporting():
            data, digest = regions.read_region(self._session.ask, region, size, self.hello.max_payload)
        if region is Region.ACTIVE_BANK and size:
            self._session.known.digest = digest
        return data

    def read_bank(self, region: Region = Region.ACTIVE_BANK) -> Vector:
        """The adaptive parameters of a bank, float32 [adaptive floats], bit for bit."""
        bank: Vector = np.frombuffer(self.read(region, 4 * self.hello.adaptive_floats), "<f4").astype(np.float32)
        return bank

    def bank_digest(self, region: Region = Region.ACTIVE_BANK) -> bytes:
        """Digest of a bank, as the device computes it now; 8 bytes."""
        return self._session.ask(Read(region, 0, 0)).digest

    def check_edit(self, edit: Edit, model: delivery.Adaptive | None = None) -> None:
        """What `send_edit` or `commit_edit` (for an edit that is durable) checks before it sends a byte.

        Raises:
            RefusedError: by the device's rules, as far as they can be known here.
            EditError: the host's own check of the values failed.
        """
        self._check(edit, model, durable=edit.durable)

    def _check(self, edit: Edit, model: delivery.Adaptive | None, *, durable: bool) -> None:
        delivery.check_against_device(edit, self.hello, self.counter, durable=durable)
        if model is not None:
            delivery.check_against_model(edit, model, self.hello)

    def send_edit(self, edit: Edit, model: delivery.Adaptive | None = None, progress: Progress = silent) -> Delivered:
        """Check `edit`, send it and APPLY it: the device runs it until its next reset.

        On any failure the device keeps its bank. What the host already knows of the device (counter, active digest) it
        does not ask again.

        Args:
            edit: made for this device, not durable.
            model: the bundle on the device; with it the host finds NaN, values beyond T and a wrong digest before it
                sends a byte, and names tensors in a refusal. Without it only the device looks.
            progress: called with bytes of payload and MAC.

        Raises:
            MismatchError: the edit belongs to another base or layout.
            StaleError: the edit's counter is not new, or another host changed the bank meanwhile.
            SignatureError: the device does not take the edit's signature, or its lack of one.
            ThrottledError: the bank was switched too often.
            RefusedError: any other refusal.
            EditError: the host's own check of the values failed.
        """
        before = self.link.cost
        self._check(edit, model, durable=False)
        active = Transfer(self._session, edit, delivery.setting_of(edit, model), progress).apply()
        return Delivered(active, self.link.cost - before)

    def commit_edit(
        self,
        edit: Edit,
        model: delivery.Adaptive | None = None,
        progress: Progress = silent,
        *,
        seconds: int = 0,
        least: int = 0,
    ) -> Delivered:
        """Check a durable `edit`, send it, TRY it and COMMIT it: stored, and running on probation until `confirm`.

        A reset, the end of the probation or `drop` brings the old bank back.

        Args:
            edit: made for this device, durable.
            model: as in `send_edit`.
            progress: as in `send_edit`.
            seconds: of probation; 0 for the device's own choice.
            least: evaluation vectors that have to be right, if that is more than the model itself wants.

        Raises:
            RefusedError: as in `send_edit`; also TRIAL_FAILED, NO_STORAGE, STORAGE_FAILED.
            EditError: the host's own check of the values failed.
        """
        before = self.link.cost
        self._check(edit, model, durable=True)
        transfer = Transfer(self._session, edit, delivery.setting_of(edit, model), progress)
        active, trial = transfer.commit(seconds, least)
        return Delivered(active, self.link.cost - before, trial)

    def confirm(self, digest: bytes | None = None) -> int:
        """End the probation of the bank of `digest` (the one that runs, unless given); the confirmed counter."""
        wanted = self._session.active_digest() if digest is None else digest
        return self._session.ask(Confirm(wanted), work_s=STORE_S)

    def revert(self, digest: bytes) -> ActiveReply:
        """Run the bank whose digest is `digest` again, if one of the two is that one."""
        return self._session.ask(Revert(RevertWhat.BANK, digest))

    def drop(self) -> ActiveReply:
        """Drop an edit that is being sent, or end a probation with the old bank; fine where there is neither."""
        return self._session.ask(Revert(RevertWhat.UNSETTLED))

    def provision(self, key: DeviceKey) -> None:
        """Give the device its id and key, once. They travel in the clear: do it over a cable of your own.

        Raises:
            RefusedError: it has a key (PROVISIONED) or nowhere to keep one (NO_STORAGE, STORAGE_FAILED).
            DamagedError: the device took another id.
        """
        came = self._session.ask(Provision(key.id, key.key), work_s=STORE_S)
        if came != key.id:
            raise DamagedError("the device took another id", expected=key.id.hex(), received=came.hex())


@contextmanager
def open_device(url: str, *, baud: int = DEFAULT_BAUD, on_log: Callable[[str], None] | None = None) -> Iterator[Device]:
    """Open `url` (`/dev/ttyACM0`, `COM3`, `socket://host:port`) and greet the device; closes the port at the end.

    Raises:
        PortError: the port cannot be opened.
        NoReplyError: nothing answers.
        ProtocolError: something else than this protocol's version answers.
    """
    transport = open_transport(url, baud)
    try:
        yield Device(Link(transport, on_log=on_log) if on_log else Link(transport))
    finally:
        transport.close()
