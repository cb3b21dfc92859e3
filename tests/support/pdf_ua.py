"""Check a PDF by the rules of PDF/UA-1 that a program can check.

Numbers are the failure conditions of the Matterhorn Protocol 1.02 (https://pdfa.org/resource/the-matterhorn-protocol/). What reports never
have (forms, encryption, layers, attachments, media) is refused as a whole instead of being checked.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, parse_content_stream

from tests.support.pdf_ua_fonts import font_faults

STANDARD = frozenset(
    "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody Table TR TH TD "
    "THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Figure Formula Form".split()
)
PARENTS = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
    "TFoot": {"Table"},
    "LI": {"L"},
    "Lbl": {"LI", "TOCI"},
    "LBody": {"LI"},
    "TOCI": {"TOC"},
}
CHILDREN = {"Table": {"TR", "THead", "TBody", "TFoot", "Caption"}, "TR": {"TH", "TD"}, "L": {"LI", "L", "Caption"}, "LI": {"Lbl", "LBody"}}
PAINTS = frozenset("Tj TJ ' \" f F f* B B* b b* S s sh INLINE IMAGE Do".split())
LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")


def faults(document: Pdf) -> list[str]:
    """Return what breaks a rule, each with its number; empty: nothing does."""
    tags = list(elements(document.Root.get("/StructTreeRoot")))
    return [*_of_document(document), *_of_tags(document, tags), *_of_pages(document, tags), *font_faults(document)]


def elements(root: Any) -> Iterator[Dictionary]:
    """Yield the tags of a structure tree in reading order."""
    for child in _children(root):
        if isinstance(child, Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


def _children(node: Any) -> list[Any]:
    found = node.get("/K", Array()) if isinstance(node, Dictionary) else Array()
    return list(found) if isinstance(found, Array) else [found]


def _role(document: Pdf, tag: Dictionary) -> str:
    """Return the standard type of a tag, by the role map."""
    roles, name = document.Root.StructTreeRoot.get("/RoleMap", Dictionary()), str(tag.S)
    for _ in range(len(roles) + 1):
        if name[1:] in STANDARD or name not in roles:
            break
        name = str(roles[name])
    return name[1:]


def _of_document(document: Pdf) -> Iterator[str]:
    root = document.Root
    with document.open_metadata() as metadata:
        if metadata.get("pdfuaid:part") != "1":
            yield "06-002: the metadata do not say pdfuaid:part 1"
        if not metadata.get("dc:title"):
            yield "06-003: the metadata have no title"
    if "/Metadata" not in root:
        yield "06-001: no metadata"
    if not root.get("/ViewerPreferences", Dictionary()).get("/DisplayDocTitle", False):
        yield "07-001: the window does not show the title"
    marked = root.get("/MarkInfo", Dictionary())
    if not marked.get("/Marked", False) or "/StructTreeRoot" not in root:
        yield "01-005: not tagged"
    if marked.get("/Suspects", False):
        yield "01-007: Suspects is true"
    if not LANGUAGE.fullmatch(str(root.get("/Lang", ""))):
        yield "11-006: the document has no language"
    if document.is_encrypted or {"/AcroForm", "/OCProperties", "/NeedsRendering"} & set(root.keys()):
        yield "20, 25, 26: forms, layers or encryption"
    if "/EmbeddedFiles" in root.get("/Names", Dictionary()):
        yield "21-001: attachments"


def _of_tags(document: Pdf, tags: list[Dictionary]) -> Iterator[str]:
    roles = document.Root.get("/StructTreeRoot", Dictionary()).get("/RoleMap", Dictionary())
    for name in roles.keys():  # noqa: SIM118  a Dictionary of pikepdf does not iterate over its keys
        if name[1:] in STANDARD:
            yield f"02-004: the standard type {name} is mapped"
    headings, ids = [], Counter(str(tag.ID) for tag in tags if "/ID" in tag)
    for tag in tags:
        role, parent = _role(document, tag), tag.get("/P")
        if role not in STANDARD:
            yield f"02-001: the type {tag.S} is unknown"
        above = _role(document, parent) if isinstance(parent, Dictionary) and "/S" in parent else ""
        if role in PARENTS and above not in PARENTS[role]:
            yield f"09-004, 09-005: {role} in {above or 'the root'}"
        below = {_role(document, one) for one in _children(tag) if isinstance(one, Dictionary) and "/S" in one}
        if role in CHILDREN and not below <= CHILDREN[role]:
            yield f"09-004, 09-005: {role} holds {', '.join(sorted(below - CHILDREN[role]))}"
        if role == "Figure" and not str(tag.get("/Alt", "") or tag.get("/ActualText", "")).strip():
            yield "13-004: a figure without alternative text"
        if role == "Formula" and not str(tag.get("/Alt", "")).strip():
            yield "17-002: a formula without alternative text"
        if role == "Note" and ids[str(tag.get("/ID", ""))] != 1:
            yield "19-003: a note without an ID"
        if role == "TH" and not any("/Scope" in one for one in _attributes(tag)):
            yield "15-003: a table header without scope"
        if "/Lang" in tag and not LANGUAGE.fullmatch(str(tag.Lang)):
            yield f"11-001: {tag.Lang} is no language"
        if role == "H" or re.fullmatch("H[1-6]", role):
            headings.append(role)
    yield from _of_headings(headings)


def _attributes(tag: Dictionary) -> list[Dictionary]:
    found = tag.get("/A", Array())
    return [one for one in (found if isinstance(found, Array) else [found]) if isinstance(one, Dictionary)]


def _of_headings(found: list[str]) -> Iterator[str]:
    if "H" in found:
        yield "14-007: headings without a level"
        return
    levels = [int(one[1:]) for one in found]
    if levels and levels[0] != 1:
        yield "14-002: the first heading is no H1"
    if any(after - before > 1 for before, after in pairwise(levels)):
        yield "14-003: a level of headings is left out"


def _of_pages(document: Pdf, tags: list[Dictionary]) -> Iterator[str]:
    owned, owner_of = _owned(tags), _parents(document)
    for number, page in enumerate(document.pages, start=1):
        where = f"page {number}"
        seen: list[int] = []
        yield from (f"{fault}, {where}" for fault in _of_content(page.obj, page.Resources, seen))
        if any(count > 1 for count in Counter(seen).values()):
            yield f"30-002: content is tagged twice, {where}"
        if set(seen) != owned.get(page.obj.objgen, set()):
            yield f"01-005: content and tags do not agree, {where}"
        parents = owner_of.get(int(page.get("/StructParents", -1)))
        if seen and (not isinstance(parents, Array) or len(parents) <= max(seen)):
            yield f"01-005: the content's tags are not found from the page, {where}"
        yield from (f"{fault}, {where}" for fault in _of_annotations(document, page, owner_of))


def _owned(tags: list[Dictionary]) -> dict[tuple[int, int], set[int]]:
    """Return the numbers of the marked content that the tags own, by page."""
    found: dict[tuple[int, int], set[int]] = {}
    for tag in tags:
        for child in _children(tag):
            if isinstance(child, int):
                found.setdefault(tag.Pg.objgen, set()).add(child)
            elif isinstance(child, Dictionary) and child.get("/Type") == Name.MCR:
                found.setdefault((child if "/Pg" in child else tag).Pg.objgen, set()).add(int(child.MCID))
    return found


def _parents(document: Pdf) -> dict[int, Any]:
    """Return the parent tree: what owns a page's content, or an annotation."""
    found: dict[int, Any] = {}
    waiting = [document.Root.get("/StructTreeRoot", Dictionary()).get("/ParentTree", Dictionary())]
    while waiting:
        node = waiting.pop()
        numbers = list(node.get("/Nums", Array()))
        found |= {int(key): value for key, value in zip(numbers[::2], numbers[1::2], strict=True)}
        waiting += list(node.get("/Kids", Array()))
    return found


