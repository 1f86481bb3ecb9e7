"""`persona stress`: the keys that were promised, each measured."""

import json

import pytest
from click.testing import CliRunner

from persona.main import persona
from toolchain.bundle import Bundle

KEYS = [
    "edits",
    "damaged_frames",
    "wrong_parameters",
    "stuck_devices",
    "mixed_outputs",
    "adapt_wire_bytes",
    "core_flash_bytes",
    "core_ram_bytes",
    "apply_instructions",
    "mac_instructions",
]


@pytest.mark.emulator
def test_stress_prints_its_ten_figures_and_nothing_else(small_bundle: Bundle) -> None:
    """As one JSON object; the core within 12 kB of flash and 3 kB of RAM."""
    arguments = ["stress", "--bundle", str(small_bundle.path), "--edits", "60", "--devices", "2", "--json", "-"]
    done = CliRunner().invoke(persona, arguments)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert KEYS == list(figures)
    assert [60, 0, 0, 0] == [figures[name] for name in ("edits", "wrong_parameters", "stuck_devices", "mixed_outputs")]
    assert figures["damaged_frames"] > 0
    assert 0 < figures["adapt_wire_bytes"] <= 300
    assert 4_000 < figures["core_flash_bytes"] <= 12 * 1024
    assert 0 < figures["core_ram_bytes"] <= 3 * 1024
    assert 0 < figures["apply_instructions"] < 200_000
    assert 0 < figures["mac_instructions"] < 100_000
