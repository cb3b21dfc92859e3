"""Kinds: what people ask for, by when each is answered, what is only counted, and that a person's word stays."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import City, Route, load_city
from core.errors import ChangeRefusedError, ConfigurationError
from core.records.annotation import Annotation, Label, Place
from core.records.kind import KINDS, working_time
from core.records.post import Post
from core.working_hours import due_at
from ledger import leases, read, schema
from ledger.database import Ledger, open_ledger
from ledger.database.writing import writing
from ledger.processing import annotations, decisions
from pipeline import casework, export
from pipeline.casework import kinds
from pipeline.context import Context
from reports.build.aggregate import count
from reports.build.period import Interval
from tests.support.ledger_facts import NOW, arrive, post as any_post, reading
from tests.support.seeded import by_hand
from triage import decide
from triage.kinds import kind_of

pytest_plugins = ("tests.support.ledger_fixtures",)

SHIPPED = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
MADRID = by_hand(SHIPPED)
LEASE = timedelta(minutes=5)
TUESDAY = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def post(n: int, **more: object) -> Post:
    """Return the n-th post; the first twelve digits of its id name its incident."""
    return any_post(n, **({"post_id": f"{n:012x}".ljust(32, "0")} | more))  # type: ignore[arg-type]


def read_all(ledger: Ledger, said: dict[str, Annotation]) -> None:
    """Let the reader find this in every post that waits."""
    claimed = annotations.claim_pending(ledger, "r", 100, NOW, LEASE)
    assert {one.post_id for one in claimed} == set(said)
    annotations.store_annotations(ledger, "r", list(said.values()), [], NOW)


def labelled(one: Post, intent: str, score: float = 0.9) -> Annotation:
    made = reading(one, intent=intent, sentiment="neutral", actionable=score >= 0.5)
    actionable = Label(question="actionable", value=score >= 0.5, score=score, model="reader@1")
    named = (Place(text="Alcalá 200", kind="street"),) if "Alcalá 200" in one.text else ()
    places = Label(question="places", value=named, score=0.9, model="reader@1")
    return made.model_copy(update={"labels": made.labels | {"actionable": actionable, "places": places}})


def written(text: str, source: str) -> Post:
    return post(1, source=source, text=text)


@pytest.mark.parametrize(
    ("text", "intent", "source", "score", "kind", "why"),
    [
        ("Hay un bache en Alcalá 200", "complaint", "x", 0.9, "report", "intent complaint"),
        ("¿Podrían pasar a recoger un sofá?", "question", "x", 0.9, "request", "a question that asks for it (podrian, recoger)"),
        ("¿Cuándo arreglan la farola de mi calle?", "question", "x", 0.9, "report", "asks when it will be mended (arreglan)"),
        ("¿A qué hora abre la biblioteca?", "question", "x", 0.9, "question", "intent question"),
        ("Poned una papelera en la plaza, por favor", "suggestion", "x", 0.9, "request", "asks for small works (papelera)"),
        ("Un rocódromo en Chamberí", "suggestion", "decidim", 0.9, "proposal", "asks for an investment or a rule (rocodromo)"),
        ("Paso de cebra. Junto a Alcalá 200", "suggestion", "consul", 0.9, "request", "asks for small works (paso de cebra)"),
        ("Pasos de cebra. En todo Madrid", "suggestion", "consul", 0.9, "proposal", "on a platform, and says not where"),
        ("Reordenar el tráfico en Alcalá 200", "complaint", "consul", 0.9, "proposal", "asks for an investment or a rule (reordenar)"),
        ("Suciedad en Alcalá 200", "complaint", "consul", 0.9, "report", "says what is wrong (suciedad)"),
        ("Alcalá 200. Propongo otra cosa", "complaint", "consul", 0.9, "proposal", "a suggestion on a platform"),
        ("Solicito que pongan un espejo en Alcalá 200", "complaint", "x", 0.9, "request", "asks for something new (solicito que pongan)"),
        ("Solicita un contenedor pequeño. Alcalá 200", "complaint", "x", 0.9, "request", "asks for something new (solicita un contenedor)"),
        ("Solicita limpieza. Alcalá 200", "complaint", "x", 0.9, "report", "intent complaint"),
        ("Resalto en Alcalá 200. Es un cruce peligroso", "complaint", "consul", 0.9, "request", "asks for small works (resalto)"),
        (
            "Iluminación en Alcalá 200. Está oscuro, propongo farolas",
            "complaint",
            "consul",
            0.9,
            "request",
            "asks for small works (iluminacion)",
        ),
        (
            "Barandilla en Alcalá 200. Está suelta, peligro de caída",
            "complaint",
            "consul",
            0.9,
            "report",
            "asks for small works (barandilla)",
        ),
        (
            "Bolardos en Alcalá 200. Los han arrancado, es peligroso",
            "complaint",
            "consul",
            0.9,
            "report",
            "asks for small works (bolardos)",
        ),
        ("Solicité contenedores y el de Alcalá 200 sigue volcado", "complaint", "x", 0.9, "report", "intent complaint"),
        ("Se necesita un semáforo, el de Alcalá 200 parpadea", "complaint", "x", 0.9, "report", "intent complaint"),
        ("Vuelvo a solicitar bolardos en Alcalá 200", "complaint", "x", 0.9, "request", "asks for something new (solicitar bolardos)"),
        ("Pantallas anti ruido en Alcalá 200", "complaint", "consul", 0.9, "proposal", "asks for an investment or a rule (pantallas anti)"),
        ("Aceras levantadas en Alcalá 200", "suggestion", "x", 0.9, "report", "says what is wrong (levantadas)"),
        ("Ampliación de aceras\n\nNo cabe nadie", "complaint", "consul", 0.9, "proposal", "asks for an investment or a rule (ampliacion)"),
        ("Ampliación de aceras: llevan un mes de obras", "complaint", "x", 0.9, "report", "intent complaint"),
        ("Más autobuses de noche", "suggestion", "x", 0.9, "request", "a suggestion"),
        ("Más autobuses de noche", "suggestion", "decidim", 0.9, "proposal", "asks for an investment or a rule (mas autobuses)"),
        ("Propongo más autobuses", "suggestion", "x", 0.9, "proposal", "proposes (propongo)"),
        ("Qué bonitas las luces de este año", "praise", "x", 0.1, "praise", "intent praise"),
        ("Muchas gracias a los bomberos", "praise", "x", 0.1, "thanks", "intent praise (gracias)"),
        ("Qué bonito el géiser de la calle Guetaria", "praise", "x", 0.7, "report", "praise of something to act on"),
        ("Perfecto, podeis estrenarlo por Triana", "praise", "x", 0.1, "request", "praise that asks (podeis)"),
        ("Mañana, pleno en Cibeles", "news", "x", 0.1, "other", "intent news, nothing to act on"),
        ("Se ha caído una rama en el Retiro", "news", "x", 0.9, "report", "something to act on"),
    ],
)
def test_a_post_has_a_kind_and_a_reason(text: str, intent: str, source: str, score: float, kind: str, why: str) -> None:
    one = written(text, source)
    assert tuple(kind_of(one, labelled(one, intent, score))) == (kind, f"kind: {why}", False)


def test_a_persons_word_comes_before_the_rules() -> None:
    one = written("Hay un bache", "x")
    said = Label(question="case_kind", value="thanks", score=1.0, model="person")
    made = labelled(one, "complaint")
    made = made.model_copy(update={"labels": made.labels | {"case_kind": said}})
    assert tuple(kind_of(one, made)) == ("thanks", "kind: a person said so", True)


@pytest.mark.parametrize(("text", "days", "hours"), [("P30D", 30, 0), ("PT72H", 0, 72), ("P1DT4H", 1, 4), ("PT90M", 0, 1.5)])
def test_days_of_an_answer_time_are_working_days(text: str, days: int, hours: float) -> None:
    assert working_time(text) == (days, timedelta(hours=hours))


@pytest.mark.parametrize("text", ["", "P", "PT", "P0D", "30 days", "P1M", "P1W"])
def test_what_is_no_answer_time_is_refused(tmp_path: Path, text: str) -> None:
    table = f'\n[kinds.request]\nanswer_within = "{text}"\n'
    with pytest.raises(ConfigurationError, match=r"kinds.request.answer_within"):
        load_city(profile(tmp_path, table))


def profile(folder: Path, more: str) -> Path:
    made = folder / "city.toml"
    text = SHIPPED.path.read_text(encoding="utf-8").replace('gazetteer_folder = "madrid"\n', "")
    made.write_text(text + more, encoding="utf-8")
    return made


def test_the_profile_names_known_kinds_and_departments_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\[kinds.question\] department: there is no 'Obras'; allowed: Limpieza"):
        load_city(profile(tmp_path, '\n[kinds.question]\ndepartment = "Obras"\n'))
    with pytest.raises(ConfigurationError, match="kinds"):
        load_city(profile(tmp_path, '\n[kinds.praise]\nanswer_within = "P1D"\n'))


def test_each_kind_has_its_clock() -> None:
    """By the shipped profile: what was due on Tuesday week is due in January, thirty working days later, when it is a proposal."""
    roads = MADRID.department("roads_pavements")
    found = {kind: due_at(MADRID, TUESDAY, MADRID.answer_within(kind, roads)) for kind in ("report", "question", "proposal")}
    assert found["report"] == found["question"] == datetime(2026, 12, 2, 11, 0, tzinfo=UTC)
    assert found["proposal"] == datetime(2027, 1, 12, 11, 0, tzinfo=UTC)
    routed = {"question": Route(answer_within="P5D", department="Atención a la ciudadanía"), "proposal": Route(queue="Ideas")}
    city = MADRID.model_copy(update={"kinds": routed})
    assert city.answer_within("question", roads) == (5, timedelta(0))
    assert city.answer_within("proposal", roads) == (30, timedelta(0))
    assert city.department_of("question", "noise").name == "Atención a la ciudadanía"
    assert city.department_of("proposal", "noise").name == "Seguridad y convivencia"
    assert city.route("proposal").queue == "Ideas"


SAID: tuple[tuple[str, str, str, float], ...] = (
    ("Hay un bache enorme en la calzada", "complaint", "x", 0.9),
    ("Construir un polideportivo en el solar", "suggestion", "decidim", 0.9),
    ("¿A qué hora abre el registro municipal?", "question", "x", 0.9),
    ("¿Votasteis a favor?", "question", "x", 0.1),
    ("Enhorabuena por las luces de Navidad", "praise", "x", 0.1),
    ("Gracias a los jardineros", "praise", "x", 0.1),
    ("El pleno empieza a las nueve", "news", "x", 0.1),
)
POSTS = [post(n, source=source, text=text, author=f"{n:032x}") for n, (text, _, source, _) in enumerate(SAID, 1)]


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """Seven posts about seven things, decided."""
    made = open_ledger(url, b"0" * 32)
    for source in ("x", "decidim"):
        arrive(made, [one for one in POSTS if one.source == source], source)
    pairs = zip(POSTS, SAID, strict=True)
    read_all(made, {one.post_id: labelled(one, intent, score) for one, (_, intent, _, score) in pairs})
    triage(made)
    yield made
    made.close()


def triage(ledger: Ledger, city: City = MADRID) -> None:
    alone: dict[str, object] = {"similar": 1.0, "proposals": "case"}  # each post stands alone
    city = city.model_copy(update={"triage": city.triage.model_copy(update=alone)})
    assert leases.hold(ledger, "triage", "t", NOW, LEASE)
    while batch := decisions.untriaged(ledger, 50):
        with decisions.known_posts(ledger) as known:
            found = decide(city, batch, known)
        decisions.store_decisions(ledger, "t", found, NOW)
    leases.release(ledger, "triage", "t")


def house_of(ledger: Ledger) -> Context:
    return Context(city=MADRID, settings=None, salt=b"", ledger=ledger, sources={}, city_path=MADRID.path)  # type: ignore[arg-type]


def test_each_kind_goes_its_own_way(ledger: Ledger) -> None:
    facts = [read.post_record(ledger, one.post_id) for one in POSTS]
    found = [(one.case_kind, one.decision) for one in facts if one is not None]
    assert found == [
        ("report", "in_case"),
        ("proposal", "in_case"),
        ("question", "in_case"),
        ("question", "no_case"),
        ("praise", "no_case"),
        ("thanks", "no_case"),
        ("other", "no_case"),
    ]
    assert facts[4] is not None
    assert (facts[4].reason, facts[4].case_kind_reason) == ("kind: praise, counted and shown", "kind: intent praise")
    stored = {one.kind: one for one in read.case_records(ledger)}
    assert set(stored) == {"report", "proposal", "question"}
    roads = MADRID.department("roads_pavements")
    for kind, one in stored.items():
        assert one.due_at == due_at(MADRID, one.opened_at, timedelta(hours=360) if kind == "proposal" else roads.answer_within)
    assert [one.kind for one in read.case_records(ledger, kind="question")] == ["question"]
    assert read.count_posts(ledger, case_kind="praise") == 1


def test_praise_that_could_be_irony_is_seen_by_a_person(ledger: Ledger) -> None:
    """Relevance and kind drop nothing by themselves that scores as actionable."""
    one = post(20, source="x", text="Qué bien huele hoy la plaza")
    arrive(ledger, [one], "x")
    read_all(ledger, {one.post_id: labelled(one, "praise", 0.3)})
    triage(ledger, MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"review": 0.2, "act": 0.8})}))
    fact = read.post_record(ledger, one.post_id)
    assert fact is not None
    assert (fact.case_kind, fact.decision) == ("praise", "in_review")


def test_a_corrected_kind_gives_the_case_another_clock(ledger: Ledger) -> None:
    casework.correct(house_of(ledger), POSTS[0].post_id, "case_kind", "proposal", "ana", "quiere un carril")
    fact = read.post_record(ledger, POSTS[0].post_id)
    assert fact is not None
    assert fact.case_key is not None
    assert (fact.case_kind, fact.case_kind_reason, fact.corrected) == ("proposal", "kind: a person said so", ("case_kind",))
    case = read.case_record(ledger, fact.case_key)
    assert case is not None
    assert (case.kind, case.due_at) == ("proposal", due_at(MADRID, case.opened_at, timedelta(hours=360)))
    casework.correct(house_of(ledger), POSTS[0].post_id, "case_kind", "report", "ana", "")
    again = read.case_record(ledger, fact.case_key)
    assert again is not None
    assert (again.kind, again.due_at) == ("report", due_at(MADRID, case.opened_at, timedelta(hours=72)))


def test_a_kind_that_makes_no_case_leaves_the_case_as_it_is(ledger: Ledger) -> None:
    before = list(read.case_records(ledger, kind="report"))
    casework.correct(house_of(ledger), POSTS[0].post_id, "case_kind", "thanks", "ana", "")
    after = read.case_records(ledger, kind="report")  # indexed again, with the same values
    assert [one.model_dump(exclude={"version"}) for one in after] == [one.model_dump(exclude={"version"}) for one in before]
    assert read.count_posts(ledger, case_kind="thanks") == 2


def test_a_case_that_a_person_had_keeps_its_department(ledger: Ledger) -> None:
    [case] = read.case_records(ledger, kind="report")
    casework.assign(house_of(ledger), case.case_key, "Movilidad", "ana", "")
    casework.correct(house_of(ledger), POSTS[0].post_id, "case_kind", "question", "ana", "")
    after = read.case_record(ledger, case.case_key)
    assert after is not None
    assert (after.kind, after.department) == ("question", "Movilidad")


@pytest.mark.parametrize("n", [0, 4, 6])
def test_a_second_run_never_changes_a_persons_kind(ledger: Ledger, n: int) -> None:
    casework.correct(house_of(ledger), POSTS[n].post_id, "case_kind", "proposal", "ana", "")
    triage(ledger)
    annotations.requeue_outdated(ledger, "reader@2")
    again = {one.post_id: labelled(one, "complaint").model_copy(update={"model": "reader@2"}) for one in POSTS}
    read_all(ledger, again)
    with writing(ledger) as connection:  # as if every post that is in no case were decided again
        connection.execute(schema.posts.update().where(schema.posts.c.decision != "in_case").values(decision="untriaged"))
    triage(ledger)
    fact = read.post_record(ledger, POSTS[n].post_id)
    assert fact is not None
    assert fact.case_kind == "proposal"
    if fact.case_key is not None:
        case = read.case_record(ledger, fact.case_key)
        assert case is not None
        assert case.kind == "proposal"


def test_a_later_post_does_not_outvote_a_person(ledger: Ledger) -> None:
    """Two complaints join the case whose kind a person corrected: the case keeps kind and due date."""
    fact = read.post_record(ledger, POSTS[0].post_id)
    assert fact is not None
    assert fact.case_key is not None
    casework.correct(house_of(ledger), POSTS[0].post_id, "case_kind", "proposal", "ana", "")
    before = read.case_record(ledger, fact.case_key)
    answers = [post(n, source="x", text="Aquí también", reply_to=POSTS[0].post_id, created_at=NOW, author=f"{n:032x}") for n in (30, 31)]
    arrive(ledger, answers, "x")
    read_all(ledger, {one.post_id: labelled(one, "complaint", 0.95) for one in answers})
    triage(ledger)
    after = read.case_record(ledger, fact.case_key)
    assert before is not None
    assert after is not None
    assert after.posts == 3
    assert (after.kind, after.due_at) == (before.kind, before.due_at) == ("proposal", before.due_at)


def test_exports_and_reports_say_the_kind(ledger: Ledger) -> None:
    rows = [json.loads(line) for line in export.lines(ledger, "posts", "jsonl")]
    assert sorted(row["kind"] for row in rows) == sorted(["report", "proposal", "question", "question", "praise", "thanks", "other"])
    assert sorted(json.loads(line)["kind"] for line in export.lines(ledger, "cases", "jsonl")) == ["proposal", "question", "report"]
    end = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC) + timedelta(days=1)
    numbers = count(ledger, MADRID.zone, Interval(previous=end - timedelta(days=14), start=end - timedelta(days=7), end=end))
    assert [(one.name, one.now) for one in numbers.kinds] == list(zip(KINDS, (1, 0, 2, 1, 1, 1, 1), strict=True))


def test_only_a_kind_can_be_said(ledger: Ledger) -> None:
    with pytest.raises(ChangeRefusedError, match="case_kind: 'idea' is not one of report, request"):
        casework.correct(house_of(ledger), POSTS[0].post_id, "case_kind", "idea", "ana", "")


def test_what_an_older_version_decided_gets_kinds_and_keeps_what_people_had(ledger: Ledger) -> None:
    """A new proposal that nobody had gets its clock; one that a person took keeps the date he counted on; twice is as once."""
    other = post(40, source="decidim", text="Crear un huerto en el solar")
    arrive(ledger, [other], "decidim")
    read_all(ledger, {other.post_id: labelled(other, "suggestion")})
    triage(ledger)
    before = {one.case_key: one for one in read.case_records(ledger)}
    [untouched, taken] = [read.post_record(ledger, one.post_id) for one in (POSTS[1], other)]
    assert untouched is not None
    assert taken is not None
    assert taken.case_key is not None
    old = datetime(2026, 12, 1, tzinfo=UTC)
    with writing(ledger) as connection:
        connection.execute(schema.posts.update().values(case_kind=None, case_kind_reason=None))
        connection.execute(schema.cases.update().values(kind=None, due_at=old))
    casework.assign(house_of(ledger), taken.case_key, "Movilidad", "ana", "")
    for _ in range(2):
        assert leases.hold(ledger, "triage", "t", NOW, LEASE)
        kinds.back_fill(house_of(ledger), "t")
        leases.release(ledger, "triage", "t")
    after = {one.case_key: one for one in read.case_records(ledger)}
    assert {key: one.kind for key, one in after.items()} == {key: one.kind for key, one in before.items()}
    assert [after[taken.case_key].due_at, after[taken.case_key].department] == [old, "Movilidad"]
    assert after[untouched.case_key or ""].due_at == before[untouched.case_key or ""].due_at
    assert read.count_posts(ledger, case_kind="proposal") == 2
