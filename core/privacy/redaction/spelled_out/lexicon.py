"""List the words used in Spain to dictate numbers and letters."""

from core.privacy.redaction.words import word_set

UNITS = {
    word: value
    for value, words in enumerate(
        "cero zero|uno un una ú u um one bat|dos dues dous duas dois two bi|tres tre three hiru|cuatro quatre catro quatro four lau"
        "|cinco cinc five bost|seis sis six sei|siete set sete seven zazpi|ocho vuit huit oito eight zortzi"
        "|nueve nou nove nine bederatzi|diez deu dez ten hamar|once onze eleven|doce dotze doze twelve|trece tretze treze"
        "|catorce catorze|quince quinze|dieciseis dieciséis setze dezaseis dezasseis|diecisiete disset dezasete|dieciocho divuit dezaoito"
        "|diecinueve dinou dezanove|hogei|veintiuno veintiún veintiun|veintidos veintidós|veintitres veintitrés|veinticuatro"
        "|veinticinco|veintiseis veintiséis|veintisiete|veintiocho|veintinueve".split("|")
    )
    for word in words.split()
}
TENS = {
    word: 10 * (place + 2)
    for place, words in enumerate(
        "veinte vint vinte twenty|treinta trenta trinta thirty|cuarenta quaranta corenta quarenta forty|cincuenta cinquanta cinquenta fifty"
        "|sesenta seixanta sixty|setenta setanta seventy|ochenta vuitanta huitanta oitenta eighty|noventa noranta ninety".split("|")
    )
    for word in words.split()
}
HUNDREDS = {
    word: 100 * (place + 1)
    for place, words in enumerate(
        "cien ciento cent cento|doscientos doscientas|trescientos trescientas|cuatrocientos cuatrocientas|quinientos quinientas"
        "|seiscientos seiscientas|setecientos setecientas|ochocientos ochocientas|novecientos novecientas".split("|")
    )
    for word in words.split()
}
THOUSAND = frozenset(("mil",))
LETTERS = {
    word: letter
    for letter, words in {
        "B": "be bé",
        "C": "ce cé",
        "D": "de",
        "E": "",
        "F": "efe efa",
        "G": "ge gé",
        "H": "hache hac",
        "J": "jota",
        "K": "ka ca",
        "L": "ele ela",
        "M": "eme ema",
        "N": "ene ena",
        "P": "pe pé",
        "Q": "cu",
        "R": "erre ere erra",
        "S": "ese essa",
        "T": "te té",
        "V": "uve ve",
        "X": "equis xeix ics",
        "Y": "ye",
        "Z": "zeta ceta zeda",
    }.items()
    for word in words.split()
}
SEPARATORS = word_set("spelled_out.lexicon", "separators")
