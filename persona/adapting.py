"""What `persona adapt` is made of: a bundle's editor as tools, a loop for each port, and what came of all of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from firmware_bridge.adapt import Manner, Proposal, make_edit
from firmware_bridge.adaptation.fleet import run_all, stopping_on_signals
from firmware_bridge.adaptation.performing import Hands
from firmware_bridge.adaptation.policy import Policy
from firmware_bridge.adaptation.record import Journal
from firmware_bridge.adaptation.tools import Tools
from firmware_bridge.adaptation.worker import Outcome, Worker
from firmware_bridge.client import Device, open_device
from firmware_bridge.errors import BridgeError
from persona.editing import AUTO, Wanted
from persona.editor import Proposer
from toolchain.bundle import Bundle
from toolchain.codec_choice import choose_codec
from toolchain.edit import Codec, Edit


def tools_of(bundle: Bundle, advise: Proposer, wanted: Wanted) -> Tools:
    """The editor of `bundle` and the codec that is wanted, for all ports.

    Raises:
        BridgeError: the bundle has no such codec.
    """
    known = bundle.latent is not None
    if wanted.codec == Codec.LATENT.name.lower() and not known:
        raise BridgeError(f"{bundle.path} has no latent table", remedy="choose another --codec")
    codec = Codec.LATENT if known else Codec.INT8
    if wanted.codec not in {None, AUTO}:
        codec = Codec[str(wanted.codec).upper()]
    manner = Manner(codec, wanted.durable, wanted.fleet_key)
    tools = Tools.of(bundle, advise, manner, windows=advise.windows)
    if wanted.codec != AUTO:
        return tools
    # What auto measures with is made once, before the threads: it is the same for all of them.
    _ = (bundle.model, bundle.golden)
    return replace(tools, codec=None, encode=partial(_smallest, bundle, manner, wanted.max_loss))


def _smallest(bundle: Bundle, manner: Manner, max_loss: float, device: Device, proposal: Proposal) -> Edit:
    choice = choose_codec(
        bundle.model,
        bundle.golden,
        delta=proposal.delta,
        prototype=proposal.prototype,
        max_loss=max_loss,
        code=proposal.code,
        codecs=device.hello.codecs,
    )
    return make_edit(device, bundle, replace(proposal, delta=choice.delta), replace(manner, codec=choice.codec))


def adapt_all(  # noqa: PLR0913  # ports, how they are opened and adapted, who hears of it
    ports: Sequence[str], baud: int, tools: Tools, policy: Policy, journal: Journal, *, give_back: bool
) -> list[Outcome]:
    """Run the loops of all `ports` until each has its end, or until Ctrl-C ends all of them in order."""
    stop = threading.Event()

    def loop(port: str) -> Worker:
        hands = Hands(partial(open_device, port, baud=baud), tools, policy, stop.wait, give_back=give_back)
        return Worker(port, hands, policy, journal, stop.is_set)

    with stopping_on_signals(stop):
        return run_all([loop(port).run for port in ports], stop)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What came of all ports, as JSON knows it."""
    return {"ports": {one.port: {k: v for k, v in vars(one).items() if k != "port"} for one in outcomes}}


def require_all_served(outcomes: Sequence[Outcome]) -> None:
    """Every port answered, and had a device that can be adapted.

    Raises:
        BridgeError: names the others.
    """
    silent = [one for one in outcomes if not one.answered]
    unfit = [one for one in outcomes if one.fault is not None]
    if silent or unfit:
        told = [f"{one.port} never answered: {one.reason}" for one in silent]
        told += [f"{one.port} cannot be adapted: {one.fault}" for one in unfit]
        raise BridgeError(
            f"{len(silent)} of {len(outcomes)} ports never answered, {len(unfit)} cannot be adapted",
            received="\n".join(told),
            remedy="look at these ports; the log has every step",
        )
