"""A stale page overwrites nothing and loses no word; a form sent twice counts once: on a real desk, with real connections."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from desk.app import create_app
from ledger import leases, read
from ledger.ingest import cursors, store
from pipeline.context import Context
from tests.support.desk_client import PASSWORDS, browser, hidden, logged_in, people, sent
from tests.support.seeded import fill, open_seeded, raws
from tests.support.served_pages import served_at

NOW = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW)
    people(context)
    yield context
    context.ledger.close()


@pytest.fixture
def address(context: Context) -> Iterator[str]:
    """The desk on a port of its own."""
    with served_at(create_app(context)) as address:
        yield address


def client_of(address: str, name: str) -> httpx.Client:
    """A browser of this user; close it."""
    client = httpx.Client(base_url=address, headers={"accept-language": "en"}, trust_env=False, timeout=60)
    form = {**hidden(client.get("/login").text, "/login"), "name": name, "password": PASSWORDS[name]}
    assert client.post("/login", data=form).status_code == 303
    return client


def at_once(count: int, job: Callable[[int], int]) -> Counter[int]:
    """Do it so often at the same moment; the statuses."""
    statuses: list[int] = []
    start = threading.Barrier(count)

    def work(n: int) -> None:
        start.wait(120)
        statuses.append(job(n))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return Counter(statuses)


def a_case(context: Context) -> str:
    return next(read.case_records(context.ledger, topic="street_lighting")).case_key


@pytest.mark.parametrize(("action", "steps", "notes"), [("note", 1, 1), ("answer", 2, 0), ("resolve", 2, 0)])
def test_ten_equal_forms_at_once_have_one_effect_and_ten_good_answers(
    context: Context, address: str, action: str, steps: int, notes: int
) -> None:
    key = a_case(context)
    with closing(client_of(address, "ben")) as ben:
        form = hidden(ben.get(f"/cases/{key}").text, f"/cases/{key}/{action}") | {"why": "se llamó", "where": "por teléfono"}
        cookies = dict(ben.cookies)

    def send(_: int) -> int:
        with httpx.Client(base_url=address, cookies=cookies, trust_env=False, timeout=60) as one:
            return one.post(f"/cases/{key}/{action}", data=form).status_code

    assert at_once(10, send) == {303: 10}
    assert (len(read.transitions(context.ledger, key)), len(read.notes(context.ledger, key))) == (steps, notes)
    assert len(read.audit(context.ledger, key)) == 1


def test_two_agents_who_assign_one_case_at_once_do_not_overwrite_each_other(context: Context, address: str) -> None:
    key = a_case(context)
    agents = [client_of(address, name) for name in ("ana", "ben", "eva")]
    departments = [one.name for one in context.city.departments][:3]
    forms = [
        hidden(agent.get(f"/cases/{key}").text, f"/cases/{key}/assign") | {"department": department, "why": f"por {n}"}
        for n, (agent, department) in enumerate(zip(agents, departments, strict=True))
    ]
    statuses = at_once(3, lambda n: agents[n].post(f"/cases/{key}/assign", data=forms[n]).status_code)
    for agent in agents:
        agent.close()
    assert statuses == {303: 1, 409: 2}
    assert len(read.transitions(context.ledger, key)) == 2


def test_a_stale_page_shows_what_is_new_keeps_the_words_and_can_be_sent_again(context: Context) -> None:
    key, ana, ben = a_case(context), logged_in(context, "ana"), logged_in(context, "ben")
    case = f"/cases/{key}"
    mine = hidden(ben.get(case).text, f"{case}/assign")
    sent(ana, case, f"{case}/assign", department="Movilidad", why="es de ellos")
    sent(ana, case, f"{case}/note", why="ojo con la valla")
    answer = ben.post(f"{case}/assign", data={**mine, "department": "Agua y saneamiento", "why": "mis palabras largas"})
    assert answer.status_code == 409
    for words in ("This case has changed since you opened it", "es de ellos", "ojo con la valla", "mis palabras largas"):
        assert words in answer.text
    fact = read.case_record(context.ledger, key)
    assert fact is not None
    assert fact.department == "Movilidad"
    again = re.search(r"<textarea[^>]*>mis palabras largas</textarea>", answer.text)
    assert again is not None
    fresh = hidden(answer.text, f"{case}/assign")
    assert fresh["seen"] != mine["seen"]
    assert ben.post(f"{case}/assign", data={**fresh, "department": "Agua y saneamiento", "why": "ya lo vi"}).status_code == 200
    fact = read.case_record(context.ledger, key)
    assert fact is not None
    assert fact.department == "Agua y saneamiento"


def test_words_for_an_action_that_is_no_longer_possible_are_kept_too(context: Context) -> None:
    key, ana, ben = a_case(context), logged_in(context, "ana"), logged_in(context, "ben")
    case = f"/cases/{key}"
    mine = hidden(ben.get(case).text, f"{case}/answer")
    sent(ana, case, f"{case}/resolve", why="hecho")
    answer = ben.post(f"{case}/answer", data={**mine, "why": "le escribí por correo", "where": "correo"})
    assert (answer.status_code, "le escribí por correo" in answer.text) == (409, True)
    assert [step.state for step in read.transitions(context.ledger, key)] == ["new", "resolved"]


def test_a_form_that_is_refused_for_another_reason_keeps_its_words(context: Context) -> None:
    key, ben = a_case(context), logged_in(context, "ben")
    case = f"/cases/{key}"
    form = hidden(ben.get(case).text, f"{case}/assign")
    answer = ben.post(f"{case}/assign", data={**form, "department": "Nadie", "why": "un texto"})
    assert (answer.status_code, "un texto</textarea>" in answer.text) == (400, True)
    for wrong in ("", "x", "-1", "9" * 40):
        answer = ben.post(f"{case}/note", data={**form, "seen": wrong, "why": "un texto"})
        assert (answer.status_code, "un texto</textarea>" in answer.text) == (400, True)
    form.pop("csrf")
    answer = ben.post(f"{case}/note", data={**form, "why": "un texto"})
    assert (answer.status_code, "un texto</textarea>" in answer.text) == (403, True)
    assert read.notes(context.ledger, key) == []


def test_a_new_post_in_the_case_does_not_make_a_page_stale(context: Context) -> None:
    key, ben = a_case(context), logged_in(context, "ben")
    form = hidden(ben.get(f"/cases/{key}").text, f"/cases/{key}/note")
    before = read.case_record(context.ledger, key)
    fill(context.ledger, context.city, 2, NOW + timedelta(minutes=1), source="feeds")
    after = read.case_record(context.ledger, key)
    assert before is not None
    assert after is not None
    assert after.version > before.version
    assert ben.post(f"/cases/{key}/note", data={**form, "why": "sigue"}).status_code == 200
    assert [one.text for one in read.notes(context.ledger, key)] == ["sigue"]


def test_a_stale_correction_overwrites_nothing_and_keeps_its_words(context: Context) -> None:
    ana, ben = logged_in(context, "ana"), logged_in(context, "ben")
    post = f"/posts/{next(read.post_records(context.ledger, topic='other')).post_id}"
    mine = hidden(ben.get(post).text, f"{post}/correct", question="topic")
    sent(ana, post, f"{post}/correct", question="topic", value="noise", why="es ruido")
    answer = ben.post(f"{post}/correct", data={**mine, "value": "water_sewage", "why": "son aguas"})
    assert answer.status_code == 409
    assert 'value="son aguas"' in answer.text
    assert '<option value="water_sewage" selected>' in answer.text
    corrected = read.post_record(context.ledger, post.removeprefix("/posts/"))
    assert corrected is not None
    assert corrected.topic == "noise"
    fresh = hidden(answer.text, f"{post}/correct", question="topic")
    assert ben.post(f"{post}/correct", data={**fresh, "value": "water_sewage", "why": "son aguas"}).status_code == 200


@pytest.mark.parametrize("first", ["accept", "reject"])
def test_a_review_form_sent_twice_counts_once_and_a_later_one_is_told(context: Context, first: str) -> None:
    ana, ben = logged_in(context, "ana"), logged_in(context, "ben")
    one = read.review_queue(context.ledger, limit=1)[0].post_id
    mine = hidden(ben.get("/review").text, f"/review/{one}/{first}")
    form = {**hidden(ana.get("/review").text, f"/review/{one}/{first}"), "why": "claro"}
    for _ in range(3):
        assert ana.post(f"/review/{one}/{first}", data=form).status_code == 200
    assert len(read.audit(context.ledger, one)) == 1
    answer = ben.post(f"/review/{one}/{first}", data={**mine, "why": "mi motivo"})
    assert (answer.status_code, "mi motivo" in answer.text) == (409, True)
    assert len(read.audit(context.ledger, one)) == 1


def test_a_review_of_a_text_that_was_edited_is_told_and_can_be_sent_again(context: Context) -> None:
    from core.privacy.pseudonymise import pseudonymise
    from ledger.processing import annotations, decisions
    from tests.support.seeded import SALT, read_by_hand
    from triage import decide

    ben = logged_in(context, "ben")
    one = read.review_queue(context.ledger, limit=1)[0]
    mine = hidden(ben.get("/review").text, f"/review/{one.post_id}/reject")
    raw = next(raw for raw in raws(12, NOW) if pseudonymise(raw, context.city, SALT).post_id == one.post_id)
    edited = raw.model_copy(update={"text": "Rectifico: " + raw.text, "edited_at": NOW})
    run = cursors.begin_run(context.ledger, "archive", NOW)
    store.store_page(context.ledger, run, "archive", [pseudonymise(edited, context.city, SALT)], [], {"at": 1}, None, NOW)
    for claimed in (annotations.claim_pending(context.ledger, "test", 500, NOW, timedelta(minutes=5)),):
        annotations.store_annotations(context.ledger, "test", [read_by_hand(post) for post in claimed], [], NOW)
    assert leases.hold(context.ledger, "triage", "test", NOW, timedelta(minutes=5))
    decisions.store_decisions(context.ledger, "test", decide(context.city, decisions.untriaged(context.ledger, 500)), NOW)
    leases.release(context.ledger, "triage", "test")
    answer = ben.post(f"/review/{one.post_id}/reject", data={**mine, "why": "mi motivo"})
    assert (answer.status_code, "Rectifico" in answer.text, 'value="mi motivo"' in answer.text) == (409, True, True)
    fresh = hidden(answer.text, f"/review/{one.post_id}/accept")
    assert ben.post(f"/review/{one.post_id}/reject", data={**fresh, "why": "mi motivo"}).status_code == 200


def test_the_words_survive_that_the_post_is_gone(context: Context) -> None:
    from ledger.retention import forget

    ben = logged_in(context, "ben")
    one = next(read.post_records(context.ledger, topic="other")).post_id
    mine = hidden(ben.get(f"/posts/{one}").text, f"/posts/{one}/correct", question="topic")
    forget.erase_post(context.ledger, one, "erasure", NOW)
    answer = ben.post(f"/posts/{one}/correct", data={**mine, "value": "noise", "why": "mi motivo"})
    assert (answer.status_code, "mi motivo" in answer.text) == (400, True)


def test_without_users_the_version_is_checked_as_well(tmp_path: Path) -> None:
    context = open_seeded(tmp_path / "open", 6, NOW)
    key, one, two = a_case(context), browser(context), browser(context)
    mine = hidden(two.get(f"/cases/{key}").text, f"/cases/{key}/note")
    sent(one, f"/cases/{key}", f"/cases/{key}/note", why="primera")
    assert two.post(f"/cases/{key}/note", data={**mine, "why": "segunda"}).status_code == 409
    context.ledger.close()
