"""Language: which language is the post written in?"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from pydantic import Field

from core import records
from core.annotation import Label
from core.config.city import City
from core.post import Post
from nlp.inference.model_output import ModelOutput
from nlp.questions.language.lexicon import give_away

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

KNOWN = ("es", "en", "ca", "gl", "eu", "pt", "fr", "it", "de")
"""The languages that the model reads."""
UNDETERMINED = "und"
"""No words to judge by, or the words of a language that the model does not read."""
_NOT_WORDS = re.compile(r"@\w+|#\w+|\bhttp\S*|\[number\]|\[email\]|\bRT\b")
_NOT_LATIN = re.compile("[^\x00-\u024f\u1e00-\u1eff]+")
_ENOUGH_LETTERS = 3
_FOREIGN, _TELLING = 0.1, 20
"""With so many letters or more, a text is foreign when the nine languages together have less than this chance among all 142."""
_READ = 500
"""Characters that are looked at: more change nothing."""
_TOLD = 1.0
"""Log-odds of one small word of a language (`lexicon.py`); chosen on the half `made` of `python -m nlp.evaluation.language`."""
_LEAST = 1e-9
"""A chance that was rounded to nothing: a hint may still tip it."""
_SHORT = 12
"""Letters in a text so short that its words say little (`hola`): the city's first language counts double."""


class Options(records.Options):
    """Table `[questions.language]`."""

    favour_first: float = Field(3.0, ge=1)
    """How many times likelier the city's first language is than another before a word is read."""
    favour_hint: float = Field(5.0, ge=1)
    """The same for the language that the network gives: it wins where the text leaves doubt, not against the text."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """One label a post: a BCP 47 tag, `und` when there are no words to judge by or the language is none of `KNOWN`."""
    model = f"py3langid@{version('py3langid')}+words@2"
    labels = []
    for post in posts:
        value, score = detect(post.text, city.languages[0], post.language, options)
        labels.append(Label(question="language", value=value, score=round(score, 4), model=model))
    return labels


def detect(text: str, first: str, hint: str | None, options: Options) -> tuple[str, float]:
    """The likeliest language and its probability.

    Args:
        text: the post.
        first: the city's first language.
        hint: what the network says, in any form of BCP 47; network tags lie, so it only tips the balance.
        options: how far it is tipped.
    """
    words = _NOT_WORDS.sub(" ", text[: 2 * _READ])[:_READ]
    letters = "".join(filter(str.isalpha, words))
    latin = len(_NOT_LATIN.sub("", letters))
    if len(letters) < _ENOUGH_LETTERS or latin * 2 < len(letters):
        return UNDETERMINED, 1.0
    favour = dict.fromkeys(KNOWN, 1.0)
    if first in favour:
        favour[first] *= options.favour_first * (1 + _SHORT / len(letters))
    told = (hint or "").lower().replace("_", "-").split("-")[0]
    if told in favour:
        favour[told] *= options.favour_hint
    chances = {code: float(chance) for code, chance in _identifier().rank(words)}
    ours = sum(chances[code] for code in KNOWN)
    if len(letters) >= _TELLING and ours < _FOREIGN:
        return UNDETERMINED, 1 - ours
    told_by_words = give_away(words)
    weighed = {
        code: max(chances[code], _LEAST) * favour[code] * math.exp(_TOLD * told_by_words[code]) for code in KNOWN
    }
    total = sum(weighed.values())
    best = max(weighed, key=weighed.__getitem__)
    return best, weighed[best] / total


@lru_cache(maxsize=1)
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
