"""Mark our texts, for systems without a field for our key."""


def mark_of(key: str) -> str:
    """Write the mark at the end of our texts.

    >>> mark_of("case:1")
    '[case:1]'
    """
    return f"[{key}]"


def carries(text: str, mark: str) -> bool:
    """Check that a text ends with the mark.

    A mark on a separate line counts too. Citizens' posts are quoted with `>`, so none of them can imitate it.

    >>> carries("> [c:2] says a citizen [c:1]", "[c:2]")
    False
    """
    return text.rstrip().endswith(mark) or mark in (line.strip() for line in text.splitlines())
