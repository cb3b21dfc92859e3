"""Lists the place names of a city that are also everyday words, by how people write them in posts: `centro`, not `Chamberí`."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from core.gazetteer.gazetteer import Gazetteer
from core.gazetteer.names import tokens

_SHARE = 0.5
"""From this share of small initials on a name counts as an everyday word."""


def ordinary_words(gazetteer: Gazetteer, texts: Iterable[str]) -> list[str]:
    """The one-word names that people mostly write small. Capitals count only inside a sentence, never in a shouted text."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    names = gazetteer.single_words()
    for text in texts:
        if sum(c.isupper() for c in text) > 0.3 * len(text):
            continue
        before = ""
        for token in tokens(text):
            if token.word in names and not text[token.start].isdigit():
                inside = before.islower() and "." not in text[token.start - 2 : token.start]
                (small if not token.capital else capital)[token.word] += inside
            before = text[token.end - 1]
    return sorted(word for word, count in small.items() if count > _SHARE * (count + capital[word]))


def main() -> None:
    """`python -m core.gazetteer.ordinary cities/NAME < posts.jsonl > cities/NAME/ordinary_words.txt`."""
    gazetteer = Gazetteer.load(Path(sys.argv[1]))
    texts = (json.loads(line)["text"] for line in sys.stdin)
    sys.stdout.write("".join(f"{word}\n" for word in ordinary_words(gazetteer, texts)))


if __name__ == "__main__":
    main()
