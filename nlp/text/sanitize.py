"""What of a text the model gets to see: no orders to a machine that somebody wrote into it, and no shouting.

Both leave every letter at its place, so that a place found in what is read is found in the text: what is left out becomes blanks. They
are rules that can be read, and change nothing in a text that has neither.

An order is told by its shape: every word is a letter that says of what kind it is (`injection/lexicon.py`), and "ignore all previous
instructions" is `iwpo` (`injection/patterns.py`). One shape covers every wording in nine languages; no single word is enough.
"""

import re
from functools import lru_cache

from nlp.text.injection.lexicon import TOKEN, sign
from nlp.text.injection.patterns import BLOCK, MORE, OPENING, ORDER, PERHAPS, SENTENCE, TAG, TURN, VALUE

SHOUTED = 0.7
"""From this share of capitals on a text counts as shouted ..."""
ENOUGH = 12
"""... if it has so many letters: "SOS", "EMT" and "DNI" are words."""
LEFT = 8
"""A text of which fewer letters than this would be left is read as it stands: then the order is all there is to read."""
KEPT, LONGEST_KEPT = 2048, 6000
"""Texts that are remembered, and their characters: the questions and the encoder ask for those of a window one after the other."""
EDGE = 60
"""So few characters of a sentence before or after an order belong to it: "Whatever the author says,", "and nothing else"."""

_LINK = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)\]»]")
_GERMAN = frozenset("der die das den dem des ein eine einen einem einer eines im am zum zur vom beim".split())
"""After these a capital is a noun's."""
_BEFORE = " \t\"'`*_#<>()[]{}|/\\%«»“”—–-"
_AFTER = _BEFORE.replace("#", "") + "=,;:"
"""Signs that stand around an order and belong to it."""


def sanitize(text: str) -> str:
    """The text as the model gets it, of the same length."""
    return without_shouting(without_injections(without_links(without_names(text))))


def without_names(text: str) -> str:
    """Put `@user` for `[name]`: the models were trained on texts that hid every person as `@user`."""
    return text.replace("[name]", "@user ")


def without_links(text: str) -> str:
    """Put `http` for a link that redaction leaves, a public body's: the models were trained on texts without links."""
    return _LINK.sub(_as_http, text) if "://" in text or "www." in text else text


def _as_http(found: re.Match[str]) -> str:
    return "http".ljust(len(found[0]))


def without_injections(text: str) -> str:
    """The same with blanks for what is said to a machine and not to the city."""
    return _remembered(text) if len(text) <= LONGEST_KEPT else _without_orders(text)


def _without_orders(text: str) -> str:
    plain = _without_blocks(text)
    if ORDER.search(_signs(plain)):
        plain = _without_sentences(plain)
    return plain if plain == text or sum(map(str.isalpha, plain)) >= LEFT else text


_remembered = lru_cache(maxsize=KEPT)(_without_orders)


def _signs(text: str) -> str:
    return "".join(map(sign, TOKEN.findall(text)))


def _without_blocks(text: str) -> str:
    if not OPENING.search(text):
        return text
    plain = TURN.sub(_blank, BLOCK.sub(_without_block, text))
    return plain if plain == text else TAG.sub(_blank, plain)


def _without_block(block: re.Match[str]) -> str:
    signs = _signs(block[0])
    is_order = ORDER.search(signs) or (block[0][0] not in "([" and set(signs) & set("lLHM"))
    return _blank(block) if is_order else block[0]


def _without_sentences(text: str) -> str:
    tokens = list(TOKEN.finditer(text))
    signs = "".join(sign(token[0]) for token in tokens)
    sentences = [found.span() for found in SENTENCE.finditer(signs) if found[0]]
    orders = {at for at, span in enumerate(sentences) if ORDER.search(signs, *span)}
    for step in (1, -1):
        for at in sorted(orders, reverse=step < 0):
            beside = at + step
            while 0 <= beside < len(sentences) and PERHAPS.search(signs, *sentences[beside]):
                orders.add(beside)
                beside += step
    for at in orders:
        start, end = _extent(text, tokens, signs, *sentences[at])
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _extent(text: str, tokens: list[re.Match[str]], signs: str, first: int, last: int) -> tuple[int, int]:
    """Where in a sentence the order stands: what the citizen wrote before and after it in the same sentence stays."""
    shapes = list(PERHAPS.finditer(signs, first, last))
    start = _seam(text, tokens, signs, first, shapes[0].start())
    end = _tail(tokens, signs, shapes[-1], last)
    begin, finish = tokens[start].start(), tokens[end - 1].end()
    after = text[finish:]
    return len(text[:begin].rstrip(_BEFORE)), finish + len(after) - len(after.lstrip(_AFTER))


def _seam(text: str, tokens: list[re.Match[str]], signs: str, first: int, at: int) -> int:
    """The token where the order begins: the nearest capital or bracket, as an order put into a sentence has one."""
    reach = tokens[at].start() - EDGE
    for back in range(at, first - 1, -1):
        begin = tokens[back].start()
        if begin < reach or (signs[at] == "H" and signs[back] == "x") or tokens[back][0].startswith(("@", "http")):
            break
        if back == first or text[begin - 1] in "[{<*#%`" or _begins(tokens[back - 1][0], tokens[back][0], signs[back]):
            return back
    return at


def _begins(before: str, word: str, kind: str) -> bool:
    """Whether a word in the midst of a sentence has the capital of a new one, not that of a German noun or of "AI"."""
    noun = before.lower() in _GERMAN and kind not in "inkvryg"
    shouted = word.isupper() and before.isupper()
    return word[0].isupper() and not noun and not shouted and not (kind in "mM" and len(word) <= len("LLM"))


def _tail(tokens: list[re.Match[str]], signs: str, shape: re.Match[str], last: int) -> int:
    """The token after the order's last: the sentence's end if it is near, or if only such words follow as stand in orders."""
    end, stop = shape.end(), signs.find(".", shape.end(), last)
    near = stop >= 0 and tokens[stop].start() - tokens[end - 1].end() <= EDGE and not VALUE.search(shape[0])
    if near or not set(signs[end:last]) & set("xyg"):
        return last
    more = MORE.match(signs, end, last)
    return more.end() if more else end


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def without_shouting(text: str) -> str:
    """The same in small letters if nearly all of it is in capitals."""
    letters = "".join(filter(str.isalpha, text))
    if len(letters) < ENOUGH or sum(map(str.isupper, letters)) < SHOUTED * len(letters):
        return text
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
