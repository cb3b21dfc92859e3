"""Say in words which form a regular expression asks for.

The words are kept beside the expression; `core.config.plugins.explain_validation` shows them.
"""

_WORDS: dict[str, str] = {}


def shaped(pattern: str, words: str) -> str:
    """Return a pattern for pydantic, and remember its words.

    Args:
        pattern: regular expression.
        words: what is wrong where it does not match, with an example.
    """
    _WORDS[pattern] = words
    return pattern


def words_of(pattern: str) -> str | None:
    """Return the words of a pattern; None: it has none."""
    return _WORDS.get(pattern)
