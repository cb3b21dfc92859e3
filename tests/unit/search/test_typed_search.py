"""A typed search: what it means, what is wrong with it, and that it can be written back."""

import json
import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.config.city import load_city
from core.i18n.languages import interface_languages
from core.i18n.names import NAMES
from core.i18n.translate import translator
from search.queries.typed import CASES, POSTS, TypedSearch, TypedSearchError, Vocabulary, fields, read_typed, vocabulary, write_typed
from search.queries.typed.fields import CLOSED, DAYS, Words, field_names
from search.queries.typed.problems import TEMPLATES
from search.queries.words import parse

DISTRICTS = ("Centro", "Usera", "Puente de Vallecas", "Villa de Vallecas", "Moncloa-Aravaca")
SEEN = {
    "district": DISTRICTS,
    "barrio": ("Sol", "Almendrales"),
    "source": ("x", "mailbox", "example-x"),
    "language": ("es", "ca", "und"),
    "department": ("Vías públicas", "Atención a la ciudadanía"),
    "area": (),
}


def known(language: str = "en", parameters: Mapping[str, str] = POSTS, words: Words = "search") -> Vocabulary:
    return Vocabulary(language, parameters, {name: tuple(CLOSED.get(name) or SEEN[name]) for name in parameters}, words)


def codes(text: str, **named: Any) -> list[str]:
    with pytest.raises(TypedSearchError) as refused:
        read_typed(text, known(**named))
    return [one.code for one in refused.value.problems]


def told(text: str, language: str = "en") -> str:
    with pytest.raises(TypedSearchError) as refused:
        read_typed(text, known(language))
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "parameters", "words"),
    [
        (
            'district:Usera topic:waste_cleaning after:2026-11-01 "farola" -spam',
            {"district": "Usera", "topic": "waste_cleaning", "first": "2026-11-01"},
            '"farola" -spam',
        ),
        ("distrito:usera tema:limpieza desde:2026-11-01", {"district": "Usera", "topic": "waste_cleaning", "first": "2026-11-01"}, ""),
        ("districte:USERA servei:soroll des:2026-11-01", {"district": "Usera", "topic": "noise", "first": "2026-11-01"}, ""),
        ('district:"puente de vallecas" luz', {"district": "Puente de Vallecas"}, "luz"),
        ("district:Puente de Vallecas luz", {"district": "Puente de Vallecas"}, "luz"),
        ("distrito: Usera", {"district": "Usera"}, ""),
        ("DISTRITO:moncloa", {"district": "Moncloa-Aravaca"}, ""),
        ("neighbourhood:almendrales", {"barrio": "Almendrales"}, ""),
        ('canal:"correo electrónico"', {"source": "mailbox"}, ""),
        ("idioma:catalán tono:negativo", {"language": "ca", "sentiment": "negative"}, ""),
        ("kind:report decision:in_case intencion:queja", {"case_kind": "report", "decision": "in_case", "intent": "complaint"}, ""),
        ("after:2026-11-01 until:2026-11-30", {"first": "2026-11-01", "last": "2026-11-30"}, ""),
        ("after:2026-11-01 before:2026-12-01", {"first": "2026-11-01", "last": "2026-11-30"}, ""),
        ("día:2026-11-05", {"first": "2026-11-05", "last": "2026-11-05"}, ""),
        ('periodo:"esta semana"', {"period": "week"}, ""),
        ("area:40.4,-3.72,40.43,-3.68", {"area": "40.4,-3.72,40.43,-3.68"}, ""),
        ("farola | luz OR apag* -obras", {}, "farola | luz OR apag* -obras"),
        ('"district:Usera"', {}, '"district:Usera"'),
        ("Aviso: a las 12:30 http://x.example/a:b :) ojo:)", {}, "Aviso: a las 12:30 http://x.example/a:b :) ojo:)"),
        ("  ", {}, ""),
        ('"', {}, '"'),
        ("a\u202eb\x00c\u200f", {}, "ab c"),
    ],
)
def test_a_search_means_exactly(text: str, parameters: dict[str, str], words: str) -> None:
    assert read_typed(text, known("es")) == TypedSearch(parameters, words)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ojo:mañana", "field"),
        ("state:answered", "field"),  # a field of cases
        ("district:Uzera", "value"),
        ("district:vallecas", "several"),
        ("department:x", "field"),
        ("topic:", "empty"),
        ('topic:""', "empty"),
        ("after:1/11/2026", "day"),
        ("after:2026-02-30", "day"),
        ("after:1999-12-31", "day"),
        ("before:2000-01-01", "day"),
        ("on:0001-01-01", "day"),
        ("topic:noise topic:other", "twice"),
        ("on:2026-11-01 after:2026-11-01", "twice"),
        ("-topic:noise", "excluded"),
        ("farola OR topic:noise", "either"),
        ("topic:noise | farola", "either"),
        ("district:Puente de Vallecas OR luz", "either"),
        ("after:2026-11-02 until:2026-11-01", "range"),
        ("period:week after:2026-11-02", "period"),
        ("after:2026-11-02 period:week", "period"),
        ("area:here", "area"),
        ("x" * 2_001, "long"),
        ("x" * 501, "long"),
        ("x " * 41, "many"),
    ],
)
def test_what_cannot_be_read_is_a_problem(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_a_problem_says_what_to_do_and_what_is_near() -> None:
    assert told("distrito:Uzera", "es") == "distrito: there is no “Uzera”. Nearest: Usera, Centro, Puente de Vallecas."
    assert told("ojo:x").startswith("There is no field “ojo”. Fields: topic, district, neighbourhood,")
    assert told("desde:ayer") == "desde: “ayer” is no day. Write desde:2026-11-01 (year, month, day; from 2000 to 2100)."
    assert told("district:vallecas") == "district: “vallecas” can be Puente de Vallecas, Villa de Vallecas. Write one of them."


def test_a_problem_offers_the_whole_search_mended() -> None:
    def offered(text: str) -> list[str]:
        with pytest.raises(TypedSearchError) as refused:
            read_typed(text, known("es"))
        return [whole for one in refused.value.problems for _, whole in one.mended(refused.value.text)]

    assert offered("luz distrito:puente-x -obras")[0] == 'luz distrito:"Puente de Vallecas" -obras'
    assert offered("on:1/11/2026 luz") == ["on:2026-11-01 luz"]
    assert offered("distrit:Usera ya") == ["distrito:Usera ya", '"distrit:Usera" ya']
    assert offered("-tema:ruido x") == ["tema:ruido x"]


@pytest.mark.parametrize("language", sorted({*interface_languages()} - {"en"}))
def test_each_problem_is_said_in_the_language_of_the_desk(language: str) -> None:
    def said(template: str) -> set[str]:
        return set(re.findall(r"\{\w+\}", template))

    translated = {template: translator(language, "desk")(template) for template in TEMPLATES.values()}
    assert [one for one, other in translated.items() if one == other or said(one) != said(other)] == []


def test_cases_have_their_own_fields_and_ways_with_words() -> None:
    of_cases = known("es", CASES, "title")
    assert read_typed('estado:respondido departamento:"vias publicas" C-2026', of_cases) == TypedSearch(
        {"state": "answered", "department": "Vías públicas"}, "C-2026"
    )
    assert codes("luz -obras", parameters=CASES, words="title") == ["title"]
    assert codes("luz", parameters=CASES, words="none") == ["words"]
    assert codes("decision:in_case", parameters=CASES) == ["field"]


def test_a_name_means_one_field_in_all_languages() -> None:
    meant: dict[str, set[str]] = {}
    for field in NAMES["search_field"]:
        for name in {field, *(name for one in interface_languages() for name in field_names(field, one))}:
            meant.setdefault(name, set()).add(field)
    assert {name: fields for name, fields in meant.items() if len(fields) > 1} == {}
    assert all(name.isalpha() for name in meant)
    assert set(NAMES["search_field"]) == {*POSTS, *CASES, *DAYS}


def test_an_uploaded_gazetteer_is_known_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "city_folder", lambda _city: tmp_path)
    city = load_city(Path(__file__).parents[3] / "cities" / "madrid.toml")
    (tmp_path / "barrios.json").write_text("[]")
    for at, name in enumerate(("Norte", "Sur")):
        file = tmp_path / "districts.json"
        file.write_text(json.dumps([{"code": 1, "name": name}]))
        os.utime(file, (at, at))
        assert vocabulary(POSTS, {"district": ("Este",)}, city).values["district"] == ("Este", name)


PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        **{parameter: st.sampled_from(known().values[field]) for field, parameter in POSTS.items() if field not in ("area", "period")},
        "area": st.just("40.4,-3.72,40.43,-3.68"),
    },
)
DAY = st.dates(date(2000, 1, 1), date(2100, 12, 31)).map(str)
PERIOD: st.SearchStrategy[dict[str, str]] = st.one_of(
    st.just({}),
    st.sampled_from(CLOSED["period"]).map(lambda one: {"period": one}),
    st.lists(DAY, min_size=2, max_size=2).map(sorted).map(lambda days: {"first": days[0], "last": days[1]}),
    DAY.map(lambda day: {"first": day}),
    DAY.map(lambda day: {"last": day}),
)
WORDS = st.lists(st.sampled_from(["farola", '"sin luz"', "-obras", "apag*", "Aviso:", "12:30", '-"a tope"', "norte", "de"]), max_size=5)


@given(PARAMETERS, PERIOD, WORDS, st.sampled_from(interface_languages()))
def test_what_is_written_is_read_again(parameters: dict[str, str], period: dict[str, str], words: list[str], language: str) -> None:
    whole, text = parameters | period, " ".join(words)
    written = write_typed(whole, text, known(language))
    assert read_typed(written, known(language)) == TypedSearch(whole, text)
    assert read_typed(written, known("en")) == TypedSearch(whole, text)  # as another reader has it


def outcome(text: str, language: str = "en") -> TypedSearch | TypedSearchError:
    try:
        return read_typed(text, known(language))
    except TypedSearchError as refused:
        return refused


HOSTILE = st.text(st.sampled_from("abO R:\"-|'\\/*()+~&{}[]<>^? district:OR\x00\u202e\u200f\ud800\ud83d\xa0é,0"), max_size=60)


@given(st.one_of(HOSTILE, st.text(max_size=200)))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    found = outcome(text, "es")
    if isinstance(found, TypedSearchError):
        assert str(found)
        assert all(problem.mended(found.text) is not None for problem in found.problems)
        return
    assert read_typed(found.words, known("es")) == TypedSearch({}, found.words)  # an address with it is not read as another search
    parse(found.words)


@pytest.mark.parametrize(
    "text", ['"' * 10_000, "a" * 10_000, "\x00" * 10_000, "\u202e" * 1_000 + "x", "\ud800" * 100, "district:" * 200, "x:y " * 400]
)
def test_a_hostile_text_costs_little(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few names are compared, whatever the length: the work is counted, not the time."""
    compared: list[object] = []

    def noted(*given: object) -> list[str]:
        compared.append(given)
        return []

    monkeypatch.setattr(Vocabulary, "nearest", noted)
    found = outcome(text)
    assert not isinstance(found, TypedSearchError) or len(found.problems) <= 6
    assert len(compared) <= 5
