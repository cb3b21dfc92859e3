"""Take out the names of private persons: lists of names, and the words around that tell a person from a street.

A name goes when somebody gives it as his own, signs, is greeted or spoken of as a neighbour, a relative, a `señora`, and when it
stands in full. Streets, schools, saints, persons of history and office holders in their office stay.
"""

from collections.abc import Callable, Iterator

from core.privacy.context import BARE_STREETS, bare, in_place_or_office, is_public, performs, said_of_somebody
from core.privacy.fold import plain
from core.privacy.scan import NO_SURNAME, WORD, Run, Scan
from core.privacy.spelt import without_spelt_names
from core.privacy.words import (
    CLOSINGS,
    FIRST,
    GREETINGS,
    LAST,
    NEVER,
    OFFICES,
    ORDINARY,
    PRIVATE_CHAIR,
    RELATIVES,
    SAINTS,
    SIGNED,
    TITLES,
)

MARK = "[name]"
_SELF = {
    "llamo": ("me",),
    "nombre": ("mi", "su"),
    "soy": None,
    "soc": None,
    "son": None,
    "am": ("i",),
    "im": ("i",),
    "m": ("i",),
    "name": ("my", "the"),
    "dic": ("em",),
    "nom": ("meu",),
    "izena": ("nire",),
    "chamo": None,
    "chamome": None,
    "appelle": ("m",),
    "chiamo": ("mi",),
    "heisse": ("ich",),
    "suis": ("je",),
    "sono": None,
    "bin": ("ich",),
    "nome": ("meu",),
    "llama": ("se",),
    "llamaba": ("se",),
    "diu": ("es",),
    "habla": None,
    "somos": None,
}
_WEAK_SELF = frozenset("soy soc son sono somos am im m suis bin habla".split())
_LINKS = frozenset("es is is da ist e me la el en na o a com como".split())
_FILLERS = frozenset(
    "cordial cordiales un una y e muchas muchisimas mil muy de antemano por todo toda todos "
    "vuestra vuestro su sus tu atencion saludo saludos atentamente atento afectuoso afectuosos "
    "fuerte a os la lo el "
    "kind best very much you for your time amb molt molts moltes gracias gracies siempre tiempo "
    "atte cordialmente abrazo abrazos ayuda trabajo labor respuesta leer leerme escucharme "
    "luego pronto firmado fdo".split()
)
_TRIGGERS = (
    frozenset(_SELF) | CLOSINGS | GREETINGS | SIGNED | TITLES | RELATIVES | {"naiz", "parte", "preguntar", "pregunten"}
)
_HOLY = SAINTS | {"nuestro"}
_TITLES = TITLES | {"d"}
_NO_NAME = ORDINARY | SAINTS
_SURE = (FIRST | LAST) - ORDINARY


def without_names(text: str) -> str:
    """Return the text with `[name]` for each name of a private person."""
    small = plain(text)
    found = WORD.findall(small)
    words = set(found)
    text = without_spelt_names(text, found)
    if _SURE.isdisjoint(words) and _TRIGGERS.isdisjoint(words):
        return text
    scan = Scan(text)
    spans = sorted({(scan.starts[run.first], scan.ends[run.last - 1]) for run in _names(scan)})
    made, done = [], 0
    for start, end in spans:
        if start >= done:
            made += [text[done:start], MARK]
            done = end
            if text[end : end + 1] == "." and text[end - 2 : end - 1] in (" ", ".") and text[end - 1].isupper():
                done = end + 1  # the full stop of an initial
    return "".join(made) + text[done:]


def _names(scan: Scan) -> Iterator[Run]:
    at = 0
    while at < len(scan.words):
        word = scan.words[at]
        found = (
            next((run for rule in _RULES if (run := rule(scan, at)) is not None), None) if word in _TRIGGERS else None
        )
        if found is None and word in FIRST and scan.given(at):
            found, step = _in_full(scan, at)
            at = step if found is None else at
        if found is not None:
            yield found
            at = max(found.last, at + 1)
            yield from _and_another(scan, found)
        else:
            at += 1
    yield from _signature(scan)


