"""A run as its `run.json` tells it; what `parse_run` returned is legal by construction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, NoReturn

from hil.report.errors import RunError
from hil.report.fields import REMEDY, Fields

VERSION: Final = 1
PASSED: Final = "passed"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"


@dataclass(frozen=True)
class Edit:
    """An edit of a device's history; None is what was not measured."""

    counter: int | None
    prototype: int | None
    codec: str | None
    size: int | None
    digest: str | None
    event: str | None


@dataclass(frozen=True)
class Operator:
    """What one operator of an inference took."""

    op: int | None
    kind: str | None
    instructions: float | None
    macs: int | None


@dataclass(frozen=True)
class Result:
    """One scenario on one board; None is what was not measured. Accuracies are shares of 1."""

    board: str
    platform: str | None
    core: str | None
    scenario: str
    verdict: str
    reason: str | None
    failure_class: str | None
    failure_message: str | None
    verified: int | None
    total: int | None
    firmware_digest: str | None
    flash_bytes: int | None
    ram_bytes: int | None
    memory: dict[str, int]
    instructions: float | None
    latency_s: dict[str, float]
    accuracy_before: float | None
    accuracy_after: float | None
    wire_bytes: dict[str, int]
    edits: tuple[Edit, ...]
    per_op: tuple[Operator, ...]
    evidence: PurePosixPath | None


@dataclass(frozen=True)
class Run:
    """A whole run."""

    started: str | None
    seconds: float | None
    command: tuple[str, ...]
    versions: dict[str, str]
    bundle: dict[str, str]
    results: tuple[Result, ...]


def parse_run(data: bytes) -> Run:
    """Parse the bytes of a `run.json`.

    Raises:
        RunError: it is no JSON (the line is named), of another version, or a field is wrong (its path is named).
    """
    fields = _document(data)
    version = fields.values.get("version")
    if version != VERSION or isinstance(version, bool):
        raise RunError(
            "run.json is of another version",
            expected=f"version {VERSION}",
            received="none" if version is None else repr(version)[:20],
            remedy="use the persona that made the run, or make it again with this one",
        )
    if not isinstance(fields.values.get("results"), list):
        raise fields.wrong("results", "a list")
    return Run(
        started=fields.text("started"),
        seconds=fields.number("seconds"),
        command=fields.texts("command"),
        versions=fields.object("versions").all_texts(),
        bundle=fields.object("bundle").all_texts(),
        results=tuple(_result(entry) for entry in fields.objects("results")),
    )


def _document(data: bytes) -> Fields:
    try:
        values = json.loads(data.decode(), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise RunError(f"run.json is damaged at {where}", expected="JSON", received=error.msg, remedy=REMEDY) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"run.json is damaged at line {line}"
        raise RunError(what, expected="UTF-8", received=error.reason, remedy=REMEDY) from error
    except (ValueError, RecursionError) as error:
        raise RunError("run.json is damaged", expected="JSON", received=str(error), remedy=REMEDY) from error
    if not isinstance(values, dict):
        raise RunError("run.json is damaged at line 1", expected="an object", received=str(values)[:40], remedy=REMEDY)
    return Fields(values)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _result(fields: Fields) -> Result:
    failure, accuracy, latency = fields.object("failure"), fields.object("accuracy"), fields.object("latency_s")
    verified, total = fields.count("verified"), fields.count("total")
    if verified is not None and verified > (total or 0):
        raise fields.wrong("verified", f"at most total, {total or 0:,}")
    return Result(
        board=fields.need_text("board"),
        platform=fields.text("platform"),
        core=fields.text("core"),
        scenario=fields.need_text("scenario"),
        verdict=fields.choice("verdict", PASSED, FAILED, SKIPPED),
        reason=fields.text("reason"),
        failure_class=failure.text("class"),
        failure_message=failure.text("message"),
        verified=verified,
        total=total,
        firmware_digest=fields.text("firmware_digest"),
        flash_bytes=fields.count("flash_bytes"),
        ram_bytes=fields.count("ram_bytes"),
        memory=fields.object("memory").counts(),
        instructions=fields.number("instructions"),
        latency_s={key: seconds for key in latency.values if (seconds := latency.number(key)) is not None},
        accuracy_before=accuracy.number("before", 1),
        accuracy_after=accuracy.number("after", 1),
        wire_bytes=fields.object("wire_bytes").counts(),
        edits=tuple(_edit(entry) for entry in fields.objects("edits")),
        per_op=tuple(_operator(entry) for entry in fields.objects("per_op")),
        evidence=_evidence(fields),
    )


def _edit(fields: Fields) -> Edit:
    return Edit(
        counter=fields.count("counter"),
        prototype=fields.count("prototype"),
        codec=fields.text("codec"),
        size=fields.count("bytes"),
        digest=fields.text("digest"),
        event=fields.text("event"),
    )


def _operator(fields: Fields) -> Operator:
    return Operator(
        op=fields.count("op"),
        kind=fields.text("kind"),
        instructions=fields.number("instructions"),
        macs=fields.count("macs"),
    )


def _evidence(fields: Fields) -> PurePosixPath | None:
    text = fields.text("evidence")
    if not text:
        return None
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\0" in text:
        raise fields.wrong("evidence", "a path below the run's folder")
    return path
