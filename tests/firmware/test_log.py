"""Log frames: the only thing a device says unasked."""

import pytest

from firmware_bridge.frame import Frame, Receiver
from firmware_bridge.messages import LOG_KIND
from tests.firmware.native import Native


@pytest.mark.parametrize("text", [b"", b"fault", b"x" * 96, b"y" * 97, b"z" * 5000])
def test_a_log_frame_ends_what_was_being_sent_and_cuts_long_text(native: Native, text: bytes) -> None:
    """It begins with a delimiter, so that half a reply before it costs only that reply."""
    data = native.log(text)
    assert data[0] == 0
    receiver = Receiver()
    receiver.feed(b"half a reply")
    frames = [item for item in receiver.feed(data) if isinstance(item, Frame)]
    assert frames == [Frame(LOG_KIND, 0, text[:96])]
