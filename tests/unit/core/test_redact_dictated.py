"""Numbers that are dictated go, whatever they are; names in apposition go; counts, years and public names stay."""

import pytest

from core.privacy.redaction.text import redact

GOES = {
    "mi matrícula: 1 2 0 4 jota be ele": "mi matrícula: [number]",
    "la cuenta es ES91 guion 2100 guion 0418 guion 4502000513 guion 32": "la cuenta es [number]",
    "mi DNI, uno dos tres cuatro cinco seis siete ocho zeta": "mi DNI, [number]",
    "truca al sis-dos-dos trenta-u quaranta-dos norantanou": "truca al sis-dos-dos trenta-u quaranta-dos norantanou",
    "truca al sis-dos-dos trenta-u quaranta-dos noranta": "truca al [number]",
    "la tarjeta 4111 uno uno dos tres 1111 1111": "la tarjeta [number]",
    "mi IP es 83 punto 45 punto 112 punto 9": "mi IP es [number]",
    "nací el tres del once del cincuenta y ocho": "nací el [number]",
    "Calle Mayor 5, sótano derecha": "Calle Mayor 5",
    "El del quiosco de la plaza, Fermín, cierra pronto": "El del quiosco de la plaza, [name], cierra pronto",
    "La monitora de la piscina municipal, Nerea Ridaura, es un sol": "La monitora de la piscina municipal, [name], es un sol",
    "me llamo ana pizarro cuenca y quiero una cita": "me llamo [name] y quiero una cita",
    "Me llamo Siobhán O'Hara desde siempre": "Me llamo [name] desde siempre",
    "se apellida Lizarraga o Lizarralde": "se apellida [name]",
    "quedamos en casa de los Arizmendi": "quedamos en casa de los [name]",
}
STAYS = [
    "en dos mil veinticuatro, dos mil veinticinco y dos mil veintiséis",
    "uno dos tres cuatro cinco seis siete ocho nueve y diez",
    "las líneas seis, siete, nueve y doce",
    "expediente 0088127/24",
    "Jorge Oteizaren eskultura",
    "la esquina de la calle Goya, Fermín Caballero y otras",
]


@pytest.mark.parametrize(("text", "hidden"), GOES.items())
def test_it_goes_and_stays_gone(text: str, hidden: str) -> None:
    assert redact(text) == hidden
    assert redact(hidden) == hidden


@pytest.mark.parametrize("text", STAYS)
def test_it_stays(text: str) -> None:
    assert redact(text) == text
