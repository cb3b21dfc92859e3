"""Find the signature of a text: `Fdo. Ana López`, `Un saludo, Ana`.

Also a last line that is a name.
"""

from collections.abc import Iterator

from core.privacy.redaction.persons.context import begins_sentence, in_place_or_office, is_only_public, named_like_place
from core.privacy.redaction.persons.lexicon import CLOSINGS, FIRST, OFFICES, ORDINARY, SAINTS, SIGNED, TITLES
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.persons.shape import with_given
from core.privacy.redaction.words import word_set

_FILLERS = word_set("persons.signed", "fillers")
_NO_NAME = ORDINARY | SAINTS

_SIGNATURES = frozenset("fdo firmado signat asinado assinado signed signe firmato sinatua firmante".split())
"""Words of a signature; the others need a colon."""


def signed(scan: Scan, at: int) -> NameRun | None:
    """Find a name after `Fdo.`, `Firmado por`, `Nombre:`, `de parte de`."""
    word = scan.words[at]
    if word in ("nombre", "parte", "preguntar", "pregunten") and at > 0 and at + 2 < len(scan.words):
        announced = word != "nombre" or scan.words[at - 1] in ("a", "en")
        if announced and scan.words[at + 1] in ("de", "del", "por") and (scan.given(at + 2) or scan.words[at + 2] in TITLES):
            start = at + 3 if scan.words[at + 2] in TITLES else at + 2
            run = scan.run(start) if start < len(scan.words) and scan.known(start) else None
            return None if run is None or is_only_public(scan, run) or in_place_or_office(scan, run) else run
    if word not in SIGNED:
        return None
    start = at + 1
    while (
        start < len(scan.words)
        and start - at < 4
        and scan.words[start] in ("y", "apellidos", "completo", "por", "el", "la", "cognoms", "de", "d", "don", "dona", "dª", "name")
    ):
        start += 1
    if start >= len(scan.words):
        return None
    between = scan.text[scan.ends[at] : scan.starts[start]]
    if len(between) > 24 or ";" in between or "]" in between or any(map(str.isdigit, between)):
        return None
    sure = word in _SIGNATURES
    if not sure and ":" not in between:
        return None
    labelled = ":" in between and scan.shouted and scan.words[start] in FIRST
    if word in ("nombre", "nom", "nome", "name", "titular", "contacto", "atencion") and not (scan.given(start) or labelled):
        return None
    if labelled:
        return scan.run(start)
    if word in ("firmado", "signed", "signe") and not (set(between) & set(":.\n") or "por" in between.split() or "by" in between.split()):
        sure = False
    if scan.known(start) or (sure and scan.capital(start) and scan.words[start] not in scan.never):
        return with_given(scan, scan.run(start))
    return None


def after_closing(scan: Scan, at: int) -> NameRun | None:
    """Find a name after a closing: `Atentamente, Julio Romero`, `gracias. Ana`."""
    if scan.words[at] not in CLOSINGS:
        return None
    start = at + 1
    while start < len(scan.words) and start - at < 9 and scan.words[start] in _FILLERS:
        start += 1
    if start >= len(scan.words) or (
        scan.words[at] in ("gracias", "gracies", "merci", "thanks", "grazie") and scan.words[at + 1] in ("a", "al", "la")
    ):
        return None
    between = scan.text[scan.ends[start - 1] : scan.starts[start]]
    if len(between) > 24 or any(map(str.isalnum, between)) or set(between) & set("[(@#&/"):
        return None
    last = scan.words[start - 1]
    if last in ("a", "de", "la", "el", "por") and start - 1 > at and between == " ":
        return None
    run = scan.run(start) if scan.known(start) or scan.capital(start) else None
    if run is None or scan.words[start] in scan.never:
        return None
    if scan.words[start] in TITLES and start + 1 < len(scan.words) and scan.known(start + 1):
        run = scan.run(start + 1)
    at_end = run.last >= len(scan.words) or "\n" in scan.gap(run.last - 1)
    if _initials(scan, run):
        return run
    if begins_sentence(scan, run):
        return None
    if scan.given(start):
        sure = scan.words[start] not in ORDINARY or at_end or run.surnames
        namesake = at_end and named_like_place(scan, run)
        return run if sure and (namesake or not is_only_public(scan, run)) else None
    if scan.known(start) and (at_end or run.last - run.first > 1) and scan.words[start] not in OFFICES:
        return with_given(scan, run)
    shaped = all(scan.capital(number) for number in range(run.first, run.last)) and 1 <= run.last - run.first <= 4
    rare = scan.words[start] not in ORDINARY and not in_place_or_office(scan, run) and len(scan.words[start]) > 2
    return run if at_end and shaped and rare and _no_word(scan, run) else None


def _initials(scan: Scan, run: NameRun) -> bool:
    """Return whether initials precede one surname: `J. L. Goikoetxea`."""
    *initials, surname = (scan.words[number] for number in range(run.first, run.last))
    return bool(initials) and all(len(one) == 1 for one in initials) and surname not in scan.no_surname and len(surname) > 2


def _no_word(scan: Scan, run: NameRun) -> bool:
    """Return whether no word of the name means an office or place."""
    return not any(word in scan.no_surname for word in scan.words[run.first : run.last])


def signature(scan: Scan) -> Iterator[NameRun]:
    """Yield the last line or sentence if it is only a name."""
    last = len(scan.words)
    if last < 4 or scan.text[scan.ends[-1] :].strip(" .\n\t!-–)*\"'»❤👍🙏😊") != "":
        return
    first = last
    while first > 0 and last - first < 6 and (first == last or scan.continues(first - 1)):
        first -= 1
    if first == 0 or scan.continues(first - 1):
        return
    before = scan.gap(first - 1)
    run = scan.run(first)
    if (
        run.last != last
        or not any(character in before for character in "\n.!?-–")
        or not scan.given(first)
        or "[" in before
        or any(map(str.isdigit, before))
    ):
        return
    short = first > 0 and before.strip() == "." and len(scan.words[first - 1]) <= 4
    if in_place_or_office(scan, run, private_act=True) or short:
        return
    sure = run.surnames > 0 or ("\n" in before or "." in before or "!" in before)
    if (
        sure
        and scan.words[first] not in _NO_NAME
        and not is_only_public(scan, run)
        and (scan.capital(first) or run.surnames or "\n" in before)
    ):
        yield run
