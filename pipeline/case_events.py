"""Compose the case events for webhooks: the outbox's kind `event`.

The events of a case are one thread, so that they leave in their order.
"""

from contact_centre.webhooks import message
from core.errors import ConfigurationError
from core.records.case_event import CaseEvent
from core.records.outbox import Due, OutboxKind, OutboxRow
from ledger.cases import events
from pipeline.context import Context, now
from pipeline.outbox.kinds import Event

KIND: OutboxKind = "event"


def due(context: Context) -> tuple[Due, ...]:
    """Plan the messages of new events, and return nothing."""
    events.plan(context.ledger, {one.url: one.events for one in context.city.webhooks}, now())
    return ()


def compose(context: Context, row: OutboxRow) -> Event:
    """Compose an event, which says what the case was like then.

    Raises:
        ConfigurationError: the profile does not name the receiver.
    """
    for hook in context.city.webhooks:
        if hook.url == row.receiver:
            return Event(hook, row.message_id, message.case_body(CaseEvent.model_validate(row.data), context.settings.desk_address))
    raise ConfigurationError("no longer in the profile")