def _own(scan: Scan, at: int) -> Run | None:
    """Somebody gives a name: `me llamo Ana`, `soy Ana López`, `se llama Ana`."""
    word = scan.words[at]
    if word == "naiz":
        return _before_naiz(scan, at)
    if word not in _SELF:
        return None
    before = _SELF[word]
    if before is not None and (at == 0 or scan.words[at - 1] not in before):
        return None
    start = at + 1
    while start < len(scan.words) and start - at < 3 and scan.words[start] in _LINKS and not scan.given(start):
        start += 1
    if start >= len(scan.words) or not _near(scan, at, start):
        return None
    if word in _WEAK_SELF:
        if word in ("son", "habla", "sono", "m", "somos") and not scan.capital(start):
            return None
        run = scan.run(start)
        full = run.last - run.first > 1 and scan.known(start)
        shaped = scan.given(start) or (scan.capital(start) and full)
        if not shaped or (word in ("son", "sono") and (not full or is_public(scan, run))):
            return None
        if scan.words[start] in ORDINARY and not full and not scan.ends_clause(start):
            return None
        return _with_given(scan, run)
    if word in ("llama", "llamaba", "diu"):  # streets, plans and dogs are called something too
        return scan.run(start) if scan.given(start) and not in_place_or_office(scan, Run(at, start, 1, 0)) else None
    if scan.known(start) or (scan.capital(start) and scan.words[start] not in NEVER):
        return _with_given(scan, scan.run(start))
    return None


def _owned(scan: Scan, at: int) -> bool:
    """Return True when a relative is somebody's: `mi padre`, `el tío de`, and not the `Padre` or `Tío` of a place."""
    before = scan.words[at - 1] if at else ""
    return before in (
        "mi",
        "su",
        "tu",
        "nuestro",
        "nuestra",
        "un",
        "una",
        "el",
        "la",
        "al",
        "del",
        "meu",
        "meva",
        "my",
        "mon",
        "ma",
        "mio",
        "mia",
        "mein",
        "meine",
    ) and not scan.capital(at)


def _before_naiz(scan: Scan, at: int) -> Run | None:
    first = at
    while (
        first > 0 and at - first < 5 and scan.joined(first - 1) and (scan.known(first - 1) or scan.capital(first - 1))
    ):
        first -= 1
    return Run(first, at, 1, 1) if first < at and scan.words[first] in FIRST else None


def _near(scan: Scan, at: int, start: int) -> bool:
    between = scan.text[scan.ends[at] : scan.starts[start]]
    return len(between) <= 16 and not any(sign in between for sign in ".;!?\n)0123456789") and between != ""


def _signed(scan: Scan, at: int) -> Run | None:
    """`Fdo. Ana López`, `Firmado por`, `Nombre y apellidos: ...`, `a nombre de`, `de parte de`."""
    word = scan.words[at]
    if word in ("nombre", "parte", "preguntar", "pregunten") and at > 0 and at + 2 < len(scan.words):
        announced = word != "nombre" or scan.words[at - 1] in ("a", "en")
        if (
            announced
            and scan.words[at + 1] in ("de", "del", "por")
            and (scan.given(at + 2) or scan.words[at + 2] in TITLES)
        ):
            start = at + 3 if scan.words[at + 2] in TITLES else at + 2
            run = scan.run(start) if start < len(scan.words) and scan.known(start) else None
            return None if run is None or is_public(scan, run) or in_place_or_office(scan, run) else run
    if word not in SIGNED:
        return None
    start = at + 1
    while (
        start < len(scan.words)
        and start - at < 4
        and scan.words[start]
        in ("y", "apellidos", "completo", "por", "el", "la", "cognoms", "de", "d", "don", "dona", "dª", "name")
    ):
        start += 1
    if start >= len(scan.words):
        return None
    between = scan.text[scan.ends[at] : scan.starts[start]]
    if len(between) > 24 or ";" in between or "]" in between or any(map(str.isdigit, between)):
        return None
    sure = word in (
        "fdo",
        "firmado",
        "signat",
        "asinado",
        "assinado",
        "signed",
        "signe",
        "firmato",
        "sinatua",
        "firmante",
    )
    if not sure and ":" not in between:
        return None
    if word in ("nombre", "nom", "nome", "name", "titular", "contacto", "atencion") and not scan.given(start):
        return None
    if word in ("firmado", "signed", "signe") and not (
        set(between) & set(":.\n") or "por" in between.split() or "by" in between.split()
    ):
        sure = False
    if scan.known(start) or (sure and scan.capital(start) and scan.words[start] not in NEVER):
        return _with_given(scan, scan.run(start))
    return None


