"""The host's view of one device: what a program calls. Every method may raise any `BridgeError`.

with open_device("socket://127.0.0.1:40404") as device:
    scores = device.infer(window, remember=True).output
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from firmware_bridge import delivery, regions
from firmware_bridge.cost import DEFAULT_BAUD, Cost
from firmware_bridge.errors import BridgeError, DamagedError, NoReplyError, PortError
from firmware_bridge.link import Link
from firmware_bridge.messages import (
    ActiveReply,
    Begin,
    Code,
    Commit,
    Context,
    ContextReply,
    Hello,
    HelloReply,
    Infer,
    InferReply,
    Load,
    Read,
    ReadReply,
    Refusal,
    Region,
    Request,
    Revert,
    RevertWhat,
    Status,
    StatusReply,
    Traced,
    Verify,
)
from firmware_bridge.messages.infer import INFER_OVERHEAD_BYTES, LOAD_OVERHEAD_BYTES
from firmware_bridge.patience import HELLO_PATIENCE
from firmware_bridge.refusal import UNKNOWN_SETTING, Setting, refused
from firmware_bridge.transport import open_transport
from toolchain.edit import Edit
from toolchain.layout import Vector
from toolchain.progress import Progress, silent

R = TypeVar("R")
_WORK_S: Final = 2.0
"""What one inference, or one check of a whole bank, may take on a slow device."""


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
    """An edit that the device runs: its bank afterwards, and what the conversation cost."""

    active: ActiveReply
    cost: Cost


class Device:
    """A device that answered HELLO; `hello` is what it said.

    Args:
        link: an open link.

    Raises:
        BridgeError: nothing answers, or something else than this protocol.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.hello: HelloReply = self._ask(Hello(), patience_for_hello=True)
        self._counter = self.hello.counter

    def _ask(
        self,
        request: Request[R],
        *,
        work_s: float = 0.0,
        setting: Setting = UNKNOWN_SETTING,
        patience_for_hello: bool = False,
    ) -> R:
        reply_bytes = 0 if patience_for_hello else self.hello.max_payload
        patience = HELLO_PATIENCE if patience_for_hello else None
        reply = self.link.request(request, work_s=work_s, reply_bytes=reply_bytes, patience=patience)
        if isinstance(reply, Refusal):
            raise refused(reply, step=request.KIND.name, setting=setting)
        return reply

    def status(self) -> StatusReply:
        """Which bank runs, how far an edit is, and every counter of the device."""
        reply = self._ask(Status())
        self._counter = reply.counter
        return reply

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
        reply = self._ask(Infer(data if inline else None, remember, forget, trace), work_s=_WORK_S)
        layers = tuple(self.link.traced)
        return Inference(self._output(reply), reply.bank, reply.generation, reply.ticks, layers)

    def _require_input(self, size: int) -> None:
        if size != self.hello.input_bytes:
            refusal = Refusal(Code.BAD_LENGTH, self.hello.input_bytes, size)
            raise refused(refusal, by="the host", step="the input before it is sent")

    def _load(self, data: bytes) -> None:
        step = self.hello.max_payload - LOAD_OVERHEAD_BYTES
        for offset in range(0, len(data), step):
            self._ask(Load(offset, data[offset : offset + step]))

    def _output(self, reply: InferReply) -> bytes:
        if reply.output or not reply.output_bytes:
            return reply.output
        return self.read(Region.OUTPUT, reply.output_bytes)

    def context(self, *, forget: bool = False) -> Remembered:
        """The embeddings that the device remembered; `forget` them if they fit one reply (else BAD_LENGTH)."""
        size = self.hello.embedding_bytes
        data, serial = regions.read_context(self._ask_context, size, forget=forget)
        rows = len(data) // size if size else 0
        return Remembered(np.frombuffer(data, np.int8).reshape(rows, size), serial)

    def read(self, region: Region, size: int) -> bytes:
        """All `size` bytes of `region`, checked against the digest that the device states."""
        return regions.read_region(self._ask_read, region, size, self.hello.max_payload)[0]

    def read_bank(self, region: Region = Region.ACTIVE_BANK) -> Vector:
        """The adaptive parameters of a bank, float32 [adaptive floats], bit for bit."""
        bank: Vector = np.frombuffer(self.read(region, 4 * self.hello.adaptive_floats), "<f4").astype(np.float32)
        return bank

    def _ask_read(self, request: Read) -> ReadReply:
        return self._ask(request)

    def _ask_context(self, request: Context) -> ContextReply:
        return self._ask(request)

    def bank_digest(self, region: Region = Region.ACTIVE_BANK) -> bytes:
        """Digest of a bank, as the device computes it now; 8 bytes."""
        return self._ask(Read(region, 0, 0)).digest

    def check_edit(self, edit: Edit, model: delivery.Adaptive | None = None) -> None:
        """What `send_edit` checks before it sends a byte.

        Raises:
            RefusedError: by the device's rules, as far as they can be known here.
            EditError: the host's own check of the values failed.
        """
        delivery.check_against_device(edit, self.hello, self._counter)
        if model is not None:
            delivery.check_against_model(edit, model, self.hello)

    def send_edit(self, edit: Edit, model: delivery.Adaptive | None = None, progress: Progress = silent) -> Delivered:
        """Check `edit`, send it and let the device run it; on any failure the device keeps its bank.

        Args:
            edit: made for this device.
            model: the bundle on the device; with it the host finds NaN, values beyond T and a wrong digest before it
                sends a byte, and names tensors in a refusal. Without it only the device looks.
            progress: called with payload bytes.

        Raises:
            MismatchError: the edit belongs to another base or layout.
            StaleError: the edit's counter is not new, or another host changed the bank meanwhile.
            RefusedError: any other refusal.
            EditError: the host's own check of the values failed.
        """
        before = self.link.cost
        self.check_edit(edit, model)
        with self._dropped_on_failure():
            active = self._transfer(edit, self.bank_digest(), delivery.setting_of(edit, model), progress)
        self._counter = edit.counter
        if active.digest != edit.digest:
            raise DamagedError(
                "the device runs another bank than the edit makes",
                expected=f"digest {edit.digest.hex()}",
                received=f"digest {active.digest.hex()}",
                remedy="read the bank (READ) and revert to the earlier one",
            )
        return Delivered(active, self.link.cost - before)

    def _transfer(self, edit: Edit, replaces: bytes, setting: Setting, progress: Progress) -> ActiveReply:
        self._ask(Begin(edit.header), setting=setting)
        for write in delivery.writes(edit.payload, self.hello.max_payload):
            received = self._ask(write, setting=setting)
            progress("send the edit", received, len(edit.payload))
        self._ask(Verify(), work_s=_WORK_S, setting=setting)
        try:
            return self._ask(Commit(replaces), setting=setting)
        except NoReplyError as error:
            raise NoReplyError(
                error.what,
                expected=error.expected,
                received=error.received,
                remedy="the device runs the edit or its old bank, each complete: ask STATUS which, then send it again",
            ) from error

    @contextmanager
    def _dropped_on_failure(self) -> Iterator[None]:
        """Leave no half-sent edit on the device; one that is unreachable drops it at the next BEGIN."""
        try:
            yield
        except (NoReplyError, PortError):
            raise
        except BaseException:
            with suppress(BridgeError):
                self._ask(Revert(RevertWhat.STAGING))
            raise

    def revert(self, digest: bytes) -> ActiveReply:
        """Run the bank whose digest is `digest` again, if one of the two is that one."""
        return self._ask(Revert(RevertWhat.BANK, digest))


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
