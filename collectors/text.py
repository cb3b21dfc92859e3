"""Extract the visible text from HTML and feed markup."""

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from textwrap import shorten

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, PageElement, PreformattedString, Tag

from core.text import LINK, PICTURE

BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p "
    "pre section table td th tr ul".split()
)
IGNORED_TAGS = frozenset({"script", "style", "noscript", "template", "iframe", "object", "svg", "head"})
MAX_TAGS = 20_000
"""More than any author writes. Beyond it tags are stripped without parsing, because each costs some 30 microseconds."""
ATTACHED_CHARACTERS = 500
_MARKUP = re.compile(r"<[^<>]*+>?")
_BLANK = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")

_SENTENCE_END = re.compile(r"[.!?…:;,]$")


def visible_text(html: str, exclude: Callable[[Tag], bool] = lambda _: False) -> str:
    """Return the text a browser would show.

    Blocks are on separate lines, entities are resolved, scripts and comments are dropped.

    >>> print(visible_text("<p>Farola rota</p><p>Calle Mayor&nbsp;3<script>x()</script></p>"))
    Farola rota
    Calle Mayor 3

    Args:
        html: well-formed or not.
        exclude: whether to drop an element with its content.
    """
    if "<" not in html and "&" not in html:
        return _tidy(html)
    html = _without_open_comment(html.replace("<![CDATA[", "").replace("]]>", ""))
    if html.count("<") > MAX_TAGS:
        return _tidy(unescape(_MARKUP.sub("\n", html)))
    # the wrapper keeps the parser from warning that a text looks like a link, a file name or XML
    soup = BeautifulSoup(f"<div>{html}", "html.parser")
    return _tidy("".join(_pieces(soup, exclude)))


def _without_open_comment(html: str) -> str:
    """Drop an unclosed comment, as browsers do.

    The parser would take it for text.
    """
    begin = html.rfind("<!--")
    return html if begin < 0 or html.find("-->", begin) >= 0 else html[:begin]


def with_title(title: str, text: str) -> str:
    """Join title and text. The title becomes the first sentence.

    >>> with_title("Farola rota", "No luce desde ayer.")
    'Farola rota. No luce desde ayer.'
    >>> with_title("Farola rota", "Farola rota en la calle Mayor")
    'Farola rota en la calle Mayor'
    """
    title, text = title.strip(), text.strip()
    if not title or text.startswith(title):
        return text or title
    return f"{title} {text}".strip() if not text or _SENTENCE_END.search(title) else f"{title}. {text}"


def with_attachments(text: str, pictures: Iterable[str] = (), link_title: str = "") -> str:
    """Append descriptions of pictures and the title of a link.

    Often they alone say what is broken and where. Each is a line that begins with a sign that needs no translation; at most 500
    characters of each are kept, and what the text already says is not repeated.

    >>> print(with_attachments("Así seguimos", ["Farola caída en la calle Mayor, 3"], "Quejas por el alumbrado"))
    Así seguimos
    🖼 Farola caída en la calle Mayor, 3
    🔗 Quejas por el alumbrado
    """
    lines = [text.strip()]
    for sign, attached in (*((PICTURE, one) for one in pictures), (LINK, link_title)):
        words = " ".join(attached.split())
        if words and words not in text:
            lines.append(f"{sign} {shorten(words, ATTACHED_CHARACTERS, placeholder='…')}")
    return "\n".join(filter(None, lines))


def _pieces(soup: Tag, exclude: Callable[[Tag], bool]) -> Iterator[str]:
    """Yield the texts in order, with line breaks around blocks.

    Without recursion, because markup can be nested to any depth.
    """
    stack: list[PageElement | str] = [soup]
    while stack:
        node = stack.pop()
        if isinstance(node, str) and not isinstance(node, PageElement):
            yield node
        elif isinstance(node, NavigableString):
            if isinstance(node, CData) or not isinstance(node, PreformattedString):
                yield str(node)
        elif isinstance(node, Tag) and node.name not in IGNORED_TAGS and not exclude(node):
            edge = "\n" if node.name in BLOCKS else ""
            stack.extend([edge, *reversed(node.contents), edge])


def _tidy(text: str) -> str:
    return _LINES.sub("\n", _BLANK.sub(" ", text)).strip()
