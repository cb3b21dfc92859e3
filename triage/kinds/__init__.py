"""Tell the kind of a post and of a case: report, request, question, proposal, praise, thanks; each with its reason.

Rules, not a model: the intent that the reader found, how people write there (network, platform, letter), and what the words ask for.
A polite question that asks for something is a request, praise that names something to act on is a report, and a person's word comes
before all of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from core.annotation import Annotation
from core.config.thresholds import source_kind_of
from core.kind import CASE_KINDS, KINDS, QUESTION, USUAL, CaseKind, Kind, PostKind
from core.post import Post
from triage.incident_matching.subjects import text_folded
from triage.kinds import lexicon as signs
from triage.location import headline

READ = 2000
"""Characters of a text in which its kind is sought."""


class Votes(Protocol):
    """What a post of a case says of its kind."""

    @property
    def kind(self) -> Kind:
        """Its own kind."""

    @property
    def actionable(self) -> float:
        """How surely it is something to act on."""


def kind_of(post: Post, reading: Annotation, folded: str | None = None) -> Kind:
    """Return the kind of an annotated post.

    Args:
        post: the post.
        reading: its labels, a person's corrections laid over them.
        folded: `triage.incident_matching.subjects.text_folded` of its text, where it was made already.
    """
    said = reading.labels.get(QUESTION)
    if said is not None and said.model == "person":
        return Kind(_checked(str(said.value)), "kind: a person said so", by_person=True)
    words = (text_folded(post.text[:READ]) if folded is None else folded)[:READ]
    value, why = _by_rules(post, reading, words)
    return Kind(value, f"kind: {why}")


def voted_kind(members: Iterable[Votes]) -> CaseKind:
    """Return the kind most posts of a case have; a person's word on one of them outweighs the rules."""
    voters = [one for one in members if one.kind.value in CASE_KINDS]
    votes: dict[str, float] = defaultdict(float)
    for one in [one for one in voters if one.kind.by_person] or voters:
        votes[one.kind.value] += 0.25 + one.actionable
    return min(CASE_KINDS, key=lambda kind: -votes[kind]) if votes else USUAL


def _by_rules(post: Post, reading: Annotation, words: str) -> tuple[PostKind, str]:
    intent, is_actionable = str(reading.labels["intent"].value), reading.labels["actionable"].value is True
    platform = source_kind_of(post.source, post.text) == "platform"
    title = text_folded(headline(post.text.split("\n", 1)[0]))
    match intent:
        case "praise":
            return _praise(words, is_actionable)
        case "question":
            return _question(words)
        case "suggestion":
            return _suggestion(title, words, platform)
        case "complaint" if platform:
            return _complaint(title)
        case "complaint":
            return "report", "intent complaint"
    if not is_actionable:
        return "other", f"intent {intent}, nothing to act on"
    return _suggestion(title, words, platform) if platform else ("report", "something to act on")


def _praise(words: str, is_actionable: bool) -> tuple[PostKind, str]:
    if asked := _found(signs.POLITE, words):
        return "request", f"praise that asks ({asked})"
    if is_actionable:
        return "report", "praise of something to act on"
    if thanks := _found(signs.THANKS, words):
        return "thanks", f"intent praise ({thanks})"
    return "praise", "intent praise"


def _question(words: str) -> tuple[PostKind, str]:
    mend = _found(signs.MEND, words)
    if mend and (asked := _found(signs.POLITE, words)):
        return "request", f"a question that asks for it ({asked}, {mend})"
    if mend and _found(signs.WHEN, words):
        return "report", f"asks when it will be mended ({mend})"
    if wrong := _found(signs.WRONG, words):
        return "report", f"a question about something wrong ({wrong})"
    return "question", "intent question"


def _suggestion(title: str, words: str, platform: bool) -> tuple[PostKind, str]:
    """Tell a proposal from a request: by the title, else by the whole text; what is named first is what is asked for.

    Only posts of a platform have titles. In doubt a short post is a request, for its clock is the shorter one.
    """
    for text, bigs in ((title, signs.BIG_IN_TITLE if platform else signs.BIG), (words, signs.BIG)):
        big, small = bigs.search(text), signs.SMALL.search(text)
        if small and not (big and big.start() <= small.start()):
            return "request", f"asks for small works ({small.group().strip()})"
        if big:
            return "proposal", f"asks for an investment or a rule ({big.group().strip()})"
    if propose := _found(signs.PROPOSE, words):
        return "proposal", f"proposes ({propose})"
    return ("proposal", "a suggestion on a platform") if platform else ("request", "a suggestion")


def _complaint(title: str) -> tuple[PostKind, str]:
    """Tell a proposal that begins with what is wrong today, as many of a participation platform do."""
    big = _found(signs.BIG_IN_TITLE, title)
    if big and not _found(signs.SMALL, title) and not _found(signs.WRONG, title):
        return "proposal", f"asks for an investment or a rule ({big})"
    return "report", "intent complaint"


def _found(sign: re.Pattern[str], words: str) -> str | None:
    found = sign.search(words)
    return found.group().strip() if found else None


def _checked(value: str) -> PostKind:
    return next((kind for kind in KINDS if kind == value), "other")
