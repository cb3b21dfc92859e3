"""Test that alerts go out once by mail or webhook, also after kills and outages."""

import threading

import pytest
from pydantic import SecretStr

from core.errors import ChangeRefusedError
from ledger import leases, read, saved_views as stored
from ledger.database import Ledger, open_ledger
from ledger.system import users
from pipeline import saved_views
from pipeline.context import Context
from pipeline.outbox import sending
from pipeline.steps import alert as alert_step
from pipeline.steps.alert import alert as send_alerts
from tests.support.alert_rig import ANA, HOUR, MADRID, MINUTE, NOISE, alert, at, run_at, write
from tests.support.killing import killed_at
from tests.support.ledger_facts import LEASE, NOW, SALT
from tests.support.mail_server import MailServer
from tests.support.receiver import Receiver, answer, first, hang

pytest_plugins = ("tests.support.ledger_fixtures",)


@pytest.mark.parametrize("point", ["alert.noted:1", "alert.written:1", "alert.claimed:1", "alert.sent:1", "alert.stored:1"])
@pytest.mark.parametrize("channel", ["mail", "webhook"])
def test_a_step_killed_anywhere_tells_everything_once(
    point: str, channel: str, url: str, context: Context, server: MailServer, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert(context, monkeypatch, hook=there if channel == "webhook" else None)
    ids = write(context.ledger, 3)
    at(NOW + MINUTE, monkeypatch)

    def work() -> None:
        mine = open_ledger(url, SALT)
        send_alerts(Context(city=context.city, settings=context.settings, salt=SALT, ledger=mine, sources={}, city_path=MADRID.path))

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


def test_two_workers_tell_each_post_once(context: Context, other: Ledger, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    alert(context, monkeypatch)
    write(context.ledger, 3)
    at(NOW + MINUTE, monkeypatch)
    second = Context(city=context.city, settings=context.settings, salt=SALT, ledger=other, sources={}, city_path=MADRID.path)
    for module in (alert_step, sending):  # a worker is a process: here each thread is one
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


def test_while_another_holds_the_lease_nothing_is_sent(
    context: Context, other: Ledger, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert(context, monkeypatch)
    write(context.ledger, 1)
    assert leases.hold(other, stored.LEASE_NAME, "another", NOW, LEASE)
    assert run_at(context, NOW, monkeypatch) == {"matches": 0}
    assert server.taken == []


@pytest.mark.parametrize(("role", "told"), [("reader", 0), ("agent", 0), ("lead", 1), ("admin", 1)])
def test_a_webhook_is_told_only_while_its_person_is_lead_or_admin(
    context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch, role: str, told: int
) -> None:
    alert(context, monkeypatch, hook=there)
    users.set_role(context.ledger, "ana", role, "console:test", NOW)
    write(context.ledger, 1)
    run_at(context, NOW + MINUTE, monkeypatch)
    assert len(there.taken) == told


def test_a_signed_webhook_names_the_posts_and_holds_no_text(context: Context, there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
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
    there.behaviour = first(1, bad)  # type: ignore[arg-type]  # a behaviour
    alert(context, monkeypatch, hook=there)
    alert(context, monkeypatch, "period=7d&topic=noise")
    write(context.ledger, 1)
    with pytest.MonkeyPatch.context() as hasty:
        if bad is hang:
            hasty.setattr("contact_centre.webhooks.sending.WHOLE_S", 1.0)
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
