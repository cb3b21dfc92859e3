"""List the place names of a city that are also everyday words.

Measured by how people write them in posts: `centro`, not `Chamberí`.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from gazetteer.finding.tokens import tokenise
from gazetteer.finding.trie import TrieNode
from gazetteer.gazetteer import Gazetteer
from gazetteer.names import JOINING

_SHARE = 0.5
"""Share of lower-case initials from which a name counts as an everyday word."""


def ordinary_names(tree: TrieNode, texts: Iterable[str]) -> list[str]:
    """Return the names that are mostly written in lower case in posts.

    For instance `sol`, `fin semana`. A capital at the beginning of a sentence or in a shouted text does not count.
    """
    small: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for text in texts:
        doc = tokenise(text)
        for at in range(1, 0 if doc.shouting else len(doc.tokens)):
            for after, _ in tree.names_at(doc, at)[:1]:
                name = [here for here in range(at, after) if doc.tokens[here].word not in JOINING]
                if doc.begins_sentence(at) or all(doc.tokens[here].word.isdigit() for here in name):
                    continue
                written = " ".join(doc.tokens[here].word for here in name)
                small[written] += not any(doc.capital(here) for here in name)
                both[written] += 1
    return sorted(name for name, count in small.items() if count > _SHARE * both[name])


def main() -> None:
    """Print the list for a city's folder and posts on standard input.

    `python -m gazetteer.loading.common_words cities/NAME < posts.jsonl`; review the list before saving it as ordinary_names.txt.
    """
    texts = (json.loads(line)["text"] for line in sys.stdin)
    sys.stdout.write("".join(f"{name}\n" for name in ordinary_names(Gazetteer.load(Path(sys.argv[1])).tree, texts)))


if __name__ == "__main__":
    main()
