"""Tell which answers are witnesses of an incident, and which are only read with it.

An answer belongs where its thread belongs. Under a report on a network ("aquí también") it is a witness. Under a proposal it is an
opinion on it, and after the first dozens of any thread it is talk: there it counts only when it reports something itself. None is
dropped unseen: one that may report something asks for a look of its own unless a person gets its thread anyway.
"""

from collections.abc import Sequence

from core.annotation import NOT_READ, Annotation
from core.config.city import City
from core.decision import READ_ONLY
from triage.eligibility import bars_of, shown
from triage.incident_matching.post_features import PostFeatures

LONG = 50
"""Posts from which on an incident has witnesses enough: an answer that reports nothing adds nothing to its case."""
REPORTS = 0.5
"""Score of `actionable` from which on an answer reports something more likely than not."""


def why_only_read(
    city: City, form: PostFeatures, reading: Annotation, members: Sequence[PostFeatures], size: int, has_case: bool
) -> str | None:
    """Return why an answer is no witness of the incident of its thread; None: it is one.

    Args:
        city: its thresholds say from which score on a post may report something.
        form: the post.
        reading: its labels; a person's word comes before the score.
        members: the first and the last posts of the incident.
        size: how many it has.
        has_case: it has a case.
    """
    if form.reply_to is None or not (form.comments or size >= LONG):
        return None
    is_unread = form.language in NOT_READ and size < LONG  # its score says nothing
    if is_unread or reading.labels["actionable"].model == "person":
        return None
    needed = bars_of(city, form).review
    if has_case or any(one.actionable >= bars_of(city, one).review for one in members):
        needed = max(needed, REPORTS)  # a person gets the thread anyway
    if form.actionable >= needed:
        return None
    where = "a debate" if form.comments else "a long thread"
    return f"{READ_ONLY}{where}, and reports nothing itself: actionable {shown(form.actionable)} < {shown(needed)}"
