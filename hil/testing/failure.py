"""A failed test says first which of the six ways to fail it was."""

from __future__ import annotations

from pathlib import Path

from _pytest._code.code import ExceptionChainRepr, ReprEntryNative, ReprFileLocation

from hil.verdict import Failed, failed
from toolchain.errors import PersonaError


def classified(error: BaseException) -> Failed | None:
    """The failure that `error` is; None for anything that says nothing about the board."""
    return failed(error) if isinstance(error, PersonaError) else None


def headline(what: Failed) -> str:
    """Class and first line."""
    return f"{what.failure.value}: {what.message.splitlines()[0]}"


def announce(shown: object, what: Failed, evidence: Path | None) -> None:
    """Put the class before everything else that pytest shows of a failure: report, summary, JUnit's message."""
    if not isinstance(shown, ExceptionChainRepr):
        return
    lines = [headline(what)] + ([] if evidence is None else [f"evidence: {evidence}"])
    first = shown.chain[0][0]
    first.reprentries = [ReprEntryNative([f"{line}\n" for line in lines]), *first.reprentries]
    crash = shown.reprcrash
    if isinstance(crash, ReprFileLocation):
        crash.message = headline(what)
