"""Test that each warning is stored and sent once, also after kills."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from core.config.city import City
from core.config.profile.warnings import WarningRules
from ledger import leases, read, warnings as stored
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from ledger.retention import forget
from pipeline.context import Context
from pipeline.steps.warn import warn
from pipeline.warnings.sending import quiet_until
from reports.document.warning_words import reason
from tests.support.clock import set_clock
from tests.support.killing import killed_at
from tests.support.ledger_facts import LEASE, NOW, SALT, arrive, post, reading
from tests.support.mail_server import MailServer
from tests.support.receiver import Behaviour, Receiver, answer, first
from tests.support.warning_rig import ALCALA, HOUR, MADRID, MINUTE, run_at, shown, told

pytest_plugins = ("tests.support.ledger_fixtures",)


def test_a_warning_starts_grows_and_ends_each_once_by_mail_and_webhook(
    context: Context, server: MailServer, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_at(context, NOW - 2 * HOUR, monkeypatch) == {"warnings": 0, "grown": 0, "ended": 0}
    told(context.ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin agua", "water_sewage")
    first = run_at(context, NOW, monkeypatch)
    assert first == {"warnings": 1, "grown": 0, "ended": 0, "notices_sent": 2}
    assert shown(context) == [(f"Water and sewage in {ALCALA}", 5, False)]
    assert run_at(context, NOW + 5 * MINUTE, monkeypatch) == {"warnings": 0, "grown": 0, "ended": 0}
    told(context.ledger, [NOW + n * MINUTE for n in range(6)], "Seguimos sin agua", "water_sewage")
    assert run_at(context, NOW + 10 * MINUTE, monkeypatch) == {"warnings": 0, "grown": 1, "ended": 0, "notices_sent": 2}
    assert run_at(context, NOW + 9 * HOUR, monkeypatch) == {"warnings": 0, "grown": 0, "ended": 1, "notices_sent": 2}
    assert run_at(context, NOW + 10 * HOUR, monkeypatch) == {"warnings": 0, "grown": 0, "ended": 0}
    assert shown(context) == [(f"Water and sewage in {ALCALA}", 11, True)]
    assert there.types() == [f"org.escucha.warning.{one}" for one in ("started", "grew", "ended")]
    event = there.taken[0].event
    assert event["data"]["people"] == 5
    assert event["data"]["url"].endswith("/warnings/1")
    assert "agua" not in there.taken[0].body.decode()  # no text of a post leaves by webhook
    assert there.taken[0].headers["webhook-signature"].startswith("v1,")
    mails = [mail for _to, mail in server.taken]
    about = f"Agua y alcantarillado en {ALCALA}"
    assert [" ".join(str(mail["Subject"]).split()) for mail in mails] == [
        f"Escucha Madrid: {one}: {about}" for one in ("Alerta", "La alerta crece", "La alerta ha finalizado")
    ]
    assert {str(mail["In-Reply-To"]) for mail in mails[1:]} == {str(mails[0]["Message-ID"])}
    body = str(mails[0].get_content())
    assert "3 personas escribieron en 30 minutos; a esta hora no lo hace nadie habitualmente." in body
    assert "Sin agua" in body
    assert "/warnings/1" in body


@pytest.mark.parametrize(
    "point",
    ["warn.written:1", "warn.stored:1", "warning.claimed:1", "warning.connected:1", "warning.sent:1", "warning.stored:1", "warning.sent:2"],
)
def test_a_step_killed_anywhere_is_finished_by_the_next_and_doubles_nothing(
    point: str, url: str, context: Context, server: MailServer, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(context.ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin agua", "water_sewage")
    set_clock(monkeypatch, NOW)

    def work() -> None:
        mine = open_ledger(url, SALT)
        warn(Context(city=context.city, settings=context.settings, salt=SALT, ledger=mine, sources={}, city_path=MADRID.path))

    assert killed_at(point, work)
    run_at(context, NOW + 11 * MINUTE, monkeypatch)  # the lease of the killed process has expired
    assert len(read.warnings(context.ledger)) == 1
    assert {one.state for one in read.outbox(context.ledger)} == {"sent"}
    # what was handed over before the kill is sent again under the same id, by which the receiver drops it
    assert len({one.headers["webhook-id"] for one in there.taken}) == 1
    assert len({str(mail["Message-ID"]) for _to, mail in server.taken}) == 1


@pytest.mark.parametrize("answer", ["550 no such user", "450 try again later"])
def test_a_server_that_takes_half_the_recipients_keeps_no_other_waiting(
    context: Context, server: MailServer, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = context.city.warnings.model_copy(update={"to": ("a@example.org", "b@example.org"), "webhooks": False})
    context = replace(context, city=context.city.model_copy(update={"warnings": rules}))
    server.refused["a@example.org"] = answer
    told(context.ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin agua", "water_sewage")
    counts = run_at(context, NOW, monkeypatch)
    assert (counts["notices_sent"], counts["notices_delayed"]) == (1, 1)
    assert [to for to, _mail in server.taken] == ["b@example.org"]
    server.refused.clear()
    assert run_at(context, NOW + HOUR, monkeypatch)["notices_sent"] == 1
    assert [to for to, _mail in server.taken] == ["b@example.org", "a@example.org"]


def test_two_workers_write_one_warning(context: Context, other: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    told(context.ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin agua", "water_sewage")
    assert leases.hold(other, stored.LEASE_NAME, "another", NOW, LEASE)
    assert run_at(context, NOW, monkeypatch) == {"warnings": 0}
    leases.release(other, stored.LEASE_NAME, "another")
    assert run_at(context, NOW, monkeypatch)["warnings"] == 1
    [one] = read.warnings(context.ledger)
    names = set(stored.WarningRow.model_fields)
    row = stored.WarningRow(**one.model_dump(include=names))
    assert not stored.start(other, row, [], ["started"], [("prensa@example.org", "mail")], NOW)
    assert {one.state for one in read.outbox(other)} == {"sent"}


@pytest.mark.parametrize(("behaviour", "waits"), [(answer(429, Retry_After="1800"), 30 * MINUTE), (answer(410), None)])
def test_a_webhook_that_asks_for_a_pause_gets_it_and_one_that_is_gone_is_left(
    behaviour: Behaviour, waits: timedelta | None, context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = context.city.warnings.model_copy(update={"to": ()})
    context = replace(context, city=context.city.model_copy(update={"warnings": rules}))
    there.behaviour = first(1, behaviour)
    told(context.ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin agua", "water_sewage")
    run_at(context, NOW, monkeypatch)
    run_at(context, NOW + 29 * MINUTE, monkeypatch)
    assert len(there.taken) == 1
    run_at(context, NOW + 31 * MINUTE, monkeypatch)
    assert len(there.taken) == (1 if waits is None else 2)


def test_a_debate_of_a_participation_site_never_warns(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)]
    told(context.ledger, moments, "Que abran la fuente", "water_sewage", source="decidim")
    assert run_at(context, NOW, monkeypatch)["warnings"] == 0
    told(context.ledger, moments, "La fuente no da agua", "water_sewage")
    assert run_at(context, NOW, monkeypatch)["warnings"] == 1
    assert shown(context) == [(f"Fountains in {ALCALA}", 5, False)]


def test_examples_and_old_rises_are_shown_and_sent_to_no_one(
    context: Context, server: MailServer, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(context.ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin luz", "street_lighting", source="example-x")
    old = [NOW - 50 * HOUR + n * 5 * MINUTE for n in range(6)]
    told(context.ledger, old, "Un socavón", "roads_pavements")
    assert run_at(context, NOW, monkeypatch)["warnings"] == 2
    assert {(one.example, one.ended_at is not None) for one in read.warnings(context.ledger)} == {(True, False), (False, True)}
    assert (server.taken, there.taken) == ([], [])


def test_an_issue_without_a_service_is_found_by_its_vectors(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store six posts without a common word, place or service, and near vectors."""
    chance = np.random.default_rng(3)
    issue = chance.normal(size=64)
    texts = ["Drones molestos", "Zumbidos arriba", "Aparatos volando", "Cacharros aéreos", "Vuelan cosas", "Enjambre nocturno"]
    others = [(f"Cosa {n}", NOW - timedelta(hours=9 + 7 * n), chance.normal(size=64)) for n in range(80)]
    same = [(text, NOW - (30 - 4 * n) * MINUTE, issue + 0.3 * chance.normal(size=64)) for n, text in enumerate(texts)]
    posts, vectors = [], {}
    for n, (text, at, vector) in enumerate([*others, *same], start=500):
        posts.append(post(n, "mastodon", created_at=at, received_at=at, author=f"{n:032x}", text=text))
        vectors[posts[-1].post_id] = vector.astype(np.float16).tobytes()
    arrive(context.ledger, posts, "mastodon")
    while claimed := annotations.claim_pending(context.ledger, "reader", 100, NOW, LEASE):
        read_ = [reading(one, places=(), topic="other", intent="other") for one in claimed]
        done = [one.model_copy(update={"embedding": vectors[one.post_id]}) for one in read_]
        annotations.store_annotations(context.ledger, "reader", done, [], NOW)
    run_at(context, NOW, monkeypatch)
    [one] = read.warnings(context.ledger)
    assert (one.kind, one.people, one.counted) == ("emerging", 6, 5)
    assert set(one.shown) <= {one.post_id for one in posts[-6:]}
    assert "asunto" in reason(one, "es")
    run_at(context, NOW + 5 * MINUTE, monkeypatch)
    assert len(read.warnings(context.ledger)) == 1


