"""Send the reports that subscriptions are due for, each once."""

from pipeline.context import Context
from pipeline.counts import Counts
from pipeline.outbox.sending import send
from pipeline.subscriptions import mail


def send_subscriptions(context: Context) -> Counts:
    """Plan and send what is due; `waiting` counts mails that come later.

    Raises:
        EscuchaError: the mail server does not answer; what is left waits for the next run.
    """
    run = send(context, mail)
    run.raise_if_away()
    return {"subscriptions_due": run.counts["due"]} | run.counts_as("subscriptions")
