"""The messages of the wire protocol, one frozen class each (docs/protocol.md, "Requests")."""

from firmware_bridge.messages.context import Context, ContextReply
from firmware_bridge.messages.editing import ActiveReply, Begin, Commit, Revert, RevertWhat, Verify, Write
from firmware_bridge.messages.hello import Hello, HelloReply
from firmware_bridge.messages.infer import Infer, InferReply, Load
from firmware_bridge.messages.kinds import LOG_KIND, REPLY_BIT, TRACE_KIND, Code, EditState, Kind, Region, Rounding
from firmware_bridge.messages.read import Read, ReadReply
from firmware_bridge.messages.reply import Refusal, split_reply
from firmware_bridge.messages.status import COUNTERS, Status, StatusReply
from firmware_bridge.messages.trace import Traced
from firmware_bridge.messages.wire import MalformedError, Request

__all__ = [
    "COUNTERS",
    "LOG_KIND",
    "REPLY_BIT",
    "TRACE_KIND",
    "ActiveReply",
    "Begin",
    "Code",
    "Commit",
    "Context",
    "ContextReply",
    "EditState",
    "Hello",
    "HelloReply",
    "Infer",
    "InferReply",
    "Kind",
    "Load",
    "MalformedError",
    "Read",
    "ReadReply",
    "Refusal",
    "Region",
    "Request",
    "Revert",
    "RevertWhat",
    "Rounding",
    "Status",
    "StatusReply",
    "Traced",
    "Verify",
    "Write",
    "split_reply",
]
