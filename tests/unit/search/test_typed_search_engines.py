"""A typed search on every engine: it finds what its fields and words name, and no text breaks the engine's own syntax."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.periods import window_of
from search import queries
from search.connection.engine import Engine
from search.index import writer
from search.queries import POSTS, TypedSearchError, Vocabulary, read_typed
from search.queries.typed.fields import CLOSED
from tests.support.made_facts import NOON, post

pytest_plugins = ("tests.support.engines",)

SEEN = {"district": ("Usera", "Centro"), "source": ("x", "archive"), "language": ("es",)}
KNOWN = Vocabulary("es", POSTS, {name: tuple(CLOSED.get(name) or SEEN.get(name, ())) for name in POSTS})


def found(engine: Engine, text: str) -> set[str]:
    """Return what a search finds, asked as the desk asks."""
    typed = read_typed(text, KNOWN)
    days = [datetime.fromisoformat(day).date() if (day := typed.parameters.get(name)) else None for name in ("first", "last")]
    window = window_of("custom" if any(days) else "all", (days[0], days[1]), NOON, ZoneInfo("Europe/Madrid"))
    filters = {name: value for name, value in typed.parameters.items() if name not in ("first", "last")}
    return set(queries.search_posts(engine, typed.words, filters, since=window.since, until=window.until).ids)


def test_fields_and_words_find_the_posts_that_have_them(engine: Engine) -> None:
    named = {"district": "Usera", "topic": "waste_cleaning", "language": "es"}
    ids = {name: name * 32 for name in "abcdef"}
    writer.write(
        engine,
        [
            post(ids["a"], text="La farola tapa el contenedor", created_at=NOON, **named),
            post(ids["b"], text="Oferta: farola y spam", created_at=NOON, **named),
            post(ids["c"], text="La farola", created_at=NOON, **{**named, "district": "Centro"}),
            post(ids["d"], text="La farola", created_at=NOON, **{**named, "topic": "noise"}),
            post(ids["e"], text="La farola", created_at=NOON - timedelta(days=60), **named),
            post(ids["f"], text="El contenedor", created_at=NOON, **named),
        ],
        [],
    )
    writer.refresh(engine)
    day = (NOON - timedelta(days=3)).date()
    assert found(engine, f'district:Usera topic:waste_cleaning after:{day} "farola" -spam') == {ids["a"]}
    assert found(engine, f"distrito:usera tema:limpieza desde:{day} farola") == {ids["a"], ids["b"]}
    assert found(engine, f"distrito:Usera antes:{day}") == {ids["e"]}
    assert found(engine, f"tema:ruido OR_ día:{NOON.date()}") == set()
    assert found(engine, "distrito:usera farola OR contenedor -farola hasta:2100-01-01") == set(ids.values()) - {ids["c"]}


HOSTILE = (
    """ " "\""" ' \\ \" ( )( * ** - --x | || OR +a ~1 a~2 ^2 {!x} [*TO*] /a/ _exists_ text\\:x && !a a*b* 💡 ; *:* <script> -" """.split()
)
HOSTILE += ["OR OR", "| |", "\u202eabc", "\x00", "'; drop", '-"a b', "ñ" * 500, "a " * 40]


def test_no_text_breaks_the_syntax_of_the_engine(engine: Engine) -> None:
    writer.write(engine, [post("a" * 32, text="farola", created_at=NOON)], [])
    writer.refresh(engine)
    for text in HOSTILE:
        try:
            assert found(engine, text) <= {"a" * 32}, text
        except TypedSearchError as refused:
            pytest.fail(f"{text!r}: {refused}")
