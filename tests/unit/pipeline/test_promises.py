"""A promised date that has passed is found in the words of an answer; a date that is told as past is none."""

from datetime import date

import pytest

from pipeline.casework.answering.promises import passed_promise

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Gracias. La farola se reparará antes del 3 de noviembre.", "3 de noviembre"),
        ("La farola quedará reparada el 03/11/2026.", "03/11/2026"),
        ("El bache será reparado el lunes 2 de noviembre de 2026.", "2 de noviembre de 2026"),
        ("Recibirá respuesta hasta el 30 de noviembre", "30 de noviembre"),
        ("El 3 de noviembre se reparará la farola.", "3 de noviembre"),
        ("Antes del 3 de noviembre, quedará arreglada.", "3 de noviembre"),
        ("Van a arreglarlo antes del 3 de noviembre de 2026.", "3 de noviembre de 2026"),
        ("Vamos a reparar la farola el 3-11-2026", "3-11-2026"),
        ("El fanal es repararà abans del 3 de novembre.", "3 de novembre"),
        ("Rebrà resposta abans del 20 d'octubre.", "20 d'octubre"),
        ("We will repair it by 3 November 2026.", "3 November 2026"),
        ("It will be repaired before 3 November.", "3 November"),
    ],
)
def test_a_promise_of_a_past_day_is_found(text: str, said: str) -> None:
    assert passed_promise(text, TODAY) == said


@pytest.mark.parametrize(
    "text",
    [
        "La farola se reparará antes del 3 de diciembre.",
        "La farola se reparará antes del 1 de diciembre.",
        "Se reparará antes del 15 de enero.",
        "Se reparará antes del 31 de febrero.",
        "La farola se reparó el 3 de noviembre.",
        "La farola quedó reparada el 03/11/2026. Gracias; seguiremos atentos.",
        "Se reparará la farola que se averió el 3 de noviembre.",
        "Se revisará la avería comunicada el 3 de noviembre.",
        "Se atenderán las solicitudes presentadas antes del 3 de noviembre.",
        "Se pagará la factura del 3 de noviembre.",
        "Desde el 3 de noviembre se revisará cada semana.",
        "El aviso del 3 de noviembre se atenderá esta semana.",
        "Como le dijimos el 3 de noviembre, la farola se reparará pronto.",
        "Esperemos que todo fuera bien el 3 de noviembre.",
        "La calle reabrió antes del 3 de noviembre.",
        "Van reparar el fanal el 3 de novembre.",
        "We repaired it on 3 November 2026.",
        "We will look at what you sent on 3 November.",
        "We will answer your letter received on 3 November.",
    ],
)
def test_what_is_told_as_past_or_is_still_to_come_passes(text: str) -> None:
    assert passed_promise(text, TODAY) is None


def test_without_a_year_the_nearest_day_is_meant() -> None:
    assert passed_promise("Se reparará antes del 20 de diciembre.", date(2027, 1, 10)) == "20 de diciembre"
