"""The messages of the wire protocol, one frozen class each (docs/protocol.md, "Requests")."""

from firmware_bridge.messages.context import Context, ContextReply
from firmware_bridge.messages.editing import Begin, BeginReply, Verify, Write
from firmware_bridge.messages.hello import Feature, Hello, HelloReply
from firmware_bridge.messages.history import HISTORY_BYTES, HistoryEntry, parse_history
from firmware_bridge.messages.infer import Infer, InferReply, Load
from firmware_bridge.messages.kinds import (
    LOG_KIND,
    REPLY_BIT,
    TRACE_KIND,
    Boot,
    Code,
    EditState,
    Event,
    Kind,
    Region,
    Rounding,
)
from firmware_bridge.messages.provision import Provision
from firmware_bridge.messages.read import Read, ReadReply
from firmware_bridge.messages.reply import Refusal, split_reply
from firmware_bridge.messages.status import COUNTERS, Status, StatusReply
from firmware_bridge.messages.summary import Summary, SummaryReply
from firmware_bridge.messages.switching import ActiveReply, Apply, Commit, Confirm, Revert, RevertWhat, Try, TryReply
from firmware_bridge.messages.trace import Traced
from firmware_bridge.messages.watch import Watch, WatchReply
from firmware_bridge.messages.wire import MalformedError, Request

__all__ = [
    "COUNTERS",
    "HISTORY_BYTES",
    "LOG_KIND",
    "REPLY_BIT",
    "TRACE_KIND",
    "ActiveReply",
    "Apply",
    "Begin",
    "BeginReply",
    "Boot",
    "Code",
    "Commit",
    "Confirm",
    "Context",
    "ContextReply",
    "EditState",
    "Event",
    "Feature",
    "Hello",
    "HelloReply",
    "HistoryEntry",
    "Infer",
    "InferReply",
    "Kind",
    "Load",
    "MalformedError",
    "Provision",
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
    "Summary",
    "SummaryReply",
    "Traced",
    "Try",
    "TryReply",
    "Verify",
    "Watch",
    "WatchReply",
    "Write",
    "parse_history",
    "split_reply",
]
