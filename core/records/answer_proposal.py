"""Define proposals of known answers, made of answers that were given alike."""

from core.records import Record, UtcDatetime


class GivenAnswer(Record):
    """Hold one answer that a citizen got, with its case and question."""

    key: str
    text: str
    topic: str
    """Of its case."""
    language: str
    case_key: str
    citizen: str
    """The author's pseudonym; the id of the post where it has none."""
    question: str
    """The redacted text of the post."""
    given_at: UtcDatetime


class Proposal(Record):
    """Hold answers that were given alike, as a known answer to be."""

    key: str
    """Identifies it: a hash of service, language and the first answer's words."""
    topic: str
    language: str
    text: str
    """The answer of the group that is most like the others."""
    words: tuple[str, ...]
    """Hashes of the words of `text`."""
    cases: tuple[str, ...]
    """At least `nlp.known_answers.proposals.CASES`."""
    citizens: int
    questions: tuple[str, ...]
    """What the citizens asked."""


class ProposalDecision(Record):
    """Hold what a person decided about a proposal."""

    key: str
    topic: str
    language: str
    words: tuple[str, ...]
    answer_id: str | None
    """The known answer it became; None: it was refused."""
    who: str
    why: str
    at: UtcDatetime