def _with_given(scan: Scan, run: Run) -> Run:
    """`García Ruiz, Ana`: surnames first."""
    at = run.last
    if run.given == 0 and at < len(scan.words) and scan.gap(at - 1).strip() == "," and scan.given(at):
        return Run(run.first, scan.run(at).last, 1, run.surnames)
    return run


def _greeted(scan: Scan, at: int) -> Run | None:
    """`Hola Carmen,`, `Estimado señor Ruiz`, `Buenos días, Antonio`."""
    word = scan.words[at]
    if word not in GREETINGS:
        return None
    start = at + 1
    if word == "buenas" or (
        start < len(scan.words) and scan.words[start] in ("dias", "tardes", "noches", "amigo", "amiga")
    ):
        start += 1
    if start < len(scan.words) and scan.words[start] in TITLES and scan.words[start] not in FIRST:
        start += 1
    if start >= len(scan.words) or not _near(scan, at, start) or not scan.known(start):
        return None
    if scan.words[start] in ORDINARY and not scan.ends_clause(start):
        return None
    run = scan.run(start)
    return None if is_public(scan, run) or (run.given == 0 and scan.words[start] in ORDINARY) else run


def _closed(scan: Scan, at: int) -> Run | None:
    """`Atentamente, Julio Romero`, `Un saludo Jose Luis Jimenez`, `gracias. Ana`."""
    if scan.words[at] not in CLOSINGS:
        return None
    start = at + 1
    while start < len(scan.words) and start - at < 9 and scan.words[start] in _FILLERS:
        start += 1
    if start >= len(scan.words) or (
        scan.words[at] in ("gracias", "gracies", "merci", "thanks", "grazie")
        and scan.words[at + 1] in ("a", "al", "la")
    ):
        return None
    between = scan.text[scan.ends[start - 1] : scan.starts[start]]
    if len(between) > 24 or any(map(str.isalnum, between)) or set(between) & set("[(@#&/"):
        return None
    last = scan.words[start - 1]
    if last in ("a", "de", "la", "el", "por") and start - 1 > at and between == " ":
        return None
    run = scan.run(start) if scan.known(start) or scan.capital(start) else None
    if run is None or scan.words[start] in NEVER:
        return None
    if scan.words[start] in TITLES and start + 1 < len(scan.words) and scan.known(start + 1):
        run = scan.run(start + 1)
    at_end = run.last >= len(scan.words) or "\n" in scan.gap(run.last - 1)
    if scan.given(start):
        sure = scan.words[start] not in ORDINARY or at_end or run.surnames
        return run if sure and not is_public(scan, run) else None
    if scan.known(start) and (at_end or run.last - run.first > 1) and scan.words[start] not in OFFICES:
        return _with_given(scan, run)
    shaped = all(scan.capital(number) for number in range(run.first, run.last)) and 1 <= run.last - run.first <= 4
    rare = scan.words[start] not in ORDINARY and not in_place_or_office(scan, run) and len(scan.words[start]) > 2
    return run if at_end and shaped and rare and _no_word(scan, run) else None


def _no_word(scan: Scan, run: Run) -> bool:
    """Return True for words of which none is of an office or a place."""
    return not any(word in NO_SURNAME for word in scan.words[run.first : run.last])


