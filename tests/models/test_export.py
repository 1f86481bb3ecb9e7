"""A bundle of a trained model holds what its device needs to take, try and ask for edits."""

from __future__ import annotations

import numpy as np
import pytest

from models.attachments import embeddings_of
from models.datasets.fleet import Role
from models.editor.observation import Observation
from models.export import export_bundle
from models.runtime import Editor
from models.trained import Trained
from toolchain.bundle import Bundle
from toolchain.compile import Compiled
from toolchain.reference import Reference
from toolchain.signal import Signal
from toolchain.statistics import DRIFT_ONE, drift, summarise

Exported = tuple[Compiled, Bundle]


@pytest.fixture(scope="module")
def exported(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The small model, compiled and opened again."""
    pytest.importorskip("litert_torch", reason="the compiler needs its extra: persona-mcu[compile]")
    target = tmp_path_factory.mktemp("export") / "bundle"
    return export_bundle(trained, target), Bundle.open(target)


def _embeddings(trained: Trained, compiled: Compiled, role: Role) -> list[np.ndarray]:
    graph = compiled.model.graph
    signal = Signal.of(graph.tensors[graph.inputs[0]])
    return [embeddings_of(compiled, signal.encode(device.context)) for device in trained.fleet.devices(role)]


def test_the_editor_and_the_device_share_one_table(trained: Trained, exported: Exported) -> None:
    """The latent table of the bundle is the editor's, and its code is the one that a proposal holds."""
    compiled, bundle = exported
    editor = Editor.load(bundle.path)
    assert bundle.latent is not None
    for device, host in zip(bundle.latent.parts, editor.latent.parts, strict=True):
        np.testing.assert_array_equal(device.rows, host.rows)
        assert (device.first, device.scale) == (host.first, host.scale)
    context = _embeddings(trained, compiled, Role.HELD_OUT)[0]
    summary, signal = summarise(context), bundle.embedding
    assert signal is not None
    spread = (summary.spread * (signal.scale / 2)).astype(np.float32)
    proposal = editor.propose(Observation(signal.decode(summary.mean), spread, summary.held))
    assert proposal.code is not None
    error = np.abs(bundle.latent.decode(proposal.code, bundle.layout) - proposal.delta)
    assert (error <= bundle.latent.rounding_bound(bundle.layout) + 1e-5).all()


def test_the_device_has_the_range_that_the_editor_was_trained_on(trained: Trained, exported: Exported) -> None:
    """Step and zero point of the compiled embedding are those of the training, to within float32."""
    embedding = exported[1].embedding
    assert embedding is not None
    assert trained.report["embedding"]["scale"] == pytest.approx(embedding.scale, rel=1e-4)
    assert trained.report["embedding"]["zero_point"] == embedding.zero_point


def test_trial_vectors_fit_the_flash_and_the_compiled_model_judges_with_them(exported: Exported) -> None:
    """At most 32 vectors and 8 kB; a bank of zeros fails them on the reference; the manifest says what passes."""
    compiled, bundle = exported
    trials = bundle.trials
    assert trials is not None
    assert len(trials) <= 32
    assert trials.inputs.nbytes <= 8192
    assert 1 <= trials.least <= len(trials)
    assert np.bincount(trials.labels).max() <= 4
    oracle, zeros = Reference(compiled.model), np.zeros(bundle.layout.size, np.float32)
    runs = [oracle.run([row.view(np.int8)], zeros).outputs[0] for row in trials.inputs]
    right = sum(int(out.argmax()) == label for out, label in zip(runs, trials.labels, strict=True))
    assert right < trials.least
    rates = bundle.manifest.provenance["trials"]
    assert {"harmless", "random", "flipped", "zeroed"} == set(rates)
    assert rates["harmless"] >= 0.9
    assert rates["zeroed"] == 0


def test_the_reference_knows_the_factory_devices(trained: Trained, exported: Exported) -> None:
    """The drift of a factory device is about 1; devices mounted askew drift more."""
    compiled, bundle = exported
    assert bundle.reference is not None
    reference = bundle.reference
    factory, field = (
        [drift(context, reference) / DRIFT_ONE for context in _embeddings(trained, compiled, role)]
        for role in (Role.FACTORY, Role.FIELD)
    )
    assert max(factory) < 4
    assert np.median(field) > np.median(factory)
