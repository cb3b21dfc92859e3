"""Remove quoted messages and signatures from e-mail text.

Only what mail programs mark in ways that people do not type by hand is removed, and never everything.
"""

import re

from bs4.element import Tag

from collectors.text import visible_text

_INTRODUCTION = re.compile(
    r"^(?:El|On|Le|Em|Am|Il|A|O)\b.{5,300}\b(?:escribió|wrote|va escriure|escribiu|a écrit|escreveu|ha scritto|schrieb)\s?:$", re.IGNORECASE
)
"""`El mar, 3 nov 2026 a las 10:00, Ana (<ana@example.org>) escribió:`, also wrapped over two lines."""
_ORIGINAL = re.compile(
    r"^-{2,} ?(?:Mensaje original|Original Message|Missatge original|Mensaxe orixinal|Message d'origine) ?-{2,}$", re.IGNORECASE
)
_FROM = re.compile(r"^\*?(?:De|From|Von)\s?:\*?\s", re.IGNORECASE)
_SENT = re.compile(r"^\*?(?:Enviado(?: el)?|Enviat(?: el)?|Sent|Fecha|Date|Data)\s?:\*?\s", re.IGNORECASE)
_RULE = re.compile(r"^_{10,}$")
_DEVICE = re.compile(r"^(?:Enviado desde mi|Enviado desde|Enviat des del meu|Sent from my|Obtener Outlook para|Get Outlook for)\b.{0,60}$")
_PREFIX = re.compile(r"^\s*(?:re|rv|rm|fw|fwd|tr|resp)(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
QUOTED = frozenset({"gmail_quote", "gmail_signature", "moz-cite-prefix", "moz-signature", "yahoo_quoted"})
"""Classes that mail programs put on quotations; some write `<blockquote type=cite>` instead."""
HEAD = 4
"""The header block of a quoted message has its date, and a quotation its first `>`, within this many lines."""


def strip_quotations(text: str) -> str:
    """Return the text without quotations and signature.

    All of it if nothing else is left.

    >>> strip_quotations("Sigue rota.\\n\\n-- \\nAna")
    'Sigue rota.'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((number for number in range(len(lines)) if _is_end(lines, number)), len(lines))
    kept = [line for line in lines[:end] if not line.lstrip().startswith(">")]
    while kept and (not kept[-1].strip() or _DEVICE.match(kept[-1].strip())):
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def text_of_html(html: str) -> str:
    """Return the text of an HTML message without marked quotations and signatures."""
    return visible_text(html, _is_quoted) or visible_text(html)


def _is_quoted(tag: Tag) -> bool:
    kind = tag.get("type")
    if tag.name == "blockquote" and isinstance(kind, str) and kind.lower() == "cite":
        return True
    classes = tag.get("class")
    return isinstance(classes, list) and not QUOTED.isdisjoint(classes)


def subject_of(text: str) -> str:
    """Strip `Re:` and similar prefixes from a subject.

    >>> subject_of("RV: Re[2]: Farola rota")
    'Farola rota'
    """
    while (shorter := _PREFIX.sub("", text)) != text:
        text = shorter
    return text.strip()


def _is_end(lines: list[str], number: int) -> bool:
    """Tell whether the writer's own text ends above this line."""
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
