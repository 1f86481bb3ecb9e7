"""Signed edits against the real C core: whose edits a device takes, and what it says of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_bridge.adapt import Manner, Proposal, make_edit
from firmware_bridge.build_settings import BuildSettings
from firmware_bridge.errors import BridgeError, RefusedError, SignatureError
from firmware_bridge.messages import Code, EditState
from hil.library import build_library
from tests.firmware_bridge.conftest import DEVICE_ID, FLEET_KEY, KEY, Bench
from tests.firmware_bridge.test_verbs import an_edit
from toolchain.bundle import Bundle
from toolchain.edit import Codec, Edit
from toolchain.keys import DeviceKey, device_key


@pytest.fixture
def keyed(release: Bench) -> Bench:
    """A release build that has been provisioned."""
    release.client.provision(KEY)
    return release.greet()


def send_unchecked(bench: Bench, edit: Edit) -> None:
    """Send an edit of which the host does not know better: the device itself has to judge it."""
    hello = bench.client.hello
    features = type(hello.features)(2)
    bench.client.hello = bench.client._session.hello = replace(hello, features=features)  # type: ignore[misc]
    bench.client.send_edit(edit)


@pytest.mark.property("P18", "P4")
def test_hello_tells_what_a_build_takes(bench: Bench, release: Bench) -> None:
    """A development build takes unsigned edits and says so; a release build does not, even before it has a key."""
    assert not bench.client.hello.signed_only
    assert release.client.hello.signed_only
    assert not release.client.hello.has_key
    assert release.client.hello.device_id == bytes(8)


@pytest.mark.property("P18")
def test_a_release_build_refuses_unsigned_edits(keyed: Bench, small_bundle: Bundle) -> None:
    """The host before a byte is sent, and the device if the host does not."""
    edit = an_edit(small_bundle, 1)
    with pytest.raises(SignatureError, match="the host refuses") as raised:
        keyed.client.send_edit(edit, small_bundle)
    assert raised.value.code == Code.UNSIGNED
    with pytest.raises(SignatureError, match="the device refuses BEGIN with UNSIGNED"):
        send_unchecked(keyed, edit)
    assert keyed.greet().client.status().named_counters["unsigned"] == 1


@pytest.mark.property("P17")
def test_a_signed_edit_is_taken(keyed: Bench, small_bundle: Bundle) -> None:
    """Signed with the key that follows from the fleet key and the id that HELLO tells."""
    assert keyed.client.hello.device_id == DEVICE_ID
    edit = an_edit(small_bundle, 1).sign(device_key(FLEET_KEY, keyed.client.hello.device_id))
    assert keyed.client.send_edit(edit, small_bundle).active.digest == edit.digest


@pytest.mark.property("P17")
def test_another_devices_edit_is_refused(keyed: Bench, small_bundle: Bundle) -> None:
    """A key of the same fleet for another id gives another MAC."""
    edit = an_edit(small_bundle, 1).sign(device_key(FLEET_KEY, b"another1"))
    with pytest.raises(SignatureError, match="the device refuses VERIFY with BAD_MAC"):
        keyed.client.send_edit(edit, small_bundle)
    status = keyed.client.status()
    assert (status.edit_state, status.counter) == (EditState.IDLE, 0)
    assert status.named_counters["bad_mac"] == 1


ALTERED: dict[str, Callable[[Edit], Edit]] = {
    "prototype": lambda edit: replace(edit, prototype=1),
    "counter": lambda edit: replace(edit, counter=9),
    "digest": lambda edit: replace(edit, digest=b"no bank!"),
    "payload": lambda edit: replace(edit, payload=bytes([edit.payload[0] ^ 1]) + edit.payload[1:]),
    "mac": lambda edit: replace(edit, mac=edit.mac[:-1] + bytes([edit.mac[-1] ^ 1])),
}


@pytest.mark.property("P17")
@pytest.mark.parametrize("field", ALTERED)
def test_each_field_is_covered_by_the_mac(keyed: Bench, small_bundle: Bundle, field: str) -> None:
    """Each changed alone to another legal value, with the MAC as it was, gives BAD_MAC and no other refusal."""
    edit = an_edit(small_bundle, 1).sign(KEY.key)
    with pytest.raises(SignatureError, match="VERIFY with BAD_MAC"):
        keyed.client.send_edit(ALTERED[field](edit))


@pytest.mark.property("P17")
def test_the_mac_covers_the_flags(keyed: Bench, small_bundle: Bundle) -> None:
    """An edit signed for APPLY cannot be made durable by whoever carries it."""
    edit = replace(an_edit(small_bundle, 1).sign(KEY.key), durable=True)
    with pytest.raises(SignatureError, match="VERIFY with BAD_MAC"):
        keyed.client.commit_edit(edit)


def test_a_device_without_a_key_takes_no_signed_edit(bench: Bench, release: Bench, small_bundle: Bundle) -> None:
    """Neither a development build nor a release build can check it: NO_KEY, by host and device."""
    edit = an_edit(small_bundle, 1).sign(KEY.key)
    for device in (bench, release):
        with pytest.raises(SignatureError, match="the host refuses") as raised:
            device.client.send_edit(edit, small_bundle)
        assert raised.value.code == Code.NO_KEY
        with pytest.raises(SignatureError, match="BEGIN with NO_KEY"):
            send_unchecked(device, edit)


def test_a_device_takes_a_key_once_and_keeps_it(release: Bench) -> None:
    """Over a reset too; the second time is refused, whatever the key."""
    release.client.provision(KEY)
    again = release.reset()
    assert again.client.hello.has_key
    assert again.client.hello.device_id == DEVICE_ID
    with pytest.raises(RefusedError, match="PROVISIONED"):
        again.client.provision(DeviceKey(b"another1", bytes(32)))
    assert again.reset().client.hello.device_id == DEVICE_ID


def test_a_key_can_be_built_in(small_bundle: Bundle, tmp_path: Path, switch_on: Callable[[Path], Bench]) -> None:
    """HELLO tells its id; an edit that `make_edit` signs with the fleet key is taken."""
    path = build_library(small_bundle.path, tmp_path, BuildSettings(release=True, key=KEY))
    bench = switch_on(path)
    assert bench.client.hello.device_id == DEVICE_ID
    proposal = Proposal(1, small_bundle.prototypes[0] * 0, small_bundle.prototypes[0][:2])
    edit = make_edit(bench.client, small_bundle, proposal, Manner(Codec.SPARSE, fleet_key=FLEET_KEY))
    assert edit.signed
    assert bench.client.send_edit(edit, small_bundle).active.digest == edit.digest
    with pytest.raises(RefusedError, match="PROVISIONED"):
        bench.client.provision(KEY)


def test_no_error_shows_a_key(release: Bench) -> None:
    """Neither the message nor the report of a refused PROVISION."""
    release.client.provision(KEY)
    with pytest.raises(BridgeError) as raised:
        release.client.provision(KEY)
    for text in (str(raised.value), repr(KEY), repr(BuildSettings(key=KEY))):
        assert KEY.key.hex()[:16] not in text.replace(" ", "")
        assert repr(KEY.key)[2:20] not in text
