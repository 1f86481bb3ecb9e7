"""A greeted device: requests become replies or errors with a report, and what the replies tell is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from firmware_bridge.errors import BridgeError, NoReplyError, PortError, ProtocolError
from firmware_bridge.frame import WIRE_VERSION
from firmware_bridge.link import SAME_RELEASE, Link
from firmware_bridge.messages import (
    ActiveReply,
    Hello,
    HelloReply,
    Read,
    Refusal,
    Region,
    Request,
    Status,
    StatusReply,
    WatchReply,
)
from firmware_bridge.patience import HELLO_PATIENCE, REPORT_PATIENCE
from firmware_bridge.refusal import UNKNOWN_SETTING, Setting, refused
from firmware_bridge.report import Exchange, Report

R = TypeVar("R")
_OLDER_VERSIONS: Final = (1,)


@dataclass
class Known:
    """What the host knows of the device without asking: an edit must exceed `counter` and replaces `digest`.

    `digest` is None where it is not known. Both are only ever as good as the last reply: the device checks them again.
    """

    counter: int
    digest: bytes | None = None
    generation: int | None = None

    def runs(self, active: ActiveReply) -> None:
        """The device said which bank it runs."""
        self.digest, self.generation = active.digest, active.generation

    def forget_bank(self) -> None:
        """The bank may have changed."""
        self.digest = self.generation = None

    def learn(self, reply: object) -> None:
        """Take from any reply what it tells."""
        if isinstance(reply, ActiveReply):
            self.runs(reply)
        elif isinstance(reply, StatusReply):
            self.counter, self.digest, self.generation = reply.counter, reply.active_digest, reply.generation
        elif isinstance(reply, WatchReply):
            self.counter = reply.counter
            if reply.generation != self.generation:
                self.forget_bank()


class Session:
    """One conversation with one device; `hello` is what it said first.

    Raises:
        BridgeError: nothing answers, or something else than this protocol.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.hello = self._greet()
        self.known = Known(self.hello.counter)

    def ask(self, request: Request[R], *, work_s: float = 0.0, setting: Setting = UNKNOWN_SETTING) -> R:
        """The reply to `request`.

        Args:
            request: any message.
            work_s: what the device may need for it, besides the line.
            setting: puts names to the numbers of a refusal.

        Raises:
            RefusedError: the device refuses.
            BridgeError: any failure of the link; each error has a report.
        """
        with self.reporting():
            reply = self.link.request(request, work_s=work_s, reply_bytes=self.hello.max_payload)
            if isinstance(reply, Refusal):
                raise refused(reply, step=request.KIND.name, setting=setting)
        self.known.learn(reply)
        return reply

    def active_digest(self) -> bytes:
        """Digest of the bank that runs: the one that is known, or else the device's answer."""
        if self.known.digest is None:
            self.known.digest = self.ask(Read(Region.ACTIVE_BANK, 0, 0)).digest
        return self.known.digest

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Give each error of the block a report, with the device's counters if it answers within half a second."""
        try:
            yield
        except BridgeError as error:
            if error.report is None and self.link.last is not None:
                error.report = self._report(self.link.last, error)
            raise

    def _report(self, exchange: Exchange, error: BridgeError) -> Report:
        self.known.forget_bank()
        if isinstance(error, PortError):
            return Report(exchange, silence="the port is gone")
        with suppress(BridgeError), self.link.budget(REPORT_PATIENCE.total_s, extend=True):
            reply = self.link.request(Status(), patience=REPORT_PATIENCE)
            if isinstance(reply, StatusReply):
                self.known.learn(reply)
                return Report(exchange, reply)
        return Report(exchange)

    def _greet(self) -> HelloReply:
        try:
            reply = self.link.request(Hello(), patience=HELLO_PATIENCE)
            if isinstance(reply, Refusal):
                raise refused(reply, step="HELLO")
        except BridgeError as error:
            if self.link.last is not None:
                error.report = Report(self.link.last, silence="not asked for, because HELLO comes first")
            if isinstance(error, NoReplyError):
                self._name_older(error)
            raise
        return reply

    def _name_older(self, error: NoReplyError) -> None:
        """A device of an older release ignores our HELLO and answers one of its own version.

        Raises:
            ProtocolError: it did.
        """
        for version in _OLDER_VERSIONS:
            with suppress(PortError):
                drop = self.link.other_version(version)
                if drop is not None:
                    raise ProtocolError(
                        f"{self.link.transport.name} speaks another wire version: {drop.detail}",
                        expected=f"a reply in version {WIRE_VERSION}",
                        received=f"silence, and a reply to HELLO in version {version}",
                        remedy=SAME_RELEASE,
                    ) from error
