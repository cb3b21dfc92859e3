"""Merge, split, move and group cases, and undo each of these.

What a person decides here binds the machine: it never joins or separates these posts again by itself.
"""

from collections.abc import Sequence

from core.errors import ChangeRefusedError
from core.records.annotation import Annotation
from core.records.case import CASEBOOK, State
from core.records.post import Post
from core.records.read_models import CaseRecord, PostRecord
from gazetteer import gazetteer_of
from ledger import read
from ledger.cases import workflow
from ledger.cases.grouping import merging
from ledger.cases.history import undo as undoing
from ledger.cases.history.changes import Change
from ledger.processing import decisions
from ledger.processing.memberships import BY_A_PERSON
from pipeline.casework.fields import vote_again
from pipeline.casework.priorities import prioritise
from pipeline.casework.triage_lease import triage_held
from pipeline.context import Context, now
from triage.incident_matching.weights import load as load_weights
from triage.incidents.by_hand import LikeCase, case_from, like_cases
from triage.incidents.split_proposal import LEAST, MOST, SplitProposal, propose_split

JOINED_BY_PEOPLE = ("merge", "move")


def merge(context: Context, case_key: str, into: str, who: str, why: str, seen: int | None = None) -> None:
    """Merge a case into another one, which then votes again. `seen` is the revision of the case that the person looked at.

    The ticket of the merged case in an outside system is closed with a note, where the system can.

    Raises:
        StaleError: the case was changed since.
        ConfigurationError: the cases cannot be merged; the message says why.
    """
    with triage_held(context, who):
        merging.merge(context.ledger, case_key, into, who, why, now(), seen, context.closes_merged_tickets())
        vote_again(context, into, who, f"{case_key} merged into it by {who}")


def split(context: Context, case_key: str, post_ids: Sequence[str], who: str, why: str, seen: int | None = None) -> str:
    """Split posts off a case into a new case; return its key.

    Raises:
        StaleError: the case was changed since.
        ConfigurationError: the posts are not in the case, or no post would be left in it.
    """
    chosen = sorted(set(post_ids))
    with triage_held(context, who):
        posts = [_annotated(context, post_id) for post_id in chosen]
        if not posts:
            raise ChangeRefusedError("choose the posts that are about something else")
        # Once a split was undone, the same posts may be split off again: under another key, although nothing else differs.
        revision = read.case_revision(context.ledger, case_key) if seen is None else seen
        new, incident = case_from(context.city, posts, who, salt=f"{case_key} {revision}")
        merging.split(context.ledger, case_key, new, incident, who, why, now(), seen)
        vote_again(context, case_key, who, f"{new.key} split from it by {who}")
    return new.key


def move(context: Context, case_key: str, post_ids: Sequence[str], into: str, who: str, why: str, seen: int | None = None) -> None:
    """Move posts of a case to another case; both vote again.

    Raises:
        StaleError: the case was changed since.
        ConfigurationError: the posts are not in the case, none would be left in it, or the other case takes none.
    """
    with triage_held(context, who):
        merging.move(context.ledger, sorted(set(post_ids)), case_key, into, who, why, now(), seen)
        for key in (case_key, into):
            vote_again(context, key, who, f"posts moved to {into} by {who}")


def keep_apart(context: Context, case_key: str, other: str, who: str, why: str) -> None:
    """Record that two cases are about different incidents.

    They are no longer shown as similar to each other.

    Raises:
        ConfigurationError: one of the cases does not exist or was merged.
    """
    with triage_held(context, who):
        merging.keep_apart(context.ledger, case_key, other, who, why, now())


def set_common_cause(context: Context, case_key: str, parent: str, who: str, why: str, seen: int | None = None) -> None:
    """Put a case under the case of its common cause.

    An empty `parent` removes it from its cause.

    Raises:
        StaleError: the case was changed since.
        ConfigurationError: that case is under another one itself, or there is no such case.
    """
    merging.set_parent(context.ledger, case_key, parent or None, who, why, now(), seen)


def change_children(context: Context, case_key: str, state: State, who: str, why: str) -> list[str]:
    """Give the open cases of a cause the state it got.

    Returns their keys. Cases that an outside system works keep their state: they are changed there.
    """
    work, changed = read.case_work(context.ledger, case_key), []
    for child in () if work is None else work.children:
        case = read.case_record(context.ledger, child)
        if case is not None and case.system == CASEBOOK and case.is_open and case.state != state:
            workflow.change(context.ledger, child, state, who, why or f"with its common cause {case_key}", now())
            changed.append(child)
    return changed


def undo(context: Context, change_id: int, who: str, why: str) -> str:
    """Undo one change and return the key of its case.

    Raises:
        ConfigurationError: it was undone before, cannot be undone, or a later change depends on it.
    """
    with triage_held(context, who):
        key = undoing.undo(context.ledger, change_id, who, why, now())
        for one in read.cases_of_change(context.ledger, change_id):
            vote, priority = read.is_due(context.ledger, one)
            if vote:
                vote_again(context, one, who, f"a change undone by {who}")
            elif priority:
                prioritise(context, one, who)
    return key


def like(context: Context, case_key: str) -> list[LikeCase]:
    """Return similar cases with their evidence, most similar first."""
    incident_key = read.incident_key_of(context.ledger, case_key)
    if incident_key is None:
        return []
    with decisions.known_posts(context.ledger) as known:
        found = known.incident(incident_key, ends=1)
        if found is None or found.case is None or not found.post_ids:
            return []
        return like_cases(context.city, found.case, known)


def split_proposal(context: Context, case: CaseRecord, posts: Sequence[PostRecord], changes: Sequence[Change]) -> SplitProposal | None:
    """Propose posts of a case to split off.

    None: all speak of one thing.

    Replies belong to their thread and propose nothing. Nothing is proposed against what a person decided: in a case into which a person
    merged or moved posts, or whose split was undone, and for a post that a person put there.

    Args:
        context: the context of the run.
        case: the case.
        posts: its newest posts, oldest first.
        changes: what people changed of it.
    """
    decided = any(one.what in JOINED_BY_PEOPLE and not one.undone for one in changes)
    if case.state == "merged" or decided or any(one.what == "split" and one.undone for one in changes):
        return None
    witnesses = [one.post_id for one in posts if not one.own and one.reply_to is None and one.spam_kind != "copy"]
    if not LEAST <= len(witnesses) <= MOST:
        return None
    with decisions.known_posts(context.ledger) as known:
        found = [(one.post, one.annotation) for one in known.posts(witnesses).values()]
    proposal = propose_split(context.city, found)
    by_people = {one.post_id for one in posts if one.reason.startswith(BY_A_PERSON)}
    return None if proposal is None or by_people.intersection(proposal.post_ids) else proposal


def warm_up(context: Context) -> None:
    """Load the matching models and the gazetteer.

    Otherwise the first merge after a start would wait for them: more than a second of computing.
    """
    load_weights()
    gazetteer_of(context.city)


def _annotated(context: Context, post_id: str) -> tuple[Post, Annotation]:
    post, annotation = read.post_of(context.ledger, post_id), read.annotation_of(context.ledger, post_id)
    if post is None or annotation is None:
        raise ChangeRefusedError("one of these posts is no longer there, or was not read yet: reload the page")
    return post, annotation
