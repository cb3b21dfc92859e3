"""Group answers that were given alike into proposals of known answers."""

import hashlib
import re
from collections.abc import Sequence

from core.records.answer_proposal import GivenAnswer, Proposal, ProposalDecision
from nlp.known_answers.words import plain

CASES = 3
"""Distinct cases and distinct citizens from which answers given alike are proposed."""
ALIKE = 0.7
"""Share of words in common from which two answers are near-equal."""
_VALUES = re.compile(r"https?://\S+|\bC-[0-9A-Za-z-]+|@\w+|\d+")
"""What differs between two equal answers: links, case numbers, handles, dates and amounts."""


def proposals(given: Sequence[GivenAnswer], decided: Sequence[ProposalDecision] = (), known: Sequence[str] = ()) -> list[Proposal]:
    """Return the answers that several citizens got alike, most cases first.

    An answer joins the first group of its service and language whose oldest answer it is near-equal to.

    Args:
        given: answers written by staff, oldest first.
        decided: proposals that a person accepted or refused: what is near-equal to one is left out.
        known: texts of the known answers, left out as well.
    """
    groups: list[list[tuple[frozenset[str], GivenAnswer]]] = []
    for one in given:
        words = words_of(one.text)
        if words:
            group = next((some for some in groups if _belongs(words, one, some[0])), None)
            groups.append([(words, one)]) if group is None else group.append((words, one))
    before = [(one.topic, one.language, frozenset(one.words)) for one in decided]
    texts = [words_of(text) for text in known]
    found = [
        _proposal(group)
        for group in groups
        if len({one.case_key for _, one in group}) >= CASES and len({one.citizen for _, one in group}) >= CASES
    ]
    fresh = [
        one
        for one in found
        if not any(likeness(frozenset(one.words), text) >= ALIKE for text in texts) and not any(_is_decided(one, *each) for each in before)
    ]
    return sorted(fresh, key=lambda one: (-len(one.cases), one.key))


def words_of(text: str) -> frozenset[str]:
    """Return hashes of the words of an answer, without its values.

    Hashes, because refused proposals are remembered longer than the text of an erased answer may be.
    """
    said = plain(_VALUES.sub(" ", text)).split()
    return frozenset(hashlib.sha256(word.encode()).hexdigest()[:10] for word in said)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of words in common (Jaccard), 0 to 1.

    >>> likeness(words_of("Se repara mañana, caso C-1"), words_of("Se repara mañana, caso C-2"))
    1.0
    """
    return len(one & other) / len(one | other) if one | other else 0.0


def _belongs(words: frozenset[str], one: GivenAnswer, first: tuple[frozenset[str], GivenAnswer]) -> bool:
    same = (one.topic, one.language) == (first[1].topic, first[1].language)
    return same and likeness(words, first[0]) >= ALIKE


def _is_decided(one: Proposal, topic: str, language: str, words: frozenset[str]) -> bool:
    return (one.topic, one.language) == (topic, language) and likeness(frozenset(one.words), words) >= ALIKE


def _proposal(group: Sequence[tuple[frozenset[str], GivenAnswer]]) -> Proposal:
    first = group[0][1]
    words, text = max(
        ((words, one.text) for words, one in group),
        key=lambda pair: (sum(likeness(pair[0], other) for other, _ in group), -len(pair[1]), pair[1]),
    )
    name = " ".join([first.topic, first.language, *sorted(group[0][0])])
    return Proposal(
        key=hashlib.sha256(name.encode()).hexdigest()[:12],
        topic=first.topic,
        language=first.language,
        text=text,
        words=tuple(sorted(words)),
        cases=tuple(dict.fromkeys(one.case_key for _, one in group)),
        citizens=len({one.citizen for _, one in group}),
        questions=tuple(dict.fromkeys(one.question for _, one in group)),
    )
