"""Lists the place names of a city that are also everyday words, by how people write them in posts: `centro`, not `Chamberí`."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from gazetteer.gazetteer import Gazetteer
from gazetteer.names import JOINING
from gazetteer.tokens import cut
from gazetteer.trie import TrieNode

_SHARE = 0.5
"""From this share of small initials on a name counts as an everyday word."""


def ordinary_names(tree: TrieNode, texts: Iterable[str]) -> list[str]:
    """The names that people mostly write small (`sol`, `fin semana`). A capital that begins a sentence or is shouted says nothing."""
    small: Counter[str] = Counter()
    both: Counter[str] = Counter()
    for text in texts:
        read = cut(text)
        for at in range(1, 0 if read.shouting else len(read.tokens)):
            for after, _ in tree.names_at(read, at)[:1]:
                name = [here for here in range(at, after) if read.tokens[here].word not in JOINING]
                if read.begins_sentence(at) or all(read.tokens[here].word.isdigit() for here in name):
                    continue
                written = " ".join(read.tokens[here].word for here in name)
                small[written] += not any(read.capital(here) for here in name)
                both[written] += 1
    return sorted(name for name, count in small.items() if count > _SHARE * both[name])


def main() -> None:
    """`python -m gazetteer.loading.common_words cities/NAME < posts.jsonl`: prints the list; review it before it is ordinary_names.txt."""
    texts = (json.loads(line)["text"] for line in sys.stdin)
    sys.stdout.write("".join(f"{name}\n" for name in ordinary_names(Gazetteer.load(Path(sys.argv[1])).tree, texts)))


if __name__ == "__main__":
    main()
