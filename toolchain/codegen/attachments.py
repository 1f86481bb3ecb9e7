"""The C tables of what is attached to a model: latent table, trial vectors, drift reference."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from toolchain.attachments import Attachments
from toolchain.codegen.literals import floating, macro_calls, values
from toolchain.latent import Latent
from toolchain.operators.base import MacroTable
from toolchain.trials import Trials


def array(name: str, c_type: str, content: npt.NDArray[Any], attribute: str = "") -> str:
    """A constant array."""
    return f"static const {c_type} {name}[{content.size}]{attribute} = {{\n{values(content)},\n}};\n\n"


def table(name: str, c_type: str, content: MacroTable, attribute: str = "") -> str:
    """A constant array whose elements macros give."""
    body = macro_calls(content.macro, content.rows)
    return f"static const {c_type} {name}[{content.size}]{attribute} = {{\n{body},\n}};\n\n"


def tables(attached: Attachments) -> str:
    """The constants; nothing for what is missing."""
    text = ""
    if attached.latent is not None:
        text += _latent(attached.latent)
    if attached.trials is not None:
        text += _trials(attached.trials)
    if attached.reference is not None:
        text += array("embedding_mean", "int16_t", attached.reference.mean)
        text += array("embedding_spread", "uint8_t", attached.reference.spread)
    return text


def fields(attached: Attachments) -> dict[str, str]:
    """The fields of `persona_model` that point to them."""
    latent, known = attached.latent, attached.reference is not None
    return {
        "code_bytes": "0" if latent is None else str(latent.code_bytes),
        "latent": "NULL" if latent is None else "latent",
        "trials": "NULL" if attached.trials is None else "&trials",
        "embedding_mean": "embedding_mean" if known else "NULL",
        "embedding_spread": "embedding_spread" if known else "NULL",
    }


def _latent(latent: Latent) -> str:
    text, rows = "", ""
    for place, part in enumerate(latent.parts):
        text += array(f"latent_{place}", "int8_t", part.rows)
        rows += f"    {{ {part.first}u, {part.count}u, {floating(part.scale)}, latent_{place} }},\n"
    return f"{text}static const persona_latent latent[] = {{\n{rows}}};\n\n"


def _trials(trials: Trials) -> str:
    text = array("trial_inputs", "uint8_t", trials.inputs) + array("trial_labels", "uint8_t", trials.labels)
    body = f"{len(trials)}u, {trials.least}u, trial_inputs, trial_labels"
    return f"{text}static const persona_trials trials = {{ {body} }};\n\n"