def _titled(scan: Scan, at: int) -> Run | None:
    """`la señora García`, `doña Pilar`, `el doctor Ruiz`; `Doctor Esquerdo` without an article is a street."""
    word = scan.words[at]
    if word == "d" and at > 0 and len(scan.words[at - 1]) == 1:
        return None
    if word not in TITLES or word == "andrea" or (at > 0 and scan.words[at - 1] in _HOLY):
        return None
    start = at + 1
    while start < len(scan.words) and scan.words[start] in _TITLES and start - at < 3:
        start += 1
    if (
        word == "frau"
        or start >= len(scan.words)
        or scan.gap(start - 1) not in (" ", ". ", ".", ".ª ", "ª ", ".ª. ", "  ", "/a ", "ª. ", "/a. ")
    ):
        return None
    if not (
        scan.known(start) or (scan.capital(start) and scan.words[start] not in NEVER and len(scan.words[start]) > 2)
    ):
        return None
    if (
        (len(word) > 4 and "." in scan.gap(start - 1))
        or scan.words[start] == "jesus"
        or len(set(scan.words[start])) == 1
    ):
        return None
    if word == "dona" and "ñ" not in scan.text[scan.starts[at] : scan.ends[at]].lower() and not scan.given(start):
        return None
    run = scan.run(start)
    article = at > 0 and scan.words[at - 1] in (
        "el",
        "la",
        "al",
        "del",
        "los",
        "las",
        "un",
        "una",
        "senor",
        "senora",
        "sr",
        "sra",
        "y",
        "a",
        "l",
        "o",
        "the",
    )
    if word in ("doctor", "doctora", "dr", "dra") and scan.capital(at) and not article:
        return None
    if word in ("sr", "sra", "senor", "senora", "senores") and scan.words[start] in OFFICES:
        return None
    if word in ("seno", "dna", "dn") and not scan.known(start):
        return None
    if not scan.known(start) and word not in (
        "sr",
        "sra",
        "senor",
        "senora",
        "don",
        "dona",
        "mrs",
        "ms",
        "herr",
        "senhor",
        "senhora",
        "senyor",
        "senyora",
        "srta",
    ):
        return None
    return None if is_public(scan, run) or in_place_or_office(scan, Run(at, run.last, run.given, run.surnames)) else run


def _related(scan: Scan, at: int) -> Run | None:
    """`mi vecino Antonio Ruiz`, `su hija (Lucía)`, `la presidenta de la comunidad, Rosa Molina`."""
    word = scan.words[at]
    if word not in RELATIVES or (word in ("senora", "padre", "madre") and at > 0 and scan.words[at - 1] in SAINTS):
        return None
    if word in ("tio", "tia") and at > 0 and scan.words[at - 1] not in ("mi", "su", "tu"):
        return None
    if word in (
        "padre",
        "madre",
        "tio",
        "tia",
        "maestro",
        "maestra",
        "profesor",
        "nino",
        "hermano",
        "hermana",
        "prima",
        "primo",
    ) and not _owned(scan, at):
        return None
    chair = word in OFFICES
    for start in range(at + 1, min(at + 8, len(scan.words))):
        gap = scan.gap(start - 1)
        if any(sign in gap for sign in ".;!?\n]@") and gap not in (". ", "."):
            return None
        if scan.words[start] in PRIVATE_CHAIR:
            chair = False
            continue
        if chair and scan.words[start] not in ("de", "la", "del", "mi", "nuestra", "el", "los", "las"):
            return None
        if scan.given(start) or (
            start == at + 1 and scan.known(start) and scan.capital(start) and scan.words[start] not in ORDINARY
        ):
            run = scan.run(start)
            near = start - at <= 2 or scan.capital(start)
            if scan.words[start] in ORDINARY and not (scan.capital(start) and (run.surnames or start == at + 1)):
                return None
            if scan.words[start - 1] in SAINTS or scan.words[start] == "jesus":
                return None
            if (
                scan.words[start - 1] in ("las", "los", "la", "el", "del")
                and start - at > 1
                and scan.words[at] not in ("hijo", "hija", "madre", "padre", "filla", "fill", "mare", "pare")
            ):
                return None
            if scan.words[start - 1] == "de" and word in (
                "vecino",
                "vecina",
                "vecinos",
                "vecinas",
                "veina",
                "vei",
                "vicino",
                "bizilaguna",
            ):
                return None
            taken = is_public(scan, run) or in_place_or_office(scan, run, relative=True)
            return run if near and not taken else None
        if scan.words[start] not in _BETWEEN or (
            gap.strip() in ("(", ",") and scan.words[start] not in ("don", "dona", "d", "que")
        ):
            return None
    return None


