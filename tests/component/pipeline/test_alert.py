"""Alerts of saved views: each match is told once, by mail or webhook, also after kills and with two workers."""

import base64
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.datastructures import QueryParams

from core.config.city import load_city
from core.config.saved_views import SavedViews
from core.config.settings import Settings
from core.config.webhooks import Webhook
from core.errors import ChangeRefusedError, UnavailableError
from desk.lens import Lens
from desk.pages.cases import listing
from desk.pages.messages import finding
from ledger import leases, read, saved_views as stored
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from ledger.retention import forget
from ledger.system import users
from pipeline import alert as alert_step, saved_views
from pipeline.alert import alert as send_alerts
from pipeline.casework import ownership
from pipeline.context import Context
from pipeline.saved_views import matching, sending
from tests.support.killing import killed_at
from tests.support.ledger_facts import LEASE, NOW, SALT, arrive, opened_case, post, reading
from tests.support.mail_server import MailServer, mail_server
from tests.support.receiver import Receiver, answer, first, hang, receiver

pytest_plugins = ("tests.support.ledger_fixtures",)

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOISE = "period=30d&topic=noise"
ANA = "ana@ayto.test"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", f"whsec_{base64.b64encode(b'k' * 32).decode()}")
    with receiver() as running:
        yield running


@pytest.fixture
def context(ledger: Ledger, server: MailServer, there: Receiver, tmp_path: Path) -> Context:
    hook = Webhook.model_validate({"url": there.url, "secret": "ESCUCHA_WEBHOOK_SECRET"})
    limits = SavedViews(per_person=3, told_per_hour=4)
    city = MADRID.model_copy(update={"webhooks": (hook,), "saved_views": limits})
    settings = Settings(home=tmp_path, smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
    for name, role in (("ana", "lead"), ("ben", "agent")):
        users.set_user(ledger, name, "no password", role, NOW)
    users.set_mail(ledger, "ana", ANA, "console:test", NOW)
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)


def at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (alert_step, sending, saved_views):
        monkeypatch.setattr(module, "now", lambda: moment)


