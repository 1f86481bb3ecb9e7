"""The whole page: one file, its style and its script inside, and a policy that forbids it every connection."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from hil.report.accuracy import accuracy
from hil.report.edits import edits
from hil.report.failures import failures, skipped
from hil.report.folder import Recorded
from hil.report.headline import headline
from hil.report.html import Content, Html, tag
from hil.report.layers import layers
from hil.report.matrix import matrix
from hil.report.memory import memory
from hil.report.provenance import provenance
from hil.report.run import FAILED, PASSED, SKIPPED
from hil.report.wire import wire


def page(recorded: Recorded) -> str:
    """The report as HTML."""
    run = recorded.run
    title = f"{run.bundle.get('name', 'Persona')}: hardware in the loop"
    sections = [
        _section("boards", "Boards", matrix(run), skipped(run)),
        _section("failures", "Failures", failures(recorded)),
        _section("accuracy", "Accuracy before and after", accuracy(run)),
        _section("memory", "Memory", memory(run)),
        _section("layers", "Instructions per layer", layers(run)),
        _section("wire", "Bytes on the wire", wire(run)),
        _section("edits", "Edit history", edits(run)),
        _section("provenance", "Provenance", provenance(run)),
    ]
    if not any(result.verdict == FAILED for result in run.results):
        sections = [sections[0], *sections[2:]]
    main = tag("main", headline(run), _controls(), *sections)
    script = _asset("page.js")
    body = tag("body", main, tag("script", script))
    return f"<!DOCTYPE html>\n{tag('html', _head(title, script), body, lang='en')}\n"


def _section(name: str, title: str, *content: Content) -> Html:
    return tag("section", tag("h2", title, id=name), *content, aria_labelledby=name)


def _controls() -> Html:
    """Hidden until the script runs."""
    choices = [("all", ""), (PASSED, PASSED), (FAILED, FAILED), (SKIPPED, SKIPPED)]
    buttons = [
        tag("button", name, type="button", data_filter=value, aria_pressed="false" if value else "true")
        for name, value in choices
    ]
    group = tag("div", *buttons, role="group", aria_label="Show boards by verdict", class_="filter")
    logs = tag("button", "open all logs", type="button", id="open-all", aria_pressed="false")
    return tag("div", group, logs, class_="controls", hidden=True)


def _head(title: str, script: Html) -> Html:
    style = _asset("page.css")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", style),
    )


def _asset(name: str) -> Html:
    return Html((files("hil.report") / name).read_text(encoding="utf-8"))


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