def _of_content(stream: Any, resources: Any, seen: list[int], inside: str = "") -> Iterator[str]:
    """Check that each painting is an artifact or tagged; collect the numbers of the tagged content."""
    marks: list[str] = []
    for one in parse_content_stream(stream):
        operands, name = list(one.operands), str(one.operator)
        if name in ("BMC", "BDC"):
            kind, number = _mark(operands, resources)
            within = next((mark for mark in (*reversed(marks), inside) if mark), "")
            if {kind, within} == {"artifact", "tagged"}:
                yield "01-003, 01-004: an artifact in tagged content, or tagged content in an artifact"
            seen += [] if number is None else [number]
            marks.append(kind)
        elif name == "EMC":
            marks.pop()
        elif name in PAINTS and (name != "Do" or not _is_form(operands, resources)):
            if not any(marks) and not inside:
                yield f"01-005: {name} paints what is neither tagged nor an artifact"
        elif name == "Do":
            form = resources.XObject[str(operands[0])]
            if "/Ref" in form:
                yield "30-001: a reference to another file"
            within = next((mark for mark in (*reversed(marks), inside) if mark), "")
            yield from _of_content(form, form.get("/Resources", resources), seen, within)


def _mark(operands: list[Any], resources: Any) -> tuple[str, int | None]:
    """Return `artifact`, `tagged` or nothing, and the number of tagged content."""
    if operands[0] == Name.Artifact:
        return "artifact", None
    properties = operands[1] if len(operands) > 1 else Dictionary()
    if isinstance(properties, Name):
        properties = resources.Properties[str(properties)]
    return ("tagged", int(properties.MCID)) if "/MCID" in properties else ("", None)


def _is_form(operands: list[Any], resources: Any) -> bool:
    drawn = resources.XObject[str(operands[0])]
    return isinstance(drawn, Stream) and drawn.get("/Subtype") == Name.Form


def _of_annotations(document: Pdf, page: pikepdf.Page, owner_of: dict[int, Any]) -> Iterator[str]:
    notes = list(page.get("/Annots", Array()))
    if notes and page.get("/Tabs") != Name.S:
        yield "28-009: the tab order is not that of the tags"
    for note in notes:
        if note.get("/Subtype") != Name.Link:
            yield f"28: an annotation of the kind {note.get('/Subtype')}"
        if not str(note.get("/Contents", "")).strip():
            yield "28-012: a link without a description"
        owner = owner_of.get(int(note.get("/StructParent", -1)))
        if not isinstance(owner, Dictionary) or _role(document, owner) != "Link":
            yield "28-011: a link that is in no Link tag"
