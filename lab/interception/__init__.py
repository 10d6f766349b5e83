"""What the lab does to calls: it writes them down, makes them fail, and holds them."""

from lab.interception.exchange import BrokenStreamError, Reply, Request, StreamedReply
from lab.interception.faults import OF_WEBHOOKS, Fault, FaultKind, FaultTable, HoldStage
from lab.interception.holds import Hold, Holds
from lab.interception.interceptor import Interceptor
from lab.interception.journal import Entry, Journal

__all__ = [
    "OF_WEBHOOKS",
    "BrokenStreamError",
    "Entry",
    "Fault",
    "FaultKind",
    "FaultTable",
    "Hold",
    "HoldStage",
    "Holds",
    "Interceptor",
    "Journal",
    "Reply",
    "Request",
    "StreamedReply",
]
