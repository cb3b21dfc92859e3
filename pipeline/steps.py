"""List the steps for the command line and the DAGs."""

from pipeline.answer import answer
from pipeline.classify import classify
from pipeline.collect import collect
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
from pipeline.triage import triage
from pipeline.verify import verify
from pipeline.warn import warn

__all__ = [
    "answer",
    "beat",
    "classify",
    "classify_and_triage",
    "collect",
    "deliver",
    "escalate",
    "follow",
    "forget",
    "index",
    "notify",
    "open_context",
    "report",
    "run",
    "triage",
    "verify",
    "warn",
]
