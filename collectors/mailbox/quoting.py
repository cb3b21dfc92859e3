"""Takes out of a letter what its writer did not write just now: the quoted letter below it, and the signature.

Cut is only what mail programs mark in ways that people do not write by hand; and never so much that nothing is left.
"""

import re

from bs4.element import Tag

from collectors.text import visible_text

_INTRODUCTION = re.compile(
    r"^(?:El|On|Le|Em|Am|Il|A|O)\b.{5,300}\b(?:escribió|wrote|va escriure|escribiu|a écrit|escreveu|ha scritto|schrieb)\s?:$",
    re.IGNORECASE,
)
"""`El mar, 3 nov 2026 a las 10:00, Ana (<ana@example.org>) escribió:`, also broken over two lines."""
_ORIGINAL = re.compile(
    r"^-{2,} ?(?:Mensaje original|Original Message|Missatge original|Mensaxe orixinal|Message d'origine) ?-{2,}$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\*?(?:De|From|Von)\s?:\*?\s", re.IGNORECASE)
_SENT = re.compile(r"^\*?(?:Enviado(?: el)?|Enviat(?: el)?|Sent|Fecha|Date|Data)\s?:\*?\s", re.IGNORECASE)
_RULE = re.compile(r"^_{10,}$")
_DEVICE = re.compile(
    r"^(?:Enviado desde mi|Enviado desde|Enviat des del meu|Sent from my|Obtener Outlook para|Get Outlook for)\b.{0,60}$"
)
_PREFIX = re.compile(r"^\s*(?:re|rv|rm|fw|fwd|tr|resp)(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
QUOTED = frozenset({"gmail_quote", "gmail_signature", "moz-cite-prefix", "moz-signature", "yahoo_quoted"})
"""Classes by which mail programs mark it; some write `<blockquote type=cite>` instead."""
HEAD = 4
"""Within so many lines the head of a quoted letter shows its date, and the quotation begins."""


def own_words(text: str) -> str:
    """The text without quoted lines, without the letter it answers and without the signature; all of it if nothing else is left."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((number for number in range(len(lines)) if _is_end(lines, number)), len(lines))
    kept = [line for line in lines[:end] if not line.lstrip().startswith(">")]
    while kept and (not kept[-1].strip() or _DEVICE.match(kept[-1].strip())):
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def words_of_html(html: str) -> str:
    """The text of a letter written as a web page, without what mail programs mark there as quoted or as a signature."""
    return visible_text(html, _is_quoted) or visible_text(html)


def _is_quoted(tag: Tag) -> bool:
    kind = tag.get("type")
    if tag.name == "blockquote" and isinstance(kind, str) and kind.lower() == "cite":
        return True
    classes = tag.get("class")
    return isinstance(classes, list) and not QUOTED.isdisjoint(classes)


def subject_of(text: str) -> str:
    """The subject without `Re:` and its like."""
    while (shorter := _PREFIX.sub("", text)) != text:
        text = shorter
    return text.strip()


def _is_end(lines: list[str], number: int) -> bool:
    """True when the writer's own words end above this line."""
    line = lines[number].strip()
    if lines[number] in ("-- ", "--") or _ORIGINAL.match(line):
        return True
    if _FROM.match(line) and any(_SENT.match(below.strip()) for below in lines[number + 1 : number + HEAD]):
        return True
    if _RULE.match(line):  # Outlook draws a line above the head of what is quoted
        return any(_FROM.match(below.strip()) for below in lines[number + 1 : number + 3])
    broken = f"{line} {lines[number + 1].strip()}" if number + 1 < len(lines) else line
    if not (_INTRODUCTION.match(line) or _INTRODUCTION.match(broken)):
        return False
    below = [line.strip() for line in lines[number + 1 : number + HEAD]]
    return any(line.startswith(">") for line in below)
