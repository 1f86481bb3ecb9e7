"""`persona info`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from persona.help import Command
from persona.options import port_options
from persona.output import Output, json_option
from persona.warning import DEVELOPMENT

if TYPE_CHECKING:
    from firmware_bridge.messages import HelloReply, StatusReply
    from toolchain.bundle import Bundle
    from toolchain.edit import Edit

BOOTS: Final = {
    "FACTORY": "with the factory head",
    "RESTORED": "with the edit that was confirmed last",
    "DROPPED": "an unconfirmed edit was found and dropped",
}


@click.command("info", cls=Command, short_help="Describe a bundle, an edit file or a running device.")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@port_options(required=False)
@json_option
def command(*, path: Path | None, port: str | None, baud: int, json_target: str | None) -> None:
    """Describe what lies at PATH (a bundle or an edit file), or the device at a port.

    Examples:
        persona info digits.bundle
        persona info edit.bin
        persona info --port socket://127.0.0.1:PORT
        persona info --port /dev/ttyACM0 --json -
    """
    output = Output(json_target)
    if (path is None) == (port is None):
        raise click.UsageError("give either a PATH or --port")
    if port is not None:
        described = _device(port, baud)
    elif path is not None and path.is_file():
        described = _edit(path)
    else:
        described = _bundle(Path(str(path)))
    if (warning := described.get("device", {}).get("warning")) is not None:
        output.say(f"*** {warning} ***")
    for title, rows in described.items():
        output.say(title)
        output.table([(name.replace("_", " "), _text(value)) for name, value in rows.items()])
    output.result({title: dict(rows) for title, rows in described.items()})


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _bundle(path: Path) -> dict[str, dict[str, Any]]:
    from toolchain.bundle import Bundle

    bundle = Bundle.open(path)
    return {
        "bundle": _bundle_rows(bundle),
        "adaptive": {t.name: f"{t.shape}, T = {t.clip:g}" for t in bundle.layout.tensors},
    }


def _bundle_rows(bundle: Bundle) -> dict[str, Any]:
    memory = bundle.manifest.memory
    return {
        "name": bundle.name,
        "path": str(bundle.path),
        "base": bundle.base.hex(),
        "layout": bundle.layout.fingerprint.hex(),
        "rounding": bundle.rounding.value,
        "inputs": [f"{s.name} {s.dtype.value} {s.shape}" for s in bundle.inputs],
        "outputs": [f"{s.name} {s.dtype.value} {s.shape}" for s in bundle.outputs],
        "embedding": "none" if bundle.embedding is None else f"{bundle.embedding.dtype.value} {bundle.embedding.shape}",
        "prototypes": len(bundle.prototypes),
        "adaptive_floats": bundle.layout.size,
        "macs": memory.macs,
        "arena_bytes": memory.arena_bytes,
        "golden_vectors": len(bundle.golden),
    }


def _edit(path: Path) -> dict[str, dict[str, Any]]:
    from toolchain.edit import Edit

    return {"edit": _edit_rows(path, Edit.parse(path.read_bytes()))}


def _edit_rows(path: Path, edit: Edit) -> dict[str, Any]:
    return {
        "path": str(path),
        "codec": edit.codec.name.lower(),
        "signed": edit.signed,
        "durable": edit.durable,
        "prototype": edit.prototype,
        "counter": edit.counter,
        "base": edit.base.hex(),
        "layout": edit.layout.hex(),
        "digest": edit.digest.hex(),
        "payload_bytes": len(edit.payload),
    }


def _device(port: str, baud: int) -> dict[str, dict[str, Any]]:
    from firmware_bridge.client import open_device

    with open_device(port, baud=baud) as device:
        status = device.status()
        return {
            "device": _hello_rows(device.hello),
            "state": _status_rows(status),
            "counters": status.named_counters,
        }


def _hello_rows(hello: HelloReply) -> dict[str, Any]:
    return {
        **({} if hello.signed_only else {"warning": DEVELOPMENT}),
        "platform": hello.platform,
        "firmware": f"{hello.firmware[0]}.{hello.firmware[1]}",
        "base": hello.base.hex(),
        "layout": hello.layout.hex(),
        "rounding": hello.rounding.name.lower(),
        "edits": "only signed ones" if hello.signed_only else "unsigned ones too",
        "device_id": hello.device_id.hex() if any(hello.device_id) else "not provisioned",
        "has_key": hello.has_key,
        "storage": f"journal version {hello.journal_version}" if hello.has_storage else "none",
        "edit_version": hello.edit_version,
        "codecs": [codec.name.lower() for codec in hello.codecs],
        "prototypes": hello.prototypes,
        "adaptive_floats": hello.adaptive_floats,
        "largest_T": hello.largest_clip,
        "code_bytes": hello.code_bytes,
        "trial_vectors": hello.trial_vectors,
        "trial_least": hello.trial_least,
        "input_bytes": hello.input_bytes,
        "output_bytes": hello.output_bytes,
        "embedding_bytes": hello.embedding_bytes,
        "context_capacity": hello.context_capacity,
        "max_payload": hello.max_payload,
        "ticks_per_s": hello.ticks_per_s,
    }


def _status_rows(status: StatusReply) -> dict[str, Any]:
    return {
        "edit_state": status.edit_state.name.lower(),
        "active_bank": status.active_bank,
        "boot": BOOTS[status.boot.name],
        "generation": status.generation,
        "counter": status.counter,
        "confirmed_counter": status.confirmed_counter,
        "probation_ms": status.probation_ms,
        "active_digest": status.active_digest.hex(),
        "other_digest": status.other_digest.hex(),
        "confirmed_digest": status.confirmed_digest.hex(),
    }
