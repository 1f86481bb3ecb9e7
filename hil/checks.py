"""Assertions for tests on a device, so that a test is a few lines."""

from __future__ import annotations

import numpy as np

from firmware_bridge.client import Device
from hil.comparison import require_equal
from hil.conformance import Report, vectors_of, verify
from hil.errors import WrongResultError
from toolchain.bundle import Bundle
from toolchain.reference import Reference


def assert_equal_to_reference(
    device: Device, bundle: Bundle, samples: int | None = None, oracle: str | None = None
) -> Report:
    """Run vectors on `device` and hold outputs and every layer's digest to the reference, bit by bit.

    Args:
        device: built from `bundle`.
        bundle: where vectors and reference come from.
        samples: number of vectors; random ones follow where the bundle has fewer. All golden ones if None.
        oracle: name of an oracle that must agree too.

    Returns:
        What was compared.

    Raises:
        WrongResultError: something differs; the message shows the first place.
        MismatchError: the device was built from another bundle.
    """
    report = verify(device, bundle, oracle, samples)
    if report.equal != report.total or not report.total:
        raise WrongResultError(
            f"{report.equal} of {report.total} vectors are equal to the reference",
            expected=f"all of {report.total}, and at least one",
            received=report.first_difference or "no vector at all",
            remedy="build the firmware from this bundle again; if it stays, compare layer by layer",
        )
    if not bundle.model.stateful:
        _assert_plain_inference(device, bundle)
    return report


def _assert_plain_inference(device: Device, bundle: Bundle) -> None:
    """An inference without trace frames is the same one; its ticks are those of the model alone."""
    (window,) = vectors_of(bundle, 1)
    came = device.infer(b"".join(np.ascontiguousarray(array).tobytes() for array in window))
    expected = Reference(bundle.model).run(window, device.read_bank())
    require_equal("vector 1, output without trace", expected.output_bytes, came.output)
