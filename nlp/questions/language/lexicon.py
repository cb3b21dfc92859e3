"""List function words and spellings that identify a language.

They decide where letter statistics hesitate: `unha` is Galician, `uma` Portuguese. A word is listed under every language that has it,
so that what two neighbours share counts for both against the others.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

FUNCTION_WORDS = {
    "es": """el los las y una unos unas con por para esta está muy pero hay yo mi mis qué más lo del le les se te nos han ha he sido soy
        eres es son era fue hoy ayer mañana ahora aquí así cómo cuando donde porque también bien bueno gracias hola jajaja xq q hasta desde
        otra otro otros otras todo todos toda nada nadie siempre ya esto eso ese esa estos vaya pues según sin sobre tras hacer tengo tiene
        quiero puede ser estar vamos día""",
    "en": """the and is to of you for with this that my it are was have has not just what when so be on at we they he she his her your
        i'm it's don't can can't do does did will would there their been from if out about up now get got how who all me like love""",
    "ca": """amb és els perquè però aquest aquesta aquests aquestes això què dels als molt molta avui tinc són més quan l'ajuntament
        gràcies només també està estan hi ha ho fins una uns unes del al pel pels per si els carrer demà ahir ningú cap encara sempre
        tot tots tota fer fa vull puc pot ara aquí allà jo meu meva seu seva nostre nostra on com doncs ser les la el i o en de""",
    "gl": """unha unhas dun dunha duns nun nunha nuns non máis moito moita moitos moi hai xa xente ata polo pola polos polas ao aos á ás
        coa co cos coas súa súas túa miña meu seu onde cando ninguén ningún ningunha tamén despois aínda agora hoxe mañá onte é está están
        ten teñen teño fai facer pode poden ser foi era eu ti vós nós iso isto este esta esa que do da dos das no na nos nas os as o a e
        ou se se cada todo todos todas nada outro outra outros outras grazas rúa concello veciños veciñanza posíbel posible""",
    "eu": """eta da ez dago dute dira duela bat oso baina egin ditu du zen ziren dut dugu izan hau hori hauek horiek ere bai gure zure nire
        zer nor nola non noiz asko gehiago guztiak dena eskerrik asko kaixo egun gaur bihar atzo behar dela dituzte daude zuen edo""",
    "pt": """não nao uma um em com muito mto mt hoje amanhã ontem você vc vcs eu meu minha meus minhas isso isto essa esse ele ela eles
        foi só já nem até tá ta to tô pra pro pros sou são está estou tem tenho vou vai mais que por para na no nas nos da do das dos ao
        aos à às os as o a e ou se me te lhe bom boa gente quando onde quem também agora aqui ainda fazer ser estar tudo nada ninguém
        porque pq kkk kkkk kkkkk obrigado obrigada rua dia
        é este esta aquele aquela pode podem vai vão vao deixa deixar td n mundo gosta gosto cara ai linda lindo amei saiu cadê vez dele
        dela né
        mano menina saudade depois antes mesmo nunca sempre bem mal que""",
    "fr": """est les une des pas je c'est qui avec pour sur dans ça être mais très et au aux du ne le la de un en il elle on nous vous
        j'ai t'es moi toi lui plus tout tous fait faire bien sont ce cette ces mon ma mes son sa ses ton ta quand comme si ou où par
        même rien aussi encore jamais jour d'un qu'il n'est""",
    "it": """che non è di il gli della nella per con una un sono ma anche più perché questo questa ho hai ha oggi grazie ciao cosa c'è
        dell' nel del dei delle alla al le la lo i e o mi ti si ci vi se come quando dove chi tutto tutti sempre mai solo fare essere
        stato bene molto poi ora ancora quello quella io tu lui lei noi voi suo sua mio mia da dal su amore notte buongiorno buonanotte""",
    "de": """ich und der die das nicht ist ein eine einen auf mit für von zu auch wie wenn noch aber heute mal nur schon immer wieder bei
        zum zur im in es so man wir ihr sie er mir mich dir dich uns den dem des sich hat habe haben bin sind war wird werden kann mein
        meine dein alle was wer wo warum da doch ja nein jetzt hier mehr als oder an um nach vor aus über morgen gut kein keine""",
}
"""By language, function words and greetings, as people write them in posts."""
SPELLINGS = {
    "es": r"(?<!\w)\w+ción(?:es)?\b|(?<!\w)\w*ñ\w*|[¿¡]",
    "ca": r"(?<!\w)\w*l·l\w*|\b[ldsn]'\w+|(?<!\w)\w+ció\b|(?<!\w)\w+cions\b|(?<!\w)\w*ny\b|(?<!\w)\w+[àèò]\w*",
    "gl": r"(?<!\w)\w+cións?\b|(?<!\w)\w*[ñ]\w*|\bx[aeiou]\w+|(?<!\w)\w+íbel\b|(?<!\w)\w+ábel\b|(?<!\w)\w+eiro?s?\b",
    "eu": r"(?<!\w)\w*t[xz]\w+|(?<!\w)\w+ak\b|(?<!\w)\w+tzen\b|(?<!\w)\w+aren\b|(?<!\w)\w+etan\b|(?<!\w)\w+rekin\b",
    "pt": r"(?<!\w)\w*[ãõ]\w*|(?<!\w)\w+ç[ãõ]\w*|(?<!\w)\w*[nl]h[aeo]\w*|\bk{3,}\b",
    "fr": r"\b[cdjlmnst]['’]\w+|(?<!\w)\w+eux\b|(?<!\w)\w*œ\w*|(?<!\w)\w+ée?s?\b|(?<!\w)\w*[êîâû]\w*",
    "it": r"\b(?:dell|nell|all|un|l|c|quest)['’]\w+|(?<!\w)\w+zion[ei]\b|(?<!\w)\w+[àèìòù]\b|(?<!\w)\w+ggi\w*|(?<!\w)\w+issim[oaie]\b",
    "de": r"(?<!\w)\w*[äöüß]\w*|(?<!\w)\w*sch\w*|(?<!\w)\w+ung(?:en)?\b|(?<!\w)\w+icht\w*|(?<!\w)\w*ck\w+",
}
"""By language, letters and endings. An ending is matched from the beginning of a word only: linear time."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]*)?")
_LETTERS = re.compile(r"[^\W\d_]+")
_STRANGE = re.compile("[^a-zªºßàáâãäæçèéêëìíîïñòóôõöùúûüÿœ·]")
"""A letter of a word in lower case that none of the nine languages has."""


def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, words in FUNCTION_WORDS.items():
        for word in dict.fromkeys(words.split()):
            found[word] = (*found.get(word, ()), code)
    return found


_LANGUAGES = _index()
_PATTERNS = tuple((code, re.compile(pattern)) for code, pattern in SPELLINGS.items())
_CHUNK = re.compile(r"[\w'’·]+|[¿¡]")
"""No word and no ending crosses a chunk, so that each chunk is matched alone, and common ones are cached."""
_LONGEST = 40
"""Maximum characters of a cached chunk."""
_KEPT = 32_768

Evidence = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


def language_evidence(text: str) -> dict[str, float]:
    """Count the different words that indicate each language.

    A small word counts one, letters and endings half.
    """
    found = dict.fromkeys(FUNCTION_WORDS, 0.0)
    words: set[str] = set()
    endings: set[tuple[str, str]] = set()
    for chunk in set(_CHUNK.findall(text.lower())):
        small, ended = _cached_evidence(chunk) if len(chunk) <= _LONGEST else _evidence(chunk)
        words.update(small)
        endings.update(ended)
    for word in words:
        for code in _LANGUAGES[word]:
            found[code] += 1
    for code, _ in endings:
        found[code] += 0.5
    return found


class WordCount(NamedTuple):
    """Hold how many words a text has, at least one."""

    all: int
    strange: int
    """With a letter that none of the nine languages has."""


def count_words(text: str) -> WordCount:
    """Count the words of a text, and those with strange letters.

    >>> count_words("Gunoiul de pe Calle Alcalá nu a fost ridicat de o săptămână")
    WordCount(all=12, strange=1)
    """
    words = _LETTERS.findall(unicodedata.normalize("NFC", text.lower()))
    return WordCount(max(1, len(words)), sum(_STRANGE.search(word) is not None for word in words))


def _evidence(chunk: str) -> Evidence:
    """Find the small words of a chunk, and its endings by language."""
    small = tuple(word for word in _WORD.findall(chunk) if word in _LANGUAGES)
    return small, tuple((code, ending) for code, pattern in _PATTERNS for ending in pattern.findall(chunk))


_cached_evidence = lru_cache(maxsize=_KEPT)(_evidence)