_BETWEEN = frozenset(
    "de del la el los las mi su tu arriba abajo lado enfrente al tercero segundo primero cuarto "
    "quinto sexto bajo atico izquierda derecha que se llama llamado llamada don dona piso puerta "
    "escalera comunidad vecinos propietarios "
    "junta finca bloque portal ampa asociacion nuestra nuestro mayor pequeno pequena y un una "
    "vecino vecina dels del meu meva la en llamo named called is name the upstairs downstairs "
    "from".split()
)


def _in_full(scan: Scan, at: int) -> tuple[Run | None, int]:
    """A full name without a word that announces it; also a given name of which something is told."""
    run = scan.run(at, unknown=False)
    wide = scan.run(at)
    step = max(run.last, at + 1)
    if at > 0 and scan.words[at - 1] in SAINTS and scan.gap(at - 1).strip() in ("", "."):
        return None, step
    if (
        at > 0
        and scan.joined(at - 1)
        and scan.words[at - 1] in LAST
        and scan.known(at - 1)
        and (scan.capital(at - 1) or scan.shouted)
    ):
        return None, step  # `Méndez Álvaro`, a list of surnames
    told = said_of_somebody(scan, wide)
    if run.surnames == 0:
        if wide.last > run.last and told and scan.capital(at):
            run = wide
        elif (
            not told
            or scan.words[at] in ORDINARY
            or not scan.capital(at)
            or (at > 0 and scan.words[at - 1] in ("el", "la", "a", "de", "en"))
        ):
            return None, step
    if not scan.capital(at) and any(scan.words[n] in ORDINARY for n in range(run.first, run.last)):
        return None, step
    if scan.words[at] in ORDINARY and all(
        word in ORDINARY or word not in LAST for word in scan.words[at + 1 : run.last]
    ):
        return None, step
    if not told and performs(scan, at):
        return None, max(wide.last, step)
    if is_public(scan, run) or is_public(scan, wide) or in_place_or_office(scan, run, told=told):
        return None, max(wide.last, step)
    if not told and bare(scan, run) in BARE_STREETS:
        return None, step
    return wide if scan.capital(at) else run, step


def _and_another(scan: Scan, run: Run) -> Iterator[Run]:
    """`Ana y Luis`, `Ana López, Luis Ruiz y Eva`: the others of a list."""
    at = run.last
    while at + 1 < len(scan.words) and at - run.last < 12:
        gap = scan.gap(at - 1)
        if scan.words[at] in ("y", "e", "i", "eta", "and", "et") and gap == " " and scan.gap(at) == " ":
            at += 1
        elif gap != ", ":
            return
        if not scan.given(at) or scan.words[at] in ORDINARY:
            return
        other = scan.run(at)
        if is_public(scan, other) or in_place_or_office(scan, other):
            return
        yield other
        at = other.last


def _signature(scan: Scan) -> Iterator[Run]:
    """A last line, or a last sentence, that is nothing but a name."""
    last = len(scan.words)
    if last < 4 or scan.text[scan.ends[-1] :].strip(" .\n\t!-–)*\"'»❤👍🙏😊") != "":
        return
    first = last
    while first > 0 and last - first < 6 and (first == last or scan.joined(first - 1)):
        first -= 1
    if first == 0 or scan.joined(first - 1):
        return
    before = scan.gap(first - 1)
    run = scan.run(first)
    if (
        run.last != last
        or not any(sign in before for sign in "\n.!?-–")
        or not scan.given(first)
        or "[" in before
        or any(map(str.isdigit, before))
    ):
        return
    short = first > 0 and before.strip() == "." and len(scan.words[first - 1]) <= 4
    if in_place_or_office(scan, run, told=True) or short:
        return
    sure = run.surnames > 0 or ("\n" in before or "." in before or "!" in before)
    if (
        sure
        and scan.words[first] not in _NO_NAME
        and not is_public(scan, run)
        and (scan.capital(first) or run.surnames or "\n" in before)
    ):
        yield run


_RULES: tuple[Callable[[Scan, int], Run | None], ...] = (_own, _signed, _closed, _greeted, _related, _titled)
