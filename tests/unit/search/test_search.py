"""Search on every engine: what is written is found again, once, and nothing a stranger adds becomes part of the index."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import EscuchaError, UnavailableError
from core.records import UtcDatetime
from core.records.annotation import Place
from core.records.read_models import CaseRecord, PostRecord
from search import queries
from search.connection.engine import Engine
from search.index import generations, templates, writer
from search.index.fields import properties
from search.index.generations import index_name
from search.index.switch import install
from search.index.templates import CASES, MARKER, POSTS
from tests.support.made_facts import NOON, case, post

pytest_plugins = ("tests.support.engines",)

HOLD = timedelta(days=1)


def found(engine: Engine, words: str = "", **filters: str | bool) -> set[str]:
    writer.refresh(engine)
    return set(queries.search_posts(engine, words, filters).ids)


def stored(engine: Engine, alias: str, doc_id: str, month: str = "2026.11") -> dict[str, Any]:
    source: dict[str, Any] = engine.client.get(index=index_of(engine, alias, month), id=doc_id)["_source"]
    return source


def index_of(engine: Engine, alias: str, month: str = "2026.11") -> str:
    return index_name(alias, generations.read_state(engine).serving or "", month)


@pytest.mark.parametrize("kind", [PostRecord, CaseRecord, Place], ids=lambda kind: kind.__name__)
def test_the_template_has_exactly_the_fields_of_the_fact_and_one_point_for_maps(kind: type[PostRecord | CaseRecord | Place]) -> None:
    assert templates.fields(kind).keys() - {"location", "terms"} == kind.model_fields.keys()


def test_the_mapping_derived_from_the_records_is_the_one_that_indices_have() -> None:
    """An existing index refuses another type: change the file only with a rebuild in the upgrade notes."""
    mappings = {alias: templates.template(alias)["template"]["mappings"] for alias in (POSTS, CASES)}
    written = Path(__file__).with_name("index_mappings.json").read_text()
    assert json.dumps(mappings, indent=1, sort_keys=True) + "\n" == written


def test_a_new_field_of_a_record_is_a_field_of_the_index_and_an_unknown_type_is_refused() -> None:
    class More(PostRecord):
        hour: int
        seen: tuple[UtcDatetime, ...] = ()

    known = {name: one for name, one in templates.fields(PostRecord).items() if name != "terms"}
    assert {**known, "hour": {"type": "integer"}, "seen": {"type": "date"}} == properties(More)

    class Worse(PostRecord):
        raw: bytes

    with pytest.raises(TypeError, match=r"Worse\.raw: no mapping for type <class 'bytes'>"):
        properties(Worse)


def test_a_full_post_is_stored_field_by_field(engine: Engine) -> None:
    full = post(
        "a" * 32,
        source="bluesky",
        kind="reply",
        own=True,
        replay=True,
        author="p1",
        text='La "Gran Vía" está a 30 º, ¿eh?',
        edited_at=NOON,
        replayed_from=datetime(2019, 3, 31, 1, 30, tzinfo=UTC),
        thread="t",
        reply_to="r",
        language="es",
        sentiment="negative",
        sentiment_score=0.25,
        intent="complaint",
        intent_score=0.5,
        topic="noise",
        topic_score=0.75,
        actionable=True,
        actionable_score=1.0,
        relevance=True,
        relevance_score=0.5,
        model="m@1",
        corrected=("topic", "intent"),
        places=(
            Place(
                text="Gran Vía",
                kind="street",
                key="street:1",
                name="CALLE DE LA GRAN VÍA",
                street="x",
                district="Centro",
                barrio="Sol",
                lat=40.42,
                lon=-3.7,
                sure=0.5,
                ambiguous=2,
            ),
            Place(text="la plaza"),
        ),
        place="Gran Vía",
        district="Centro",
        barrio="Sol",
        lat=40.42,
        lon=-3.7,
        decision="in_case",
        reason="topic=noise 0.75",
        case_key="2026-000001",
        version=7,
    )
    assert writer.write(engine, [full], []).ok == {"a" * 32}
    document = stored(engine, POSTS, "a" * 32)
    assert document.pop("location") == {"lat": 40.42, "lon": -3.7}
    assert document["places"][0].pop("location") == {"lat": 40.42, "lon": -3.7}
    absent = {**dict.fromkeys(PostRecord.model_fields), "confirmed": (), "changed": ()}  # empty lists are not stored
    assert PostRecord.model_validate({**absent, **document}) == full


def test_a_full_case_is_stored_field_by_field(engine: Engine) -> None:
    full = case(
        "2026-000001",
        district="Centro",
        barrio="Sol",
        place="Gran Vía",
        lat=40.42,
        lon=-3.7,
        state="resolved",
        is_open=False,
        answered_at=NOON + HOLD,
        closed_at=NOON + HOLD,
        answer_hours=24.0,
        within_due=True,
        sources=("x", "bluesky"),
        posts=3,
        authors=2,
        reason="rule",
        reference="RT 12",
        system="rt",
        replay=True,
    )
    assert writer.write(engine, [], [full]).ok == {"2026-000001"}
    document = stored(engine, CASES, "2026-000001")
    assert document.pop("location") == {"lat": 40.42, "lon": -3.7}
    assert CaseRecord.model_validate({**dict.fromkeys(CaseRecord.model_fields), **document}) == full


def test_writing_twice_gives_one_document_and_both_succeed(engine: Engine) -> None:
    for _ in range(2):
        assert writer.write(engine, [post("a")], [case("C1")]).ok == {"a", "C1"}
    assert writer.document_ids(engine) == {"a", "C1"}


def test_an_older_version_never_overwrites_a_newer_one_and_counts_as_done(engine: Engine) -> None:
    writer.write(engine, [post("a", text="nuevo", version=3)], [])
    assert writer.write(engine, [post("a", text="viejo", version=2)], []).ok == {"a"}
    assert stored(engine, POSTS, "a")["text"] == "nuevo"


def test_a_removed_post_does_not_come_back_through_a_slow_writer(engine: Engine) -> None:
    writer.write(engine, [post("a"), post("b", month="2026.10")], [])
    assert writer.write(engine, [], [], ["a", "b", "never-here"]).ok == {"a", "b", "never-here"}
    writer.write(engine, [post("a", version=2), post("b", month="2026.10"), post("never-here")], [])
    assert writer.document_ids(engine) == set()


def test_a_deletion_in_an_empty_engine_is_done(engine: Engine) -> None:
    assert writer.write(engine, [], [], ["a"]).ok == {"a"}


def test_an_unknown_field_is_refused_at_every_level(engine: Engine) -> None:
    index = index_of(engine, POSTS)
    for document in ({"evil": 1}, {"places": [{"evil": 1}]}):
        answer = engine.client.options(ignore_status=400).index(index=index, document=document)
        assert (answer.meta.status, "strict" in str(answer.body)) == (400, True)


def test_what_the_mapping_refuses_is_refused_with_a_reason_and_the_rest_goes_in(engine: Engine) -> None:
    broken = post("b", lat=91.0, lon=0.0, text="secreto del vecino")
    written = writer.write(engine, [post("a"), broken, post("c")], [])
    assert written.ok == {"a", "c"}
    assert written.retry == set()
    assert written.refused.keys() == {"b"}
    assert "secreto" not in written.refused["b"]
    assert ":" in written.refused["b"]


def test_a_month_of_creation_names_the_index_and_the_alias_reads_all(engine: Engine) -> None:
    writer.write(engine, [post("a"), post("b", month="2025.12")], [case("C1", month="2026.01")])
    names = set(engine.client.indices.get_alias(index=f"{POSTS},{CASES}").body)
    months = {(POSTS, "2026.11"), (POSTS, "2025.12"), (CASES, "2026.01")}
    assert names == {index_of(engine, alias, month) for alias, month in months}
    assert found(engine) == {"a", "b"}


def test_the_marker_is_absent_in_a_new_engine_and_says_whose_view_it_is_afterwards(engine: Engine) -> None:
    assert writer.read_marker(engine) is None
    writer.write_marker(engine, "ledger-1", 4)
    writer.write_marker(engine, "ledger-1", 5)
    assert writer.read_marker(engine) == ("ledger-1", 5)


def test_dropping_all_leaves_other_peoples_indices_alone_and_can_be_filled_again(engine: Engine) -> None:
    engine.client.options(ignore_status=400).indices.create(index="other-peoples")
    writer.write(engine, [post("a")], [case("C1")])
    writer.write_marker(engine, "ledger-1", 4)
    writer.drop_all(engine)
    writer.drop_all(engine)
    assert writer.read_marker(engine) is None
    assert writer.document_ids(engine) == set()
    assert engine.client.indices.exists(index="other-peoples")
    install(engine)
    assert writer.write(engine, [post("a")], []).ok == {"a"}
    assert writer.document_ids(engine) == {"a"}


def test_installing_twice_changes_nothing(engine: Engine) -> None:
    install(engine)
    assert set(engine.client.indices.get(index="escucha*").body) == {MARKER}


def test_all_ids_come_back_over_several_pages(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PAGE", 7)
    wanted = {f"{n:032x}" for n in range(30)}
    writer.write(engine, [post(one, month=f"2026.{n % 3 + 1:02}") for n, one in enumerate(sorted(wanted))], [case("C1")])
    assert writer.document_ids(engine) == wanted | {"C1"}


def test_an_id_in_two_months_shows_as_a_second_document(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PAGE", 2)
    writer.write(engine, [post("a"), post("a", month="2026.10"), post("b")], [])
    assert writer.document_ids(engine) == {"a", "a (again)", "b"}


@pytest.mark.needs("near_real_time")
def test_ids_are_compared_after_a_refresh(engine: Engine) -> None:
    writer.write(engine, [post("a")], [])
    assert queries.search_posts(engine, "", {}).total == 0
    assert writer.document_ids(engine) == {"a"}
    assert queries.search_posts(engine, "", {}).total == 1


TEXTS = {
    "a": "La basura de la calle Alcalá lleva tres días sin recoger",
    "b": "Los contenedores de basuras están llenos en Chueca",
    "c": "¡Qué ruido! Nadie duerme en la calle de Peñuelas",
    "d": 'Dicen "mañana" y nunca llega la grúa',
}


FINDS = {
    "basura": "ab",
    "la basura": "ab",
    "BASURAS": "ab",
    "alcala": "a",
    "Alcalá": "a",
    "penuelas": "c",
    "manana": "d",
    "calle ruido": "c",
    '"calle Alcalá"': "a",
    '"Alcalá calle"': "",
    "calle -ruido": "a",
    "chuec*": "b",
    "ruido | grúa": "cd",
    "": "abcd",
    "   ": "abcd",
    '"': "",
    "(((": "",
    "text:basura": "",
    "case_key:* OR basura": "ab",
    "inexistente": "",
    "ruid~2": "",
    "x" * 5000: "",
    "basura \ud83d": "ab",
}


def test_words_find_posts_with_or_without_accents_and_no_quote_breaks_the_search(engine: Engine) -> None:
    writer.write(engine, [post(one, text=text) for one, text in TEXTS.items()], [])
    assert {words: "".join(sorted(found(engine, words))) for words in FINDS} == FINDS


def test_words_everybody_uses_do_not_narrow_a_search(engine: Engine) -> None:
    writer.write(engine, [post("a", text="La basura")], [])
    assert found(engine, "más basura que nunca estaba") == set()
    assert found(engine, "más basura que estaba") == {"a"}


def test_filters_narrow_and_an_unknown_filter_is_an_error(engine: Engine) -> None:
    writer.write(
        engine,
        [
            post("a", source="x", topic="noise", actionable=True, district="Moncloa-Aravaca"),
            post("b", source="feeds", topic="noise", actionable=False),
            post("c", source="x", topic=None, district='O\'Donnell "E"'),
        ],
        [],
    )
    assert found(engine, topic="noise") == {"a", "b"}
    assert found(engine, topic="noise", source="x", actionable=True) == {"a"}
    assert found(engine, actionable=False) == {"b"}
    assert found(engine, district='O\'Donnell "E"') == {"c"}
    with pytest.raises(ValueError, match="unknown filter text; known: actionable"):
        queries.search_posts(engine, "", {"text": "x"})


def test_posts_of_excluded_channels_are_neither_found_nor_counted(engine: Engine) -> None:
    writer.write(engine, [post("a"), post("b", source="mailbox"), post("c", source="inbox")], [])
    writer.refresh(engine)
    hits = queries.search_posts(engine, "farola", {}, without_sources=["mailbox", "inbox"], facets=["source"])
    assert (hits.ids, hits.total, hits.facets) == (("a",), 1, {"source": {"x": 1}})
    assert queries.search_posts(engine, "farola", {"source": "mailbox"}, without_sources=["mailbox"]).ids == ()
    assert set(queries.search_posts(engine, "farola", {}).ids) == {"a", "b", "c"}


def test_pages_are_newest_first_and_end_where_an_engine_ends(engine: Engine) -> None:
    writer.write(engine, [post(f"p{n}", created_at=NOON - n * HOLD) for n in range(5)], [])
    writer.refresh(engine)
    first = queries.search_posts(engine, "", {}, limit=2)
    assert (first.ids, first.total) == (("p0", "p1"), 5)
    assert queries.search_posts(engine, "", {}, offset=4, limit=2).ids == ("p4",)
    assert queries.search_posts(engine, "", {}, offset=10_000).ids == ()
    span = queries.search_posts(engine, "", {}, since=NOON - 3 * HOLD, until=NOON - HOLD)
    assert span.ids == ("p2", "p3")
    assert queries.search_posts(engine, "farola", {}, order="newest", limit=1).ids == ("p0",)


def test_cases_are_found_by_title_department_and_state(engine: Engine) -> None:
    writer.write(engine, [], [case("C1"), case("C2", title="Grúa en Plaza de España", state="resolved", is_open=False)])
    writer.refresh(engine)

    def ids(query: dict[str, object]) -> list[str]:
        return [hit["_id"] for hit in queries.run(engine, "cases", {"query": query})["hits"]["hits"]]

    assert ids({"match": {"title.folded": "grua"}}) == ["C2"]
    assert ids({"term": {"is_open": True}}) == ["C1"]
    assert ids({"bool": {"filter": [{"term": {"department": "Vías públicas"}}, {"term": {"state": "resolved"}}]}}) == ["C2"]


def test_nothing_written_yet_is_an_empty_answer_not_an_error(engine: Engine) -> None:
    writer.drop_all(engine)
    assert queries.search_posts(engine, "basura", {"topic": "noise"}) == queries.Hits(ids=(), total=0)
    answers = queries.run_many(engine, [("posts", {"size": 0}), ("cases", {"size": 0})])
    assert [answer["hits"]["total"]["value"] for answer in answers] == [0, 0]


def test_a_wrong_question_of_ours_is_not_taken_for_an_outage(engine: Engine) -> None:
    writer.write(engine, [post("a")], [])
    wrong = {"aggs": {"a": {"terms": {"feld": "topic"}}}}
    with pytest.raises(EscuchaError, match="feld") as error:
        queries.run_many(engine, [("posts", {"size": 0}), ("posts", wrong)])
    assert not isinstance(error.value, UnavailableError)
