"""Index all names of a city in a trie of words.

The longest name at any position of a text is found in a few steps.
"""

from typing import NamedTuple

from gazetteer.entry import Entry, Name
from gazetteer.finding.tokens import Doc
from gazetteer.names import JOINING

Hit = tuple[Entry, Name]
_LONGEST_NAME = 14
"""In words; the longest official name has 13. Bounds the work at each word, so that the search is linear."""


class TrieNode(NamedTuple):
    """Map the next words of a name, and hold places ending here."""

    following: "dict[str, TrieNode]"
    hits: list[Hit]

    def add(self, entry: Entry, name: Name) -> None:
        """Add a place under one of its names."""
        node = self
        for word in name.words:
            node = node.following.setdefault(word, TrieNode({}, []))
        if name.words:
            node.hits.append((entry, name))

    def names_at(self, doc: Doc, at: int) -> list[tuple[int, list[Hit]]]:
        """Return the names that begin at this word, longest first.

        Each with the word after it and the places that bear it.
        """
        node: TrieNode | None = self
        found: list[tuple[int, list[Hit]]] = []
        for here in range(at, min(len(doc.tokens), at + _LONGEST_NAME)):
            word = doc.tokens[here].word
            if word not in JOINING:
                node = node.following.get(word) if node is not None else None
                if node is None:
                    break
                if node.hits:
                    found.append((here + 1, node.hits))
            elif here == at:
                break
            if not doc.joined[here]:
                break
        return found[::-1]
