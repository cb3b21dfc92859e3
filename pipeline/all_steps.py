"""List the steps for the command line and the DAGs."""

from pipeline.context import open_context
from pipeline.health.heartbeat import beat
from pipeline.run import classify_and_triage, run
from pipeline.steps.alert import alert
from pipeline.steps.answer import answer
from pipeline.steps.classify import classify
from pipeline.steps.collect import collect
from pipeline.steps.collect_requested import collect_requested
from pipeline.steps.deliver import deliver
from pipeline.steps.escalate import escalate
from pipeline.steps.follow import follow
from pipeline.steps.forget import forget
from pipeline.steps.index import index
from pipeline.steps.notify import notify
from pipeline.steps.report import renew_provisional, report
from pipeline.steps.triage import triage
from pipeline.steps.verify import verify
from pipeline.steps.warn import warn
from pipeline.subscriptions.sending import send_subscriptions
