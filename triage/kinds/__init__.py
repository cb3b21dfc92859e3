"""Classify posts and cases by kind, with a reason.

Report, request, question, proposal, praise, thanks. Rules, not a model: the intent label, the style of the source (network, platform,
letter), and what the words ask for. A polite question that asks for something is a request, praise of something actionable or broken is
a report, and a person's label takes precedence.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from core.config.thresholds import source_kind_of
from core.records.annotation import Annotation
from core.records.kind import CASE_KINDS, DEFAULT_KIND, KIND_QUESTION, KINDS, CaseKind, Kind, PostKind
from core.records.post import Post
from triage.incident_matching.subjects import text_folded
from triage.incident_matching.vocabulary import CLOSING
from triage.kinds import lexicon as lexicon
from triage.location import headline

AS_DECIDED = "as decided"
"""Model of a kind that a rehearsal keeps: no threshold changes what a post asks for."""
MAX_CHARACTERS = 2000
"""Number of characters of a text that are searched."""


class Votes(Protocol):
    """Provide what a post of a case votes with."""

    @property
    def kind(self) -> Kind:
        """Return the kind of the post."""

    @property
    def actionable(self) -> float:
        """Return the probability that the post is actionable."""


def kind_of(post: Post, annotation: Annotation, folded: str | None = None) -> Kind:
    """Return the kind of an annotated post.

    Args:
        post: the post.
        annotation: its annotation, corrections by people applied.
        folded: `triage.incident_matching.subjects.text_folded` of its text, if already computed.
    """
    correction = annotation.labels.get(KIND_QUESTION)
    if correction is not None and correction.model == "person":
        return Kind(_checked(str(correction.value)), "kind: a person said so", by_person=True)
    if correction is not None and correction.model == AS_DECIDED:
        return Kind(_checked(str(correction.value)), "kind: as decided before")
    words = (text_folded(post.text[:MAX_CHARACTERS]) if folded is None else folded)[:MAX_CHARACTERS]
    value, why = _by_rules(post, annotation, words)
    return Kind(value, f"kind: {why}")


def voted_kind(members: Iterable[Votes]) -> CaseKind:
    """Return the kind with the most votes of a case's posts.

    If people set the kind of some posts, only those vote.
    """
    voters = [one for one in members if one.kind.value in CASE_KINDS]
    votes: dict[str, float] = defaultdict(float)
    for one in [one for one in voters if one.kind.by_person] or voters:
        votes[one.kind.value] += 0.25 + one.actionable
    return min(CASE_KINDS, key=lambda kind: -votes[kind]) if votes else DEFAULT_KIND


def _by_rules(post: Post, annotation: Annotation, words: str) -> tuple[PostKind, str]:
    intent, is_actionable = str(annotation.labels["intent"].value), annotation.labels["actionable"].value is True
    platform = source_kind_of(post.source, post.text, post.style) == "platform"
    title = text_folded(headline(post.text.split("\n", 1)[0]))
    match intent:
        case "praise":
            return _praise(words, is_actionable)
        case "question":
            return _question(words)
        case "suggestion" | "complaint" if platform and post.reply_to is None:
            return _on_platform(intent, title, words, _is_placed(post, annotation))
        case "suggestion":
            return _suggestion(title, words, platform) if platform else _suggested(words)
        case "complaint" if platform:
            return _complaint(title)
        case "complaint":
            return _reported(words)
    if not is_actionable:
        return "other", f"intent {intent}, nothing to act on"
    if platform and post.reply_to is None:
        return _on_platform(intent, title, words, _is_placed(post, annotation))
    return _suggestion(title, words, platform) if platform else ("report", "something to act on")


def _praise(words: str, is_actionable: bool) -> tuple[PostKind, str]:
    if asked := _found(lexicon.POLITE, words):
        return "request", f"praise that asks ({asked})"
    if is_actionable:
        return "report", "praise of something to act on"
    if broken := _ironic(words):
        return "report", f"praise of something broken, perhaps irony ({broken})"
    if thanks := _found(lexicon.THANKS, words):
        return "thanks", f"intent praise ({thanks})"
    return "praise", "intent praise"


def _ironic(words: str) -> str | None:
    """Return what is broken in a praise.

    None: nothing, or it was mended.

    >>> _ironic(" que bonito el geiser de la esquina ")
    'geiser'
    """
    is_over = any(pattern.search(words) for pattern in (lexicon.MEND, lexicon.GONE, CLOSING))
    return None if is_over else _found(lexicon.BROKEN, words)


def _question(words: str) -> tuple[PostKind, str]:
    mend = _found(lexicon.MEND, words)
    if mend and (asked := _found(lexicon.POLITE, words)):
        return "request", f"a question that asks for it ({asked}, {mend})"
    if mend and _found(lexicon.WHEN, words):
        return "report", f"asks when it will be mended ({mend})"
    if wrong := _found(lexicon.WRONG, words):
        return "report", f"a question about something wrong ({wrong})"
    return "question", "intent question"


def _is_placed(post: Post, annotation: Annotation) -> bool:
    """Return whether a post says where, finer than a district or barrio."""
    return post.lat is not None or any(place.kind not in ("district", "barrio") for place in annotation.places)


def _on_platform(intent: str, title: str, words: str, is_placed: bool) -> tuple[PostKind, str]:
    """Separate jobs of a crew from proposals, by the title.

    People go to a participation platform to propose. What names no place is a proposal for the whole city, whatever it complains of.
    """
    big, job = lexicon.BIG_IN_TITLE.search(title), lexicon.JOB_IN_TITLE.search(title)
    dirty = _found(lexicon.DEFECT, title) or _found(lexicon.WRONG, title)
    is_first = big is not None and not (job and job.start() < big.start())
    if big is not None and not dirty and (is_first or lexicon.CITY_WIDE.search(title)):
        return "proposal", f"asks for an investment or a rule ({big.group().strip()})"
    if not is_placed:
        return "proposal", "on a platform, and says not where"
    if dirty:
        return "report", f"says what is wrong ({dirty})"
    if job:
        wishes = lexicon.ALWAYS_NEW.search(title) or lexicon.PROPOSE.search(words) or lexicon.INSTALL.search(words)
        is_wish = wishes is not None and not lexicon.DAMAGED.search(title + words)
        is_request = intent != "complaint" or is_wish or not _found(lexicon.DEFECT, words)
        return ("request" if is_request else "report"), f"asks for small works ({job.group().strip()})"
    if intent == "complaint" and not _found(lexicon.PROPOSE, words):
        return "report", "intent complaint"
    return "proposal", "a suggestion on a platform"


def _suggestion(title: str, words: str, platform: bool) -> tuple[PostKind, str]:
    """Separate proposals from requests, by the title, else the whole text.

    What is named first decides. Only posts of a platform have titles. In doubt a short post is a request, whose clock is shorter.
    """
    for text, bigs in ((title, lexicon.BIG_IN_TITLE if platform else lexicon.BIG), (words, lexicon.BIG)):
        big, small = bigs.search(text), lexicon.SMALL.search(text)
        if small and not (big and big.start() <= small.start()):
            return "request", f"asks for small works ({small.group().strip()})"
        if big:
            return "proposal", f"asks for an investment or a rule ({big.group().strip()})"
    if propose := _found(lexicon.PROPOSE, words):
        return "proposal", f"proposes ({propose})"
    return ("proposal", "a suggestion on a platform") if platform else ("request", "a suggestion")


def _suggested(words: str) -> tuple[PostKind, str]:
    """Separate suggestions of a network from reports of a defect."""
    asks = any(one.search(words) for one in (lexicon.POLITE, lexicon.PROPOSE, lexicon.BIG, lexicon.INSTALL))
    wrong = _found(lexicon.WRONG, words) or _found(lexicon.DEFECT, words)
    return ("report", f"says what is wrong ({wrong})") if wrong and not asks else _suggestion("", words, platform=False)


def _reported(words: str) -> tuple[PostKind, str]:
    """Separate a complaint from what asks for something new."""
    new = _found(lexicon.INSTALL, words)
    is_new = new is not None and not any(one.search(words) for one in (lexicon.WRONG, lexicon.DEFECT, lexicon.DAMAGED))
    return ("request", f"asks for something new ({new})") if is_new else ("report", "intent complaint")


def _complaint(title: str) -> tuple[PostKind, str]:
    """Recognise a proposal that starts with what is wrong today.

    Many proposals on a participation platform do.
    """
    big = _found(lexicon.BIG_IN_TITLE, title)
    if big and not _found(lexicon.SMALL, title) and not _found(lexicon.WRONG, title):
        return "proposal", f"asks for an investment or a rule ({big})"
    return "report", "intent complaint"


def _found(pattern: re.Pattern[str], words: str) -> str | None:
    found = pattern.search(words)
    return found.group().strip() if found else None


def _checked(value: str) -> PostKind:
    return next((kind for kind in KINDS if kind == value), "other")
