"""Find words that more posts use now than before.

Method: a word is counted once a post; the difference between the two shares is Dunning's log-likelihood G² of the 2 by 2 table.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

LEAST_POSTS = 5
"""Posts of now that must use a word."""
LEAST_G2 = 10.83
"""Less may be chance: one word in a thousand differs more by chance alone."""
SHORTEST = 4
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(r"@\w+|\[\w+\]|https?\S*")


def rising_words(now: Iterable[str], before: Iterable[str], most: int = 10) -> list[str]:
    """Return the words that rise most, as they are written most often.

    >>> rising_words(["huelga de basura hoy"] * 9 + ["nada nuevo"], ["nada de basura"] * 40)
    ['huelga']

    Args:
        now: texts of the period.
        before: texts of the earlier period.
        most: the most words to return.
    """
    spellings: dict[str, Counter[str]] = {}
    of_now, size_now = _counted(now, spellings)
    of_before, size_before = _counted(before)
    if not size_now or not size_before:
        return []
    scored = [
        (_g2(n, size_now, of_before[word], size_before), word)
        for word, n in of_now.items()
        if n >= LEAST_POSTS and n / size_now > of_before[word] / size_before
    ]
    rising = sorted((one for one in scored if one[0] >= LEAST_G2), key=lambda one: (-one[0], one[1]))
    return [spellings[word].most_common(1)[0][0] for _, word in rising[:most]]


def _counted(texts: Iterable[str], spellings: dict[str, Counter[str]] | None = None) -> tuple[Counter[str], int]:
    """Count the texts of each folded word, and all texts.

    `spellings`: how each word is written; added to.
    """
    found, size = Counter[str](), 0
    for text in texts:
        size += 1
        words = {_folded(word): word for word in _WORD.findall(_MARKS.sub(" ", text)) if len(word) >= SHORTEST}
        found.update(words.keys())
        if spellings is not None:
            for folded, word in words.items():
                spellings.setdefault(folded, Counter())[word.lower()] += 1
    return found, size


@lru_cache(maxsize=50_000)
def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _g2(some: int, of: int, others: int, of_others: int) -> float:
    """Return G² of a word.

    It is in `some` of `of` posts now, and in `others` of `of_others` before.
    """
    share = (some + others) / (of + of_others)
    cells = ((some, of * share), (of - some, of * (1 - share)), (others, of_others * share), (of_others - others, of_others * (1 - share)))
    return 2 * sum(seen * math.log(seen / expected) for seen, expected in cells if seen and expected)
