"""All scenarios on one board, in a process of its own: what it does, and how it ends in order."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from hil.inventory.board import Board
from hil.inventory.lock import locked
from hil.scenarios.layers import with_layers
from hil.scenarios.play import play_in
from hil.scenarios.result import FAILED, Result
from hil.scenarios.scenario import Scenario
from hil.scenarios.state import OpenEditor, Plan
from hil.scenarios.windows import Windows, load_subject
from hil.station import Flash
from toolchain.bundle import Bundle
from toolchain.errors import PersonaError

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Work:
    """What one board is to do; everything in it can be sent to another process.

    Attributes:
        board: which.
        scenarios: in order, all of them `repeat` times.
        bundle: path of the bundle.
        run_folder: gets the evidence.
        open_editor: gives the bundle's editor; a function of a module.
        subject: file with a device's windows; the bundle's frozen set is shown if there is none.
        repeat: how often.
        flash: puts an image on a board that is no emulator; a function of a module.
        per_op: count the instructions of each layer as well, once for each scenario with golden vectors.
    """

    board: Board
    scenarios: tuple[Scenario, ...]
    bundle: Path
    run_folder: Path
    open_editor: OpenEditor
    subject: Path | None = None
    repeat: int = 1
    flash: Flash | None = None
    per_op: bool = False

    @property
    def turns(self) -> list[tuple[Scenario, str]]:
        """Every scenario that is played, and what its result is called."""
        rounds = range(1, self.repeat + 1)
        return [
            (one, one.name if number == 1 else f"{one.name}#{number}") for number in rounds for one in self.scenarios
        ]


def results(work: Work, tell: Tell) -> Iterator[Result]:
    """Play; one result for each turn, as it comes.

    Raises:
        PersonaError: bundle, editor or windows cannot be read, or another program has the board.
    """
    with locked(work.board):
        yield from _played(work, tell)


def _played(work: Work, tell: Tell) -> Iterator[Result]:
    bundle = Bundle.open(work.bundle)
    windows = Windows.of_bundle(bundle) if work.subject is None else Windows.of_subject(load_subject(work.subject))
    plan = Plan(
        work.board, bundle, windows, work.open_editor(bundle), work.run_folder, work.run_folder, work.flash, tell
    )
    for scenario, name in work.turns:
        tell(name, 0, 1)
        result = play_in(work.run_folder, scenario, plan, name)
        yield with_layers(result, scenario, bundle) if work.per_op and name == scenario.name else result


def serve(work: Work, line: Connection, parent: Connection) -> None:
    """The process: play, and send what comes. SIGTERM, or the end of our parent, ends it in order.

    Ctrl-C in a terminal reaches us as well as the parent; the parent alone decides, so that we are told once.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    try:
        for result in results(work, lambda *step: line.send(step)):
            line.send(replace(result, board=work.board))
    except PersonaError as error:
        line.send(Result(work.board, work.scenarios[0].name, FAILED, str(error)))
    except KeyboardInterrupt:
        os._exit(128 + signal.SIGTERM)
    finally:
        line.close()


def _stop(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _follow(parent: Connection) -> None:
    """Wait until the parent's end of the pipe is closed, which it is at the latest when the parent is gone."""
    try:
        parent.recv_bytes()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
