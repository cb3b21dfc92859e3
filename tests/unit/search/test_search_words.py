"""Search what citizens wrote with what staff type, on every engine."""

import pytest

from search import queries
from search.analysis.terms import terms
from search.connection.engine import Engine
from search.index import writer
from search.queries.words import highlight
from tests.support.made_facts import NOON, post

pytest_plugins = ("tests.support.engines",)

TEXTS = {
    "a": ("es", "Qué asco de barrio, ni un contenedor vacío #BasuraCero"),
    "b": ("es", "Atasco en la M-30 a la altura de Ventas"),
    "c": ("es", "El autobús 27 no pasa desde las nueve"),
    "d": ("es", "Nunca limpian la calle, y las farolas siguen fundidas"),
    "e": ("ca", "Els contenidors del carrer són plens de brossa"),
    "f": ("gl", "As beirarrúas da rúa do Príncipe están cheas de lixo"),
    "g": ("eu", "Zarata handia gauez, ezin dugu lorik egin"),
    "h": ("en", "The bins on our street are overflowing, and the noise at night is unbearable"),
    "i": ("es", "Coches en el paso de cebra de la avda. de América, ni un policía"),
    "j": ("pt", "O lixo fica na rua e ninguém limpa"),
    "k": ("fr", "Le bruit des bars toute la nuit, et les poubelles débordent"),
    "l": ("it", "Rumore e rifiuti sotto casa"),
    "m": ("de", "Der Müll liegt seit Wochen auf der Straße, dazu der Lärm"),
    "n": (None, "Sin idioma: los ruidos de la autopista m30"),
}
QUERIES = {
    "basura": "aefjklm",  # a hashtag's parts, and every language's word
    "M30": "bn",
    "bus": "c",
    "limpieza": "dj",
    "contenedores": "aeh",
    "ruido": "ghklmn",
    "farola": "d",
    '"paso de peatones"': "i",
    "avenida América": "i",
    "policías": "i",
    "basura -contenedor": "fjklm",
    "limpiar | atascos": "bdj",
    "autobús OR cebra": "ci",
    "beirarruas": "f",
    "strasse": "m",
    "conten*": "aeh",
    "la basura de la calle": "",
}
"""A search, and the posts that it finds."""


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Fill an engine with the texts above."""
    posts = [post(one, text=text, language=language) for one, (language, text) in TEXTS.items()]
    writer.write(engine, posts, [])
    writer.refresh(engine)
    return engine


def test_a_search_finds_the_same_posts_on_every_engine(filled: Engine) -> None:
    found = {words: "".join(sorted(queries.search_posts(filled, words, {}).ids)) for words in QUERIES}
    assert found == QUERIES


def test_a_filter_by_language_needs_no_words_of_that_language(filled: Engine) -> None:
    assert queries.search_posts(filled, "basura", {"language": "ca"}).ids == ("e",)
    assert set(queries.search_posts(filled, "basura", {"language": ["ca", "gl"]}).ids) == {"e", "f"}


def test_what_was_found_is_marked_in_the_text() -> None:
    text = TEXTS["c"][1]
    assert [text[start:end] for start, end in highlight(text, "es", "bus 27")] == ["autobús", "27"]
    hashtag = TEXTS["a"][1]
    assert [hashtag[start:end] for start, end in highlight(hashtag, "es", "basuras")] == ["Basura"]
    crossing = TEXTS["i"][1]
    assert [crossing[start:end] for start, end in highlight(crossing, "es", "peat* | paso de peatones")] == ["paso de cebra"]


def test_facets_count_every_value_whatever_is_chosen_of_them(engine: Engine) -> None:
    rows = [("a", "noise", True), ("b", "noise", False), ("c", "waste_cleaning", True), ("d", "waste_cleaning", True)]
    writer.write(engine, [post(one, topic=topic, actionable=acts, text="ruido") for one, topic, acts in rows], [])
    writer.refresh(engine)
    hits = queries.search_posts(engine, "ruido", {"topic": "noise", "actionable": True}, facets=["topic", "actionable"], order="newest")
    assert (hits.ids, hits.total) == (("a",), 1)
    assert hits.facets == {"topic": {"waste_cleaning": 2, "noise": 1}, "actionable": {"false": 1, "true": 1}}
    with pytest.raises(ValueError, match="unknown facet text"):
        queries.search_posts(engine, "", {}, facets=["text"])


@pytest.mark.parametrize("order", ["best", "newest", "oldest"])
def test_pages_follow_each_other_without_a_gap_or_a_repeat(order: queries.Order, engine: Engine) -> None:
    made = [post(f"p{n:02}", text="ruido " * (n % 3 + 1), created_at=NOON.replace(minute=n // 2)) for n in range(20)]
    writer.write(engine, made, [])
    writer.refresh(engine)
    seen: list[str] = []
    after: str | None = None
    for _ in range(9):
        hits = queries.search_posts(engine, "ruido", {}, limit=6, order=order, after=after)
        seen += hits.ids
        after = hits.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 20
    if order != "best":
        assert seen == sorted(seen, key=lambda one: (int(one[1:]) // 2 * (1 if order == "oldest" else -1), one))


@pytest.mark.parametrize("after", ["x", "{}", "[1]", '[{"a": 1}, "b"]', '["1", "b"]', "[" * 9999])
def test_a_wrong_place_to_go_on_is_an_error_of_ours(after: str, engine: Engine) -> None:
    with pytest.raises(ValueError, match="not the end of a page"):
        queries.search_posts(engine, "", {}, after=after)


def test_a_posts_terms_are_its_words_by_its_own_language() -> None:
    assert terms("Els contenidors del carrer", "ca") == "=contenedor ca:carr"
    assert terms("El cubo de basura roto", "es") == "=contenedor es:cub =basura es:rot"
    assert terms("#StopRuido en la M 30, no a 30 km", None) == "es:stop =ruido es:stopru es:m30 es:30 es:km"
