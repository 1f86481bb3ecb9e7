"""`persona store`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from persona.extras import needs
from persona.help import Command, keep_examples
from persona.keys import fleet_key_option
from persona.options import FILE, FOLDER
from persona.output import Output, json_option
from persona.progress import ProgressBar
from persona.store import opened, store_options

SOURCE = click.Path(path_type=Path)
_SHOWN: Final = 20
_HELP: Final = """Keep users' examples, frozen evaluation sets and edits: what lasts when bases change.

    The store is a SQLite file, or a PostgreSQL database by its URL; --store or PERSONA_STORE names it (docs/store.md).
    Every command takes --json FILE|-.

    Examples:
        persona store add digits.bundle trained
        persona store show --device held_out-003
        persona store verify
        persona recompile --base wide.bundle
    """


@click.group("store", help=keep_examples(_HELP), short_help="Keep users' examples, frozen sets and edits.")
def command() -> None:
    """The group; its commands do the work."""


@command.command("add", cls=Command, short_help="Add bases, examples and edits; makes the store if there is none.")
@click.argument("sources", nargs=-1, required=True, type=SOURCE, metavar="SOURCE...")
@click.option(
    "--evaluation",
    type=click.Choice(("hash", "file-order", "none")),
    default="hash",
    show_default=True,
    help="What is frozen of a device whose source does not say so and that has no frozen set.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    metavar="X",
    help="How much of each class is frozen.",
)
@click.option("--device", metavar="NAME", help="Whose the edit is, or the examples of a file that names no device.")
@click.option("--bundle", type=FOLDER, help="The base that the edit was made for.")
@click.option("--hardware", metavar="HEX", help="Id of the device, 16 hexadecimal digits, from which its key follows.")
@store_options
@json_option
def add_command(  # noqa: PLR0913  # one parameter for each option
    *,
    sources: tuple[Path, ...],
    evaluation: str,
    share: float,
    device: str | None,
    bundle: Path | None,
    hardware: str | None,
    place: str,
    store_key: Path | None,
    json_target: str | None,
) -> None:
    """Add each SOURCE to the store; added again, what is there stays as it is.

    A bundle becomes a base; a directory of persona train gives the held-out devices of its fleet, all their windows;
    an .npz or .parquet file gives x, y and device, and evaluation where it says what is frozen; any other file is an
    edit, which --device and --bundle explain, and which is scored on the frozen set.

    Examples:
        persona store add digits.bundle trained
        persona store add windows.npz --evaluation file-order
        persona store add windows.npz --device anna --hardware 00000000000000a1
        persona store add edit.bin --device anna --bundle digits.bundle
    """
    output = Output(json_target)
    with needs("store"):
        from persona.storing import Adding, add_sources
    from toolchain.keys import parse_device_id

    if hardware is not None and device is None:
        raise click.UsageError("--hardware is the id of one device: give --device")
    identity = None if hardware is None else parse_device_id(hardware)
    progress = ProgressBar()
    with opened(place, store_key, create=True) as store:
        adding = Adding(evaluation, share, device, bundle, identity)
        report = add_sources(store, sources, adding, progress).to_json()
    progress.close()
    for base in report["bases"]:
        output.say(f"base {base}")
    rows = report["devices"]
    output.table([(row["name"], _told(row)) for row in rows[:_SHOWN]])
    _more(output, len(rows))
    for edit in report["edits"]:
        output.say(f"edit {edit['edit']} of {edit['device']}: {_score(edit['before'])} to {_score(edit['after'])}")
    for note in report["notes"][:_SHOWN]:
        output.say(f"note: {note}")
    output.result({"store": _shown(place), **report})


@command.command("show", cls=Command, short_help="Show what the store holds, of all devices or of one.")
@click.option("--device", metavar="NAME", help="Only this one: its examples, frozen set, edits and recompilations.")
@store_options
@json_option
def show_command(*, device: str | None, place: str, store_key: Path | None, json_target: str | None) -> None:
    """Show what the store holds.

    Examples:
        persona store show
        persona store show --device anna --json -
    """
    output = Output(json_target)
    with opened(place, store_key) as store:
        from models.store.overview import of_device, overview

        if device is not None:
            one = of_device(store, store.device(device))
            _show_device(output, one)
            output.result(one)
            return
        whole = overview(store)
        bases = [{"name": base.name, "base": base.fingerprint.hex(), "bundle": base.location} for base in store.bases()]
        names = [each.name for each in store.devices()]
    output.table([(name.replace("_", " "), value) for name, value in whole.items()])
    for base in bases:
        output.say(f"base {base['base']}: {base['name']}, {base['bundle']}")
    for name in names[:_SHOWN]:
        output.say(f"  {name}")
    _more(output, len(names))
    output.result({"store": _shown(place), **whole, "known_bases": bases, "names": names})


@command.command("export", cls=Command, short_help="Write all devices to a .parquet or .npz file.")
@click.argument("target", type=FILE, metavar="FILE")
@store_options
@json_option
def export_command(*, target: Path, place: str, store_key: Path | None, json_target: str | None) -> None:
    """Write all examples with their frozen sets to FILE, readable by anybody, and the history beside it.

    FILE can be added to another store, which then has the same frozen sets. FILE.history.jsonl holds bases, edits,
    recompilations and deployments to be read. Both appear whole or not at all. An encrypted store is exported in the
    clear.

    Examples:
        persona store export fleet.parquet
        persona store add fleet.parquet --store copy.db
    """
    output = Output(json_target)
    progress = ProgressBar()
    with opened(place, store_key) as store:
        from models.store.exchange import export_store

        made = export_store(store, target, progress)
    progress.close()
    output.say(f"wrote {made.examples} examples of {made.devices} devices to {target}, their history to {made.history}")
    output.result(
        {"path": str(target), "devices": made.devices, "examples": made.examples, "history": str(made.history)}
    )


@command.command("verify", cls=Command, short_help="Check that everything is as it was stored.")
@fleet_key_option
@store_options
@json_option
def verify_command(*, fleet_key_path: Path | None, place: str, store_key: Path | None, json_target: str | None) -> None:
    """Check the database, every example, frozen set, edit and recompilation; finish an interrupted forgetting first.

    With --fleet-key also the MAC of every signed edit of a device with a hardware id. Exit code 4 if anything is wrong.

    Examples:
        persona store verify --fleet-key fleet.key
    """
    output = Output(json_target)
    progress = ProgressBar()
    with opened(place, store_key) as store:
        from models.store.errors import DamagedStoreError
        from models.store.forgetting import finish_forgettings
        from models.store.verify import verify
        from persona.editing import read_key

        finished = finish_forgettings(store)
        found = [str(finding) for finding in verify(store, read_key(fleet_key_path), progress)]
        devices = store.count()
    progress.close()
    if finished:
        output.say(f"finished {finished} interrupted forgettings")
    for line in found:
        output.say(line)
    output.result({"store": _shown(place), "devices": devices, "findings": found, "finished_forgettings": finished})
    if found:
        raise DamagedStoreError(
            f"{_shown(place)} is not as it was stored",
            expected="no finding",
            received=f"{len(found)}",
            remedy="put a backup back; what is whole can be taken out with persona store export",
        )
    output.say(f"{_shown(place)} is as it was stored: {devices} devices")


@command.command("forget", cls=Command, short_help="Remove a device and all that came of it, and prove it.")
@click.argument("name", metavar="NAME")
@click.option("--yes", is_flag=True, help="Do not ask.")
@store_options
@json_option
def forget_command(*, name: str, yes: bool, place: str, store_key: Path | None, json_target: str | None) -> None:
    """Remove NAME, its examples, edits and all derived rows; then count what is left, in the tables and in the file.

    It cannot be undone. What backups, file systems and flash memory keep is out of its reach (docs/store.md).
    Interrupted, it is finished by the same command or by verify.

    Examples:
        persona store forget anna --yes --json -
    """
    output = Output(json_target)
    with opened(place, store_key) as store:
        from models.store.forgetting import forget, require

        if not yes:
            click.confirm(f"remove {name} and everything that came of it, for ever?", abort=True, err=True)
        proof = forget(store, name)
    rows = [(f"{table} deleted, left", f"{count}, {proof.left[table]}") for table, count in proof.deleted.items()]
    search = proof.search
    if search is not None:
        sought = f"{search.found} of {search.searched} in {search.bytes} bytes; {search.shared} also somebody else's"
        rows.append(("traces found in the file", sought))
    output.say(f"forgot {name}" + (" (an interrupted forgetting was finished)" if proof.resumed else ""))
    output.table(rows)
    output.result(_proof(proof))
    require(proof)


@command.command("key", cls=Command, short_help="Make a key file for an encrypted store.")
@click.argument("target", type=FILE, metavar="FILE")
@json_option
def key_command(*, target: Path, json_target: str | None) -> None:
    """Write 32 random bytes to FILE, a new one that only you can read; give it to add with --store-key.

    Whoever loses it loses the examples. Use another file than the fleet's key: who may read examples need not be
    able to sign edits.

    Examples:
        persona store key store.key
        persona store add digits.bundle trained --store-key store.key
    """
    output = Output(json_target)
    from toolchain.keys import new_fleet_key, write_fleet_key

    write_fleet_key(target, new_fleet_key())
    output.say(f"wrote a store key to {target}: without this file an encrypted store cannot be read")
    output.result({"store_key": str(target)})


def _proof(proof: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(proof), "holds": proof.holds}


def _shown(place: str) -> str:
    from models.store.opening import shown

    return shown(place)


def _told(row: dict[str, Any]) -> str:
    return f"{row['new']} new, {row['known']} known, {row['frozen']} frozen"


def _more(output: Output, count: int) -> None:
    if count > _SHOWN:
        output.say(f"  ... and {count - _SHOWN} more: --json FILE has all")


def _score(value: float | None) -> str:
    return "no score" if value is None else f"{value:.3f}"


def _show_device(output: Output, one: dict[str, Any]) -> None:
    listed = ("edits", "recompilations", "deployments")
    output.table([(name.replace("_", " "), value) for name, value in one.items() if name not in listed])
    for edit in one["edits"]:
        verdict = "accepted" if edit["accepted"] else "not accepted"
        told = f"{edit['method']} for {edit['base']}, {verdict}, {_score(edit['before'])} to {_score(edit['after'])}"
        output.say(f"  edit {edit['id']}: {told}")
    for unit in one["recompilations"]:
        output.say(f"  {unit['method']} on {unit['base']}: {unit['verdict']}, {unit['reason']}".replace("\n", " "))
    for sent in one["deployments"]:
        output.say(f"  edit {sent['edit']} sent to {sent['port']}, counter {sent['counter']}")
