"""Set topic or place of a case, and repeat its vote."""

from contextlib import suppress

from core.errors import ChangeRefusedError
from core.records.annotation import TOPICS
from core.runtime.failpoints import failpoint
from gazetteer import gazetteer_of
from ledger import read
from ledger.cases import corrections, fields
from ledger.processing import decisions
from pipeline.casework.triage_lease import TriageBusyError, triage_held
from pipeline.context import Context, now
from triage.incident_matching.matcher import COMPARED
from triage.incidents.by_hand import revoted

PLACE = ("place", "district", "barrio", "lat", "lon")
AT_ONCE = 500
TRIES = 3
"""How often a vote is repeated when posts come or go meanwhile."""


def set_topic(
    context: Context, case_key: str, topic: str, who: str, why: str, seen: int | None = None, *, with_posts: bool = False
) -> None:
    """Set the topic of a case; department, due date and priority follow. `seen` is the revision the person looked at.

    `with_posts`: its posts get the topic too, as corrections of this person, set back with it; one that a person corrected keeps its own.

    Raises:
        ConfigurationError: there is no such topic.
        StaleError: the case was changed since.
    """
    if topic not in TOPICS:
        raise ChangeRefusedError("there is no topic '{topic}': choose one of {possible_topic}", topic=topic, possible_topic=TOPICS)
    moment = now()  # the same for the posts: they are set back with the case
    fields.set_fields(context.ledger, case_key, "topic", {"topic": topic, "topic_guess": None}, who, why, moment, seen)
    if with_posts:
        for post in list(read.post_records(context.ledger, case_key=case_key, order="newest", limit=AT_ONCE)):
            if not post.own and "topic" not in post.corrected:
                corrections.correct(context.ledger, post.post_id, "topic", topic, who, why or f"topic of {case_key}", moment)
    vote_soon(context, case_key, who, f"topic set by {who}")


def set_place(context: Context, case_key: str, text: str, who: str, why: str, seen: int | None = None) -> None:
    """Set the place of a case to the one the text names.

    An empty text removes the place.

    Raises:
        ConfigurationError: the text names no place of the gazetteer.
        StaleError: the case was changed since.
    """
    new: dict[str, object] = dict.fromkeys(PLACE)
    if text.strip():
        found = [one.place for one in gazetteer_of(context.city).find(text) if one.place.key is not None]
        if not found:
            raise ChangeRefusedError("'{place}' is no place we know: write a street with its number, or a square", place=text.strip())
        place = max(found, key=lambda one: one.sure)
        new = {"place": place.name, **{name: getattr(place, name) for name in PLACE[1:]}}
    fields.set_fields(context.ledger, case_key, "place", new, who, why, now(), seen)


def reroute(context: Context, post_id: str, question: str, who: str) -> None:
    """Apply a corrected label to the case of its post.

    Route, due date and priority follow, and its ticket gets the new service or department. A post without a case changes none.
    """
    found = read.post_record(context.ledger, post_id)
    if found is not None and found.case_key is not None:
        vote_soon(context, found.case_key, who, f"{question} of a post corrected by {who}", tell=True)


def vote_soon(context: Context, case_key: str, who: str, why: str, *, tell: bool = False) -> None:
    """Repeat the vote of a case now, or in the running triage.

    `who`: holds the lease meanwhile.
    """
    with suppress(TriageBusyError), triage_held(context, who):
        vote_again(context, case_key, who, why, tell=tell)


def vote_due(context: Context, holder: str) -> None:
    """Repeat votes that a killed process left undone.

    The caller holds the lease of triage.
    """
    for case_key in read.cases_to_vote(context.ledger, AT_ONCE):
        vote_again(context, case_key, holder, "people changed its posts", tell=True)


def vote_again(context: Context, case_key: str, who: str, why: str, *, tell: bool = False) -> None:
    """Repeat the vote of a case's posts on its fields.

    Fields that a person set stay. `tell`: the ticket of the case gets its new service or department; the notes about merged and moved posts
    say enough. The caller holds the lease of triage.
    """
    for _ in range(TRIES):
        with decisions.known_posts(context.ledger) as known:
            fact = read.incident_key_of(context.ledger, case_key)
            incident = None if fact is None else known.incident(fact, ends=COMPARED)
            if incident is None or incident.case is None or not incident.post_ids or incident.case.state == "merged":
                return
            posts = list(known.posts(incident.post_ids).values())
        if not posts:
            return
        decided = read.pinned_fields(context.ledger, case_key)
        pairs, whole = [(one.post, one.annotation) for one in posts], incident.size <= len(posts)
        new = revoted(context.city, incident.case, pairs, decided, reopened=incident.reopened, whole=whole)
        failpoint("casework.voted")
        voters = [one.post.post_id for one in posts]
        if fields.store_vote(context.ledger, new, voters, who, why, now(), tell=tell):
            return
