"""The main job on a small device: every answer compared, every byte counted."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.adapt import Manner, Observed, Proposal
from firmware_bridge.client import Device
from firmware_bridge.errors import MismatchError
from firmware_bridge.image import Image
from hil.comparison import Tally, describe
from hil.conformance import verify
from hil.emulator import booted
from hil.errors import WrongResultError
from hil.personalise import Personalisation, Subject, play
from hil.summary import first_difference, summary
from hil.wire_costs import measure, render
from tests.device_fixtures import CONTEXT_WINDOWS, LAYOUT
from toolchain.bundle import Bundle
from toolchain.edit import Codec, encode_edit
from toolchain.errors import EditError


def propose(observed: Observed) -> Proposal:
    """An edit that depends on the context."""
    assert observed.mean.shape == observed.spread.shape == (4,)
    assert observed.held == CONTEXT_WINDOWS
    delta = np.resize(observed.mean - observed.spread, LAYOUT.size).astype(np.float32)
    return Proposal(2, delta, np.zeros(2, np.float32))


def propose_from_windows(observed: Observed) -> Proposal:
    """The same from the embeddings themselves."""
    assert observed.windows is not None
    assert observed.windows.shape == (CONTEXT_WINDOWS, 4)
    return propose(observed)


def subject(seed: int) -> Subject:
    """Random windows and labels."""
    chance = np.random.default_rng(seed)
    return Subject(
        f"device-{seed}",
        chance.integers(-128, 128, (CONTEXT_WINDOWS, 8)).astype(np.int8),
        chance.integers(-128, 128, (9, 8)).astype(np.int8),
        chance.integers(0, 3, 9),
    )


def test_every_inference_of_every_device_is_compared(small_image: Image, small_bundle: Bundle) -> None:
    """Two fresh devices: all outputs and embeddings equal, the figures those of the issue."""
    subjects = [subject(1), subject(2)]
    seen: list[tuple[str, int, int]] = []
    outcomes = play(
        lambda: booted(small_image),
        Personalisation(small_bundle, propose),
        subjects,
        lambda *report: seen.append(report),
    )
    figures = summary(small_image, small_bundle, subjects, outcomes)
    assert figures["inferences_verified"] == figures["inferences_total"] == 2 * (CONTEXT_WINDOWS + 2 * 9)
    assert figures["embeddings_verified"] == figures["embeddings_total"] == 2 * CONTEXT_WINDOWS
    assert figures["board"] == "posix"
    assert figures["adaptive_bytes"] == 4 * LAYOUT.size
    assert figures["flash_bytes"] > 0 < figures["ram_bytes"]
    assert figures["summaries_verified"] == figures["summaries_total"] == 4
    assert figures["adapt_wire_bytes"] == figures["context_wire_bytes"] + figures["edit_wire_bytes"]
    assert figures["adapt_wire_bytes"] < figures["verify_wire_bytes"]
    assert figures["edit_line_seconds"] == pytest.approx(figures["edit_wire_bytes"] * 10 / 115_200, abs=1e-4)
    assert first_difference(outcomes) == ""
    assert seen[-1] == ("personalise", 46, 46)
    for outcome, wanted in zip(outcomes, subjects, strict=True):
        assert len(outcome.before) == len(outcome.after) == len(wanted.labels)


def test_the_edit_shows_in_the_outputs(device: Device, small_bundle: Bundle) -> None:
    """Accuracies come from the device's own outputs, before and after."""
    outcome = Personalisation(small_bundle, propose).run(device, subject(3))
    assert outcome.prototype == 2
    assert outcome.outputs.equal == outcome.outputs.total
    assert device.status().named_counters["applies"] == 1


def test_an_editor_that_reads_every_embedding_is_charged_for_them(device: Device, small_bundle: Bundle) -> None:
    """The same edit; the context costs more, and the summary is the proof then."""
    manner = Manner(Codec.INT8)
    outcome = Personalisation(small_bundle, propose_from_windows, manner, windows=True).run(device, subject(3))
    assert outcome.summaries.equal == outcome.summaries.total == 2
    assert outcome.embeddings.equal == outcome.embeddings.total == CONTEXT_WINDOWS
    assert outcome.context_cost.received_bytes > CONTEXT_WINDOWS * 4
    assert outcome.adapt_cost == outcome.context_cost + outcome.edit_cost


def test_a_device_with_another_bundle_is_refused(device: Device, other_bundle: Bundle) -> None:
    """Nothing is sent to a device of another base."""
    with pytest.raises(MismatchError, match="base model differs"):
        Personalisation(other_bundle, propose).run(device, subject(1))
    assert device.status().named_counters["inferences"] == 0


def test_a_device_that_does_not_boot_with_its_factory_head_is_noticed(device: Device, small_bundle: Bundle) -> None:
    """An earlier edit would spoil the figures: the digest of the bank is looked at first."""
    edit = encode_edit(
        np.zeros(LAYOUT.size),
        layout=small_bundle.layout,
        base=small_bundle.base,
        prototypes=small_bundle.prototypes,
        prototype=1,
        counter=1,
    )
    device.send_edit(edit)
    with pytest.raises(WrongResultError, match="the active bank"):
        Personalisation(small_bundle, propose).run(device, subject(1))


def test_an_editor_gone_wrong_changes_nothing(device: Device, small_bundle: Bundle) -> None:
    """NaN from the editor ends the scenario before a byte of an edit is sent."""

    def broken(_observed: Observed) -> Proposal:
        return Proposal(1, np.full(LAYOUT.size, np.nan, np.float32), np.zeros(2, np.float32))

    with pytest.raises(EditError, match="not finite"):
        Personalisation(small_bundle, broken).run(device, subject(1))
    assert device.read_bank().tobytes() == small_bundle.prototypes[0].tobytes()


@pytest.mark.parametrize("oracle", [None, "tflite_micro"])
def test_golden_vectors_are_equal_under_any_bank(device: Device, small_bundle: Bundle, oracle: str | None) -> None:
    """`verify` follows the bank that runs, and random vectors follow the golden ones."""
    if oracle:
        pytest.importorskip("tflite_micro", reason="the oracle needs persona-mcu[compile]")
    for samples, total in ((None, len(small_bundle.golden)), (3, 3), (20, 20)):
        report = verify(device, small_bundle, oracle, samples)
        assert (report.equal, report.total) == (total, total), report.first_difference
    Personalisation(small_bundle, propose).run(device, subject(4))
    report = verify(device, small_bundle, oracle)
    assert report.equal == report.total, report.first_difference


def test_a_wrong_answer_is_counted_and_described() -> None:
    """The first difference is kept, with its place and the bytes around it."""
    tally = Tally()
    assert tally.compare("x", b"abc", b"abc")
    assert not tally.compare("vector 1, output", b"\x00" * 20, b"\x00" * 18 + b"\x01\x00")
    assert (tally.equal, tally.total) == (1, 2)
    assert "vector 1, output: first at byte 18 of 20" in tally.first_difference
    assert "3 bytes expected, 2 came" in describe("y", b"abc", b"ab")


def test_the_cost_of_every_operation_is_measured(device: Device, small_bundle: Bundle) -> None:
    """One row for each, the larger codec costs more, and the table is Markdown."""
    rows = {row.operation: row for row in measure(device, small_bundle)}
    assert rows["an edit, f32"].cost.sent_bytes > rows["an edit, int8"].cost.sent_bytes > LAYOUT.size
    assert rows["READ of the bank"].cost.received_bytes > 4 * LAYOUT.size
    assert all(row.cost.retries == 0 for row in rows.values())
    assert render(list(rows.values())).count("\n| ") == len(rows)
