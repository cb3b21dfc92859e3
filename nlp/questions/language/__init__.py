"""Identify the language of a post."""

import math
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from pydantic import Field

from core import records
from core.config.city import City
from core.records.annotation import UNDETERMINED, Label
from core.records.post import Post
from core.runtime.one_filler import one_filler
from nlp.inference.model_output import ModelOutput
from nlp.questions.language.lexicon import count_words, language_evidence

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LANGUAGES = ("es", "en", "ca", "gl", "eu", "pt", "fr", "it", "de")
"""The languages that the model supports."""
_NOT_WORDS = re.compile(r"@\w+|#\w+|\bhttp\S*|\[\w+\]|\bRT\b")
_NOT_LATIN = re.compile("[^\x00-\u024f\u1e00-\u1eff]+")
_ENOUGH_LETTERS = 3
_READABLE = 0.2
"""A text is foreign when the nine languages together are less probable than this among all 142, after the three weights below."""
_SMALL_WORDS, _BREVITY, _STRANGE = 2.0, 8.0, 10.0
"""Log-odds that a text is in one of the nine: for its share of small words of one language, divided by its letters (two words say
little), and, against, for its share of words with letters that none of the nine has. They were fitted on programs' translations into 73
languages (Debian's, half `made`, cut to 2 to 12 words) against real posts cut likewise, and are measured by
`python -m workshop.evaluation.language`. Other ways lost, at the same .3 % of Spanish refused: letter statistics alone left 4 % of unread
sentences read, lingua 23 %, fastText's lid.176 45 %; these weights 2 %."""
_READ = 500
"""Characters that are used; more change nothing."""
_TOLD = 1.0
"""Log-odds of one small word of a language (`lexicon.py`); chosen on the half `made` of `python -m workshop.evaluation.language`."""
_LEAST = 1e-9
"""Floor of a probability that was rounded to zero, so that a hint may still tip it."""
_SHORT = 12
"""Letters of a text so short that its words say little (`hola`): the prior of the city's first language doubles."""


class Options(records.Options):
    """Describe table `[questions.language]`."""

    favour_first: float = Field(3.0, ge=1)
    """Prior odds of the city's first language against any other."""
    favour_hint: float = Field(5.0, ge=1)
    """The same for the language that the network states: it decides where the text is ambiguous, not against the text."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: a BCP 47 tag.

    `und` where there are no words to judge by, or the language is not in `LANGUAGES`.
    """
    model = f"py3langid@{version('py3langid')}+words@4"
    labels = []
    for at, post in enumerate(posts):
        value, score = language_of(city, options, post, encoded, at)
        labels.append(Label(question="language", value=value, score=round(score, 4), model=model))
    return labels


def language_of(city: City, options: Options, post: Post, encoded: ModelOutput, at: int) -> tuple[str, float]:
    """Return what `detect` says of this row, computed once for all questions."""
    key = (language_of, city.languages[0], options, at, post.text)
    if key not in encoded.shared:
        encoded.shared[key] = detect(post.text, city.languages[0], post.language, options)
    found: tuple[str, float] = encoded.shared[key]
    return found


def detect(text: str, first: str, hint: str | None, options: Options) -> tuple[str, float]:
    """Return the likeliest language and its probability.

    Args:
        text: the post.
        first: the city's first language.
        hint: the network's language tag, in any form of BCP 47; such tags are often wrong, so it only tips the balance.
        options: how far it is tipped.

    >>> detect("Hay un bache enorme en mi calle", "es", None, Options())[0]
    'es'
    >>> detect("👏👏👏", "es", None, Options())
    ('und', 1.0)
    """
    words = _NOT_WORDS.sub(" ", text[: 2 * _READ])[:_READ]
    if sum(map(str.isupper, words)) * 2 > sum(map(str.isalpha, words)):
        words = words.lower()  # the statistics know few capitals: they took one in seven such notices for another language
    letters = "".join(filter(str.isalpha, words))
    latin = len(_NOT_LATIN.sub("", letters))
    if len(letters) < _ENOUGH_LETTERS or latin * 2 < len(letters):
        return UNDETERMINED, 1.0
    favour = dict.fromkeys(LANGUAGES, 1.0)
    if first in favour:
        favour[first] *= options.favour_first * (1 + _SHORT / len(letters))
    hinted = (hint or "").lower().replace("_", "-").split("-")[0]
    if hinted in favour:
        favour[hinted] *= options.favour_hint
    chances = dict(_identifier().rank(words))
    ours = sum(chances[code] for code in LANGUAGES)
    evidence = language_evidence(words)
    readable = _readable(ours, max(evidence.values()), words, len(letters))
    if readable < _READABLE:
        return UNDETERMINED, 1 - readable
    weighed = {code: max(chances[code], _LEAST) * favour[code] * math.exp(_TOLD * evidence[code]) for code in LANGUAGES}
    total = sum(weighed.values())
    best = max(weighed, key=weighed.__getitem__)
    return best, weighed[best] / total


def _readable(ours: float, small_words: float, text: str, letters: int) -> float:
    """Return the probability that a text is in a supported language.

    Letter statistics alone hesitate on a few words: `Bussi on taas myöhässä` has small words of four languages.
    """
    words = count_words(text)
    told = _SMALL_WORDS * small_words / words.all + _BREVITY / letters - _STRANGE * words.strange / words.all
    odds = max(ours, _LEAST) / max(1 - ours, _LEAST) * math.exp(told)
    return odds / (1 + odds)


@one_filler(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
