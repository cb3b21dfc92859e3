"""Store the topic that a citizen chose, which overrides the model's."""

from contextlib import suppress

from core.errors import ChangeRefusedError
from core.records.decision import CHOSEN_SERVICE
from pipeline.casework import correct
from pipeline.context import Context

UNCORRECTED = "1-0"
"""Version of a label (`read.label_versions`) of a text that was never edited, which no person has corrected yet."""


def state_topic(context: Context, post_id: str, topic: str, sender: str) -> None:
    """Store the chosen topic of a post, once.

    Staff may correct it later. Stored before, corrected by staff, or erased meanwhile: nothing changes.

    Args:
        context: the open context.
        post_id: the stored post.
        topic: of the service that the citizen chose.
        sender: the system that passed it on, as the history names it.
    """
    with suppress(ChangeRefusedError):
        correct(context, post_id, "topic", topic, sender, CHOSEN_SERVICE, UNCORRECTED)
