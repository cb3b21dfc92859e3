"""Find the official answer to a question post, or none when unsure.

`build_index` once for a city's answers (`core.config.known_answers.answers`), then `known_answer` for each question post. Both are pure: no
file, network, clock or ledger. The room is part of `nlp` because the matcher compares embeddings and n-grams of `nlp.text`, which triage
may not import; the caller decides what a question is and what becomes of the draft.

Invariants: an answer out of date is never given, nor another in its place; a post's answer depends on no other post; weights trained for
another encoder are refused. `tests/unit/nlp/test_known_answers.py` holds them; `make score-answers` measures.
"""

from nlp.known_answers.features import Topic
from nlp.known_answers.index import AnswerIndex, build_index
from nlp.known_answers.matcher import Judged, Match, judge, known_answer

__all__ = ["AnswerIndex", "Judged", "Match", "Topic", "build_index", "judge", "known_answer"]
