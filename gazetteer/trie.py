"""All names of a city as a tree of words, in which the longest name at any point of a text is found in a few steps."""

from typing import NamedTuple

from gazetteer.entry import Entry, Name
from gazetteer.names import JOINING
from gazetteer.tokens import Text

Hit = tuple[Entry, Name]
_LONGEST_NAME = 14
"""Words; the longest official name has 13. It bounds the work at each word, so that finding is linear in the text."""


class TrieNode(NamedTuple):
    """A word in the tree of names: the words that may follow, and the places whose name ends here."""

    following: "dict[str, TrieNode]"
    hits: list[Hit]

    def add(self, entry: Entry, name: Name) -> None:
        """Put a place under one of its names."""
        node = self
        for word in name.words:
            node = node.following.setdefault(word, TrieNode({}, []))
        if name.words:
            node.hits.append((entry, name))

    def names_at(self, read: Text, at: int) -> list[tuple[int, list[Hit]]]:
        """The names that begin at this word, longest first: the word after each, and the places that bear it."""
        node: TrieNode | None = self
        found: list[tuple[int, list[Hit]]] = []
        for here in range(at, min(len(read.tokens), at + _LONGEST_NAME)):
            word = read.tokens[here].word
            if word not in JOINING:
                node = node.following.get(word) if node is not None else None
                if node is None:
                    break
                if node.hits:
                    found.append((here + 1, node.hits))
            elif here == at:
                break
            if not read.joined[here]:
                break
        return found[::-1]
