"""An edit goes to a device: BEGIN, WRITE where one frame is not enough, VERIFY; then APPLY, or TRY and COMMIT."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from firmware_bridge import delivery
from firmware_bridge.cost import line_time_s
from firmware_bridge.errors import BridgeError, DamagedError, NoReplyError, PortError
from firmware_bridge.messages import ActiveReply, Apply, Commit, Request, Revert, RevertWhat, Try, TryReply, Verify
from firmware_bridge.refusal import Setting
from firmware_bridge.session import Session
from toolchain.edit import Edit
from toolchain.progress import Progress

WORK_S: Final = 2.0
"""What one inference, or one check of a whole bank, may take on a slow device."""

STORE_S: Final = 5.0
"""What a slow flash may take to erase and program a record."""

_PATIENT: Final = 8
"""How often the time of a flawless transfer a transfer may take, besides `_BUDGET_S`."""

_BUDGET_S: Final = 30.0


@dataclass
class Transfer:
    """One edit on its way over `session`; the device drops what is half there if the way ends early."""

    session: Session
    edit: Edit
    setting: Setting
    progress: Progress
    begun: bool = False

    def apply(self) -> ActiveReply:
        """Let the device run the edit until its next reset.

        Raises:
            BridgeError: refused, unreachable, or the device runs another bank afterwards.
        """
        replaces = self.session.active_digest()
        with self._way():
            self._stage()
            return self._switch(Apply(replaces))

    def commit(self, seconds: int, least: int) -> tuple[ActiveReply, TryReply]:
        """Let the device try the edit, store it and run it on probation of `seconds`.

        Raises:
            BridgeError: refused, unreachable, or the device runs another bank afterwards.
        """
        replaces = self.session.active_digest()
        vectors = self.session.hello.trial_vectors
        with self._way(WORK_S * vectors + STORE_S):
            self._stage()
            trial = self.session.ask(Try(least), work_s=WORK_S * max(1, vectors), setting=self.setting)
            return self._switch(Commit(replaces, seconds), STORE_S), trial

    def _stage(self) -> None:
        session, body = self.session, self.edit.body
        most = session.hello.max_payload
        there = session.ask(delivery.begin(self.edit, most), setting=self.setting).received
        self.begun = True
        self.progress("send the edit", there, len(body))
        for write in delivery.writes(body, most, there):
            there = session.ask(write, setting=self.setting)
            self.progress("send the edit", there, len(body))
        session.ask(Verify(), work_s=WORK_S, setting=self.setting)

    def _switch(self, request: Request[ActiveReply], work_s: float = 0.0) -> ActiveReply:
        active = self.session.ask(request, work_s=work_s, setting=self.setting)
        self.session.known.counter = self.edit.counter
        if active.digest != self.edit.digest:
            raise DamagedError(
                "the device runs another bank than the edit makes",
                expected=f"digest {self.edit.digest.hex()}",
                received=f"digest {active.digest.hex()}",
                remedy="read the bank (READ) and revert to the earlier one",
            )
        return active

    @contextmanager
    def _way(self, work_s: float = 0.0) -> Iterator[None]:
        """A total budget, and no half-sent edit left on the device; one that is out of reach drops it at its BEGIN."""
        session = self.session
        line_s = line_time_s(len(self.edit.pack()), session.link.transport.baud)
        try:
            with session.reporting(), session.link.budget(_BUDGET_S + _PATIENT * (line_s + work_s)):
                yield
        except (NoReplyError, PortError) as error:
            error.remedy = "the device runs the edit or its old bank, each complete: ask STATUS which, send it again"
            raise
        except BaseException:
            # Where BEGIN itself was refused, what is not settled on the device is not ours.
            if self.begun:
                with suppress(BridgeError):
                    session.ask(Revert(RevertWhat.UNSETTLED))
            raise
