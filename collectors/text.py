"""Takes the text out of a web page's or a feed's mark-up, so that only what a person wrote is kept."""

import re
from collections.abc import Callable, Iterator
from html import unescape

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, PageElement, PreformattedString, Tag

BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p "
    "pre section table td th tr ul".split()
)
NOT_READ = frozenset({"script", "style", "noscript", "template", "iframe", "object", "svg", "head"})
MOST_TAGS = 20_000
"""More than anybody writes: they are taken out without a look at what they mean, for each costs some 30 microseconds."""
_MARK_UP = re.compile(r"<[^<>]*+>?")
_BLANK = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")

_ENDED = re.compile(r"[.!?…:;,]$")


def visible_text(html: str, left_out: Callable[[Tag], bool] = lambda _: False) -> str:
    """The text a reader would see: paragraphs on lines of their own, entities resolved, scripts and comments left out.

    Args:
        html: whole or broken.
        left_out: whether an element is left out with all that is in it.
    """
    if "<" not in html and "&" not in html:
        return _tidy(html)
    html = _without_open_comment(html.replace("<![CDATA[", "").replace("]]>", ""))
    if html.count("<") > MOST_TAGS:
        return _tidy(unescape(_MARK_UP.sub("\n", html)))
    # the wrapper keeps the parser from warning that a text looks like a link, a file name or XML
    soup = BeautifulSoup(f"<div>{html}", "html.parser")
    return _tidy("".join(_pieces(soup, left_out)))


def _without_open_comment(html: str) -> str:
    """Drop a comment that nothing closes, as browsers do; the parser would take it for text."""
    begin = html.rfind("<!--")
    return html if begin < 0 or html.find("-->", begin) >= 0 else html[:begin]


def with_title(title: str, text: str) -> str:
    """Title and text as one: the title is the first sentence."""
    title, text = title.strip(), text.strip()
    if not title or text.startswith(title):
        return text or title
    return f"{title} {text}".strip() if not text or _ENDED.search(title) else f"{title}. {text}"


def _pieces(soup: Tag, left_out: Callable[[Tag], bool]) -> Iterator[str]:
    """The texts in order, with a line break where a block begins or ends. No recursion: mark-up can be nested at will."""
    stack: list[PageElement | str] = [soup]
    while stack:
        node = stack.pop()
        if isinstance(node, str) and not isinstance(node, PageElement):
            yield node
        elif isinstance(node, NavigableString):
            if isinstance(node, CData) or not isinstance(node, PreformattedString):
                yield str(node)
        elif isinstance(node, Tag) and node.name not in NOT_READ and not left_out(node):
            edge = "\n" if node.name in BLOCKS else ""
            stack.extend([edge, *reversed(node.contents), edge])


def _tidy(text: str) -> str:
    return _LINES.sub("\n", _BLANK.sub(" ", text)).strip()
