"""Texts about a person's health, a minor or violence are found; what only looks like one is not."""

import json
from pathlib import Path

import pytest

from core.privacy.sensitive import sensitive_kinds, withheld

GOLD = Path(__file__).parents[2] / "gold" / "sensitive.jsonl"
ROWS = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


def test_of_the_labelled_sentences_nine_in_ten_are_found_and_one_in_twenty_wrongly() -> None:
    """The half that was never read: 35 that speak of somebody, 37 look-alikes."""
    unread = [row for row in ROWS if row["half"] == "measure"]
    said = [row for row in unread if row["sensitive"]]
    alike = [row for row in unread if not row["sensitive"]]
    assert (len(said), len(alike)) == (35, 37)
    assert sum(bool(sensitive_kinds(row["text"])) for row in said) >= 0.9 * len(said)
    assert sum(bool(sensitive_kinds(row["text"])) for row in alike) <= 0.05 * len(alike)
    assert sum(row["sensitive"] for row in ROWS) >= 60
    assert sum(not row["sensitive"] for row in ROWS) >= 60


@pytest.mark.parametrize("row", [row for row in ROWS if row["half"] == "tune"], ids=lambda row: row["id"])
def test_the_sentences_that_the_rules_were_made_of_are_told_apart(row: dict[str, object]) -> None:
    assert bool(sensitive_kinds(str(row["text"]))) is row["sensitive"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Mi hija [name], de 6 años con esquizofrenia, no tiene plaza", ("health", "minors")),
        ("MI MARIDO ME PEGA", ("violence",)),
        ("Sigue la fuga.\nMi madre tiene alzhéimer y se ha perdido", ("health",)),
        ("La menor fue abusada por el monitor del campamento", ("violence",)),
        ("Un chaval de 14 fue agredido por tres en el metro", ("violence",)),
        ("La cría del primero, 5 años, va con moratones", ("minors",)),
        ("A mi pequeña le han diagnosticado TDAH", ("health",)),
        ("El peque tiene alergia grave", ("health",)),
        ("el nene tiene 3 años y sangraba por la nariz", ("minors",)),
        ("Estoy en tratamiento psiquiátrico", ("health",)),
        ("Mi hijo autista no tiene monitor en el comedor", ("health",)),
        ("Mi padre toma insulina y la farmacia está cerrada", ("health",)),
        ("Mi hija está ingresada en el 12 de Octubre", ("health",)),
        ("Mi mujer abortó en ese hospital", ("health",)),
        ("Mi ex me sigue hasta el portal y me amenaza", ("violence",)),
        ("Me robaron con una navaja en la plaza", ("violence",)),
        ("La rampa para sillas de ruedas está rota", ()),
        ("Mi mujer tuvo un aborto", ("health",)),
        ("A miña filla de 5 anos ten asma", ("health", "minors")),
        ("Nire semeak 6 urte ditu eta autista da", ("health", "minors")),
        ("El pequeño comercio del barrio tiene 5 años de ayudas", ()),
        ("Fue agredida la estatua del parque", ()),
        ("Hay 3 anos de obras na rúa", ()),
        ("El parque infantil está junto al centro de salud", ()),
        ("Mi hijo tiene 34 años y vive en casa", ()),
        ("Me han violado en el parque y nadie hace nada", ("violence",)),
        ("A mi vecina su marido le pega todas las noches", ("violence",)),
        ("Amenazó con matarme si llamaba a la policía", ("violence",)),
        ("Un chaval navajeó a otro en la plaza", ("violence",)),
        ("Mi nene de tres añitos se cayó del tobogán", ("minors",)),
        ("El meu veí pega a la seva dona", ("violence",)),
        ("A man punched me at the bus stop", ("violence",)),
        ("My daughter, 7, was hit by a scooter", ("minors",)),
        ("My autistic son ran into the road", ("health",)),
        ("My seven-year-old son waits for the night bus", ("minors",)),
        ("Mi hijo de treinta años no encuentra piso", ()),
        ("Han pegado carteles en la farola", ()),
        ("Ese edificio no le pega al barrio", ()),
        ("Mi hija, 34 años, vive en casa", ()),
    ],
)
def test_each_kind_is_named(text: str, kinds: tuple[str, ...]) -> None:
    assert sensitive_kinds(text) == kinds


def test_what_a_person_said_counts_and_without_a_label_the_text() -> None:
    text = "Mi hija [name], de 6 años con esquizofrenia"
    assert withheld(None, text)
    assert withheld(True, "Una farola rota")
    assert not withheld(False, text)