def run_at(context: Context, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    at(moment, monkeypatch)
    return send_alerts(context)


def write(
    ledger: Ledger, count: int, topic: str = "noise", moment: datetime = NOW, source: str = "mastodon"
) -> list[str]:
    """Store labelled posts; return their ids."""
    begin = len(list(read.post_records(ledger)))
    posts = [
        post(
            begin + n,
            source,
            created_at=moment,
            received_at=moment,
            author=f"{begin + n:032x}",
            text=f"Ruido {begin + n}",
        )
        for n in range(1, count + 1)
    ]
    arrive(ledger, posts, source)
    while claimed := annotations.claim_pending(ledger, "reader", 100, NOW, LEASE):
        annotations.store_annotations(ledger, "reader", [reading(one, topic=topic) for one in claimed], [], NOW)
    return [one.post_id for one in posts]


def alert(
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    query: str = NOISE,
    hook: Receiver | None = None,
    hour: int | None = None,
    moment: datetime = NOW,
    page: saved_views.Page = "posts",
) -> str:
    """Save a view of ana's and alert her; return the view."""
    at(moment, monkeypatch)
    view = saved_views.save(context, "ana", page, f"Ruido {query}"[:80], query, False)
    saved_views.set_alert(context, view, "ana", "mail" if hook is None else f"webhook {hook.url}", hour)
    return view


def subjects(server: MailServer) -> list[str]:
    return [" ".join(str(mail["Subject"]).split()) for _to, mail in server.taken]


def test_new_posts_are_mailed_once_and_old_ones_never(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(context.ledger, 2)
    alert(context, monkeypatch)
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 0}
    [new] = write(context.ledger, 1)
    write(context.ledger, 1, "street_lighting")
    write(context.ledger, 1, moment=NOW - timedelta(days=9))  # a new source brings old posts
    write(context.ledger, 1, source="example-x")
    assert run_at(context, NOW + 2 * MINUTE, monkeypatch) == {"matches": 1, "alerts_sent": 1}
    assert run_at(context, NOW + 3 * MINUTE, monkeypatch) == {"matches": 0}
    [(to, mail)] = server.taken
    assert (to, subjects(server)) == (ANA, [f"Escucha Madrid: 1 mensaje nuevo en «Ruido {NOISE}»"])
    body = str(mail.get_content())
    assert "Mastodon: Ruido 3" in body
    assert f"/posts/{new}" in body
    assert f"/posts?{NOISE}" in body
    assert "/views" in body


def test_a_post_is_told_when_its_label_is_there(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = post(1, "mastodon", created_at=NOW, received_at=NOW, text="Otra noche sin dormir")
    arrive(context.ledger, [late], "mastodon")
    alert(context, monkeypatch)
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 0}
    write(context.ledger, 0)
    assert run_at(context, NOW + HOUR, monkeypatch)["matches"] == 1
    assert len(server.taken) == 1


@pytest.mark.parametrize("point", ["alert.noted:1", "alert.written:1", "alert.sent:1"])
@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_a_step_killed_anywhere_tells_everything_once(
    point: str,
    channel: str,
    url: str,
    context: Context,
    server: MailServer,
    there: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alert(context, monkeypatch, hook=there if channel == "webhook" else None)
    ids = write(context.ledger, 3)
    at(NOW + MINUTE, monkeypatch)

    def work() -> None:
        mine = open_ledger(url, SALT)
        send_alerts(
            Context(
                city=context.city, settings=context.settings, salt=SALT, ledger=mine, sources={}, city_path=MADRID.path
            )
        )

    assert killed_at(point, work)
    run_at(context, NOW + 12 * MINUTE, monkeypatch)  # the lease of the killed process has expired
    run_at(context, NOW + 13 * MINUTE, monkeypatch)
    if channel == "webhook":
        # what was handed over before the kill is sent again under the same id, by which the receiver drops it
        assert len({one.headers["webhook-id"] for one in there.taken}) == 1
        assert {tuple(sorted(one.event["data"]["items"])) for one in there.taken} == {tuple(sorted(ids))}
    else:
        assert len({str(mail["Message-ID"]) for _to, mail in server.taken}) == 1
        assert {str(mail.get_content()) for _to, mail in server.taken}.pop().count("- Mastodon") == 3


def test_two_workers_tell_each_post_once(
    context: Context, other: Ledger, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert(context, monkeypatch)
    write(context.ledger, 3)
    at(NOW + MINUTE, monkeypatch)
    second = Context(
        city=context.city, settings=context.settings, salt=SALT, ledger=other, sources={}, city_path=MADRID.path
    )
    for module in (alert_step, sending):  # a worker is a process: here each thread stands for one
        monkeypatch.setattr(module, "worker", lambda: threading.current_thread().name)
    both = [threading.Thread(target=send_alerts, args=(one,)) for one in (context, second)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    send_alerts(context)
    assert len(server.taken) == 1
    # without the lease the rows themselves refuse a second time
    [known] = read.view_alerts(context.ledger)
    items = [one.post_id for one in read.post_records(context.ledger)]
    assert stored.note_matches(other, known.id, items, True, NOW) == 0
    assert stored.make_message(other, known.id, 4, "", NOW + 2 * HOUR) == 0


def test_cases_are_told_when_they_come_to_match(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, mine = (opened_case(context.ledger, post(n, created_at=NOW)) for n in (1, 2))
    alert(context, monkeypatch, "period=all&whose=mine", page="cases")
    ownership.take(context, mine, "ana")
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 1, "alerts_sent": 1}
    assert subjects(server) == ["Escucha Madrid: 1 caso nuevo en «Ruido period=all&whose=mine»"]
    assert f"/cases/{mine}" in str(server.taken[0][1].get_content())
    ownership.hand_over(context, mine, "", "ana", "")
    ownership.take(context, mine, "ana", "again")
    assert run_at(context, NOW + 2 * MINUTE, monkeypatch) == {"matches": 0}, "a case is told once"
    ownership.take(context, old, "ben")
    assert run_at(context, NOW + 3 * MINUTE, monkeypatch) == {"matches": 0}, "it is another's"


def test_while_another_holds_the_lease_nothing_is_sent(
    context: Context, other: Ledger, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert(context, monkeypatch)
    write(context.ledger, 1)
    assert leases.hold(other, stored.LEASE_NAME, "another", NOW, LEASE)
    assert run_at(context, NOW, monkeypatch) == {"matches": 0}
    assert server.taken == []


def test_at_most_four_an_hour_are_listed_and_the_rest_is_one_line(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert(context, monkeypatch)
    write(context.ledger, 10)
    assert run_at(context, NOW + MINUTE, monkeypatch)["matches"] == 10
    body = str(server.taken[0][1].get_content())
    assert body.count("- Mastodon") == 4
    assert "y 6 más, que solo figuran en la vista." in body
    write(context.ledger, 2)
    assert run_at(context, NOW + 6 * MINUTE, monkeypatch) == {"matches": 0}, "the hour is used up"
    assert run_at(context, NOW + 62 * MINUTE, monkeypatch) == {"matches": 2, "alerts_sent": 1}
    assert len(server.taken) == 2
    assert "2 mensajes nuevos" in subjects(server)[1]


def test_a_digest_tells_a_day_once_at_its_hour(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = NOW.astimezone(MADRID.zone)
    eight = local.replace(hour=8, minute=0)
    alert(context, monkeypatch, hour=8, moment=eight + 2 * HOUR)
    write(context.ledger, 2, moment=eight + 3 * HOUR)
    assert run_at(context, eight + 4 * HOUR, monkeypatch) == {"matches": 0}, "today's digest lies before the alert"
    morning = eight + timedelta(days=1)
    assert run_at(context, morning - MINUTE, monkeypatch) == {"matches": 0}
    assert run_at(context, morning + 5 * MINUTE, monkeypatch) == {"matches": 2, "alerts_sent": 1}
    write(context.ledger, 1, moment=morning)
    assert run_at(context, morning + HOUR, monkeypatch) == {"matches": 0}, "a day has one digest"
    assert run_at(context, morning + timedelta(days=1), monkeypatch) == {"matches": 1, "alerts_sent": 1}
    assert run_at(context, morning + timedelta(days=2), monkeypatch) == {"matches": 0}, "an empty digest is not sent"


@pytest.mark.parametrize(("role", "told"), [("reader", 0), ("agent", 0), ("lead", 1), ("admin", 1)])
def test_a_webhook_is_told_only_while_its_person_is_lead_or_admin(
    context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch, role: str, told: int
) -> None:
    alert(context, monkeypatch, hook=there)
    users.set_role(context.ledger, "ana", role, "console:test", NOW)
    write(context.ledger, 1)
    run_at(context, NOW + MINUTE, monkeypatch)
    assert len(there.taken) == told


def test_a_signed_webhook_names_the_posts_and_holds_no_text(
    context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = alert(context, monkeypatch, hook=there)
    [new] = write(context.ledger, 1)
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 1, "alerts_sent": 1}
    [taken] = there.taken
    assert (taken.event["type"], taken.event["subject"]) == ("org.escucha.view.matched", f"view/{view}")
    assert taken.event["data"]["items"] == [new]
    assert taken.headers["webhook-signature"].startswith("v1,")
    assert "Ruido 1" not in taken.body.decode()


@pytest.mark.parametrize("bad", [answer(503), answer(404), hang])
def test_a_receiver_that_refuses_or_hangs_gets_it_later_and_stops_no_other(
    bad: object, context: Context, server: MailServer, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contact_centre.webhooks.sending.WHOLE_S", 0.3)
    there.behaviour = first(1, bad)  # type: ignore[arg-type]  # a behaviour
    alert(context, monkeypatch, hook=there)
    alert(context, monkeypatch, "period=7d&topic=noise")
    write(context.ledger, 1)
    first_run = run_at(context, NOW + MINUTE, monkeypatch)
    assert first_run == {"matches": 2, "alerts_delayed": 1, "alerts_sent": 1}
    assert len(server.taken) == 1
    [state] = [one for one in read.alert_states(context.ledger, [1, 2]).values() if one.reason]
    assert state.state == "pending"
    assert run_at(context, NOW + 5 * MINUTE, monkeypatch) == {"matches": 0, "alerts_sent": 1}
    assert len({one.headers["webhook-id"] for one in there.taken}) == 1


def test_a_mail_server_that_is_down_or_refuses_delays_the_mail(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.refused[ANA] = "450 try later"
    alert(context, monkeypatch)
    write(context.ledger, 1)
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 1, "alerts_delayed": 1}
    server.refused.clear()
    down = context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    real, context.settings = context.settings, down
    assert run_at(context, NOW + 5 * MINUTE, monkeypatch) == {"matches": 0, "alerts_delayed": 1}
    context.settings = real
    assert run_at(context, NOW + HOUR, monkeypatch) == {"matches": 0, "alerts_sent": 1}
    assert len(server.taken) == 1


def test_a_paused_alert_and_a_disabled_account_get_nothing_and_no_flood_afterwards(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = alert(context, monkeypatch)
    saved_views.pause_alert(context, view, "ana", True)
    write(context.ledger, 2)
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 0}
    saved_views.pause_alert(context, view, "ana", False)
    users.set_user(context.ledger, "eva", "no password", "admin", NOW)
    users.set_disabled(context.ledger, "ana", True, "eva", NOW)
    write(context.ledger, 2)
    assert run_at(context, NOW + 2 * MINUTE, monkeypatch) == {"matches": 0}
    users.set_disabled(context.ledger, "ana", False, "eva", NOW)
    assert run_at(context, NOW + 3 * MINUTE, monkeypatch) == {"matches": 0}
    write(context.ledger, 1)
    assert run_at(context, NOW + 4 * MINUTE, monkeypatch)["matches"] == 1
    assert len(server.taken) == 1
    users.remove_user(context.ledger, "ana", "eva", NOW)
    assert read.view_alerts(context.ledger) == []
    assert read.saved_views(context.ledger, "ana") == []


def test_a_removed_view_ends_its_alert_and_an_erased_post_leaves_it(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = alert(context, monkeypatch)
    server.refused[ANA] = "450 try later"
    [gone, kept] = write(context.ledger, 2)
    run_at(context, NOW + MINUTE, monkeypatch)
    forget.erase_post(context.ledger, gone, "erased", NOW)
    server.refused.clear()
    run_at(context, NOW + HOUR, monkeypatch)
    body = str(server.taken[0][1].get_content())
    assert gone not in body
    assert kept in body
    saved_views.remove(context, view, "ana", leads=False)
    write(context.ledger, 1)
    assert run_at(context, NOW + 2 * HOUR, monkeypatch) == {"matches": 0}


def test_what_an_alert_saw_long_ago_is_forgotten(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    alert(context, monkeypatch)
    write(context.ledger, 2)
    run_at(context, NOW + MINUTE, monkeypatch)
    later = NOW + stored.KEPT + HOUR
    assert stored.prune(context.ledger, NOW + HOUR) == 0
    assert stored.prune(context.ledger, later) == 2
    assert run_at(context, later, monkeypatch) == {"matches": 0}


@pytest.mark.parametrize(
    "query", ["period=last_week", "period=last_month", "period=custom&first=2026-01-01&last=2026-01-31"]
)
def test_a_view_of_the_past_gets_no_alert(query: str, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChangeRefusedError, match="ended"):
        alert(context, monkeypatch, query)


def test_an_alert_never_tells_more_than_its_view_lists(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChangeRefusedError, match="do not know a filter"):
        alert(context, monkeypatch, "period=30d&moon=full")
    lists = {"posts": finding.view_parameters, "cases": listing.view_parameters}
    of_lists = QueryParams(dict.fromkeys(listing.VIEW_PARAMETERS, "1") | {"q": "a", "kind": "report", "state": "new"})
    of_posts = QueryParams("q=a&of=all&decision=in_case&case_kind=report&sort=oldest&after=x&open=y")
    whole = Lens.read(
        QueryParams("period=week&topic=noise&district=a&source=x&language=es&intent=news&sentiment=neutral")
    )
    for page, given in (("posts", of_posts), ("cases", of_lists)):
        assert lists[page](whole, given).keys() <= matching.KNOWN[page], page


@pytest.mark.parametrize(
    ("owner", "channel", "words"),
    [
        ("ben", "mail", "no mail address"),
        ("ana", "webhook https://elsewhere.example/", "no such webhook"),
        ("ana", "pigeon", "no such webhook"),
    ],
)
def test_a_channel_that_reaches_no_one_is_refused(
    owner: str, channel: str, words: str, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(NOW, monkeypatch)
    view = saved_views.save(context, owner, "posts", "Ruido", NOISE, False)
    with pytest.raises(ChangeRefusedError, match=words):
        saved_views.set_alert(context, view, owner, channel, None)


def test_without_the_search_engine_a_view_with_words_waits(
    context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnavailableError):
        alert(context, monkeypatch, "period=30d&q=ruido")
    assert read.view_alerts(context.ledger) == []
    view = alert(context, monkeypatch)
    monkeypatch.setattr(read, "unseen_posts", _unavailable)
    with pytest.raises(UnavailableError):
        run_at(context, NOW, monkeypatch)
    monkeypatch.undo()
    write(context.ledger, 1)
    assert run_at(context, NOW + MINUTE, monkeypatch)["matches"] == 1
    assert view
    assert len(server.taken) == 1


def _unavailable(*_: object, **__: object) -> list[str]:
    raise UnavailableError("the search engine does not answer")
