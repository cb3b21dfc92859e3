"""List the steps, for the command line and the DAGs; the story is told in the room's docstring."""

from pipeline.classify import classify
from pipeline.collect import collect
from pipeline.context import open_context
from pipeline.deliver import deliver
from pipeline.follow import follow
from pipeline.forget import forget
from pipeline.heartbeat import beat
from pipeline.index import index
from pipeline.report import report
from pipeline.run import classify_and_triage, run
from pipeline.triage import triage
from pipeline.verify import verify

__all__ = [
    "beat",
    "classify",
    "classify_and_triage",
    "collect",
    "deliver",
    "follow",
    "forget",
    "index",
    "open_context",
    "report",
    "run",
    "triage",
    "verify",
]
