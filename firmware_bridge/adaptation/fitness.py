"""Can this device be adapted with this bundle under this policy? Asked whenever it is greeted."""

from __future__ import annotations

from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.tools import Tools
from firmware_bridge.errors import BridgeError
from firmware_bridge.matching import require_bundle
from firmware_bridge.messages import HelloReply


class UnfitError(BridgeError):
    """This device cannot be adapted, now or later: choose another bundle, another policy or another device."""


def require_fit(hello: HelloReply, tools: Tools, policy: Policy) -> None:
    """Refuse a device for which waiting would change nothing.

    Raises:
        MismatchError: it was built from another bundle.
        UnfitError: it lacks what the policy wants.
    """
    require_bundle(hello, tools.bundle)
    wanted = policy.min_windows
    known = [codec.name.lower() for codec in hello.codecs]
    codec = None if tools.codec is None else tools.codec.name.lower()
    rules = [
        (tools.bundle.embedding is None or not hello.adaptive_floats, "a model with adaptive layers", "none", ""),
        (hello.context_capacity < wanted, f"memory for {wanted} windows", str(hello.context_capacity), "--min-windows"),
        (codec is not None and codec not in known, f"the codec {codec}", ", ".join(known), "choose another --codec"),
        (policy.durable and not hello.has_storage, "flash for durable edits", "none", "adapt in RAM (--ram)"),
        (hello.signed_only and not tools.can_sign, "a fleet key to sign with", "none", "give --fleet-key"),
        (hello.signed_only and not hello.has_key, "a key on the device", "none", "provision it first"),
    ]
    for broken, expected, received, remedy in rules:
        if broken:
            raise UnfitError(
                "the device cannot be adapted", expected=expected, received=received, remedy=remedy or None
            )
