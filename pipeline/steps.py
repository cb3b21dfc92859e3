"""List the steps for the command line and the DAGs."""

from pipeline.alert import alert
from pipeline.answer import answer
from pipeline.classify import classify
from pipeline.collect import collect
from pipeline.collect_requested import collect_requested
from pipeline.context import open_context
from pipeline.deliver import deliver
from pipeline.escalate import escalate
from pipeline.follow import follow
from pipeline.forget import forget
from pipeline.health.heartbeat import beat
from pipeline.index import index
from pipeline.notify import notify
from pipeline.report import report
from pipeline.run import classify_and_triage, run
from pipeline.subscriptions.sending import send_subscriptions
from pipeline.triage import triage
from pipeline.verify import verify
from pipeline.warn import warn

__all__ = [
    "alert",
    "answer",
    "beat",
    "classify",
    "classify_and_triage",
    "collect",
    "collect_requested",
    "deliver",
    "escalate",
    "follow",
    "forget",
    "index",
    "notify",
    "open_context",
    "report",
    "run",
    "send_subscriptions",
    "triage",
    "verify",
    "warn",
]