def test_quiet_hours_hold_the_mail_back_unless_many_write(context: Context) -> None:
    def at(hours: str) -> City:
        return context.city.model_copy(update={"warnings": WarningRules(quiet_hours=hours)})

    one_in_the_night = NOW.replace(hour=0)  # 1:00 in Madrid
    assert quiet_until(at("23:00-07:00"), one_in_the_night) == NOW.replace(hour=6)
    assert quiet_until(at("23:00-07:00"), NOW.replace(hour=22, minute=30)) == (NOW + timedelta(days=1)).replace(hour=6)
    assert quiet_until(at("23:00-07:00"), NOW) is None
    assert quiet_until(at(""), one_in_the_night) is None


@pytest.mark.parametrize(
    "wrong", [{"quiet_hours": "23-7"}, {"to": ["a@b, c@d"]}, {"people": 2}, {"false_alarms_per_week": 0}, {"unknown": 1}]
)
def test_a_wrong_profile_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WarningRules.model_validate(wrong)


def test_forgotten_posts_leave_no_trace_in_a_warning_about_a_word(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = told(context.ledger, [NOW - 40 * MINUTE + n * 5 * MINUTE for n in range(7)], "Apagonazo", "other", ())
    assert run_at(context, NOW, monkeypatch)["warnings"] == 1
    [one] = read.warnings(context.ledger)
    assert (one.kind, one.subject) == ("word", "apagonazo")
    assert len(read.warning_posts(context.ledger, one.number)) == 7
    for post_id in ids[:2]:
        forget.erase_post(context.ledger, post_id, "erased", NOW)
    assert len(read.warning_posts(context.ledger, one.number)) == 5
    for post_id in ids[2:]:
        forget.erase_post(context.ledger, post_id, "erased", NOW)
    assert read.warnings(context.ledger) == []


def test_after_a_week_without_posts_a_rise_is_found_and_the_silence_is_none(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    later = NOW + timedelta(days=9)
    for hours in (8 * 24, 9 * 24):
        assert run_at(context, NOW + hours * HOUR, monkeypatch) == {"warnings": 0, "grown": 0, "ended": 0}
    told(context.ledger, [later - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin agua", "water_sewage")
    assert run_at(context, later, monkeypatch)["warnings"] == 1
    assert shown(context) == [(f"Water and sewage in {ALCALA}", 5, False)]
