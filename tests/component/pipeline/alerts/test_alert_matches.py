"""Test what an alert of a saved view tells: each new match once, nothing old or foreign."""

from datetime import timedelta

import pytest
from starlette.datastructures import QueryParams

from core.errors import ChangeRefusedError, UnavailableError
from desk.lens import Lens
from desk.pages.cases import listing
from desk.pages.messages import finding
from ledger import read, saved_views as stored
from ledger.database.writing import writing
from ledger.retention import forget
from ledger.schema import labels
from pipeline import saved_views
from pipeline.casework import ownership
from pipeline.context import Context
from pipeline.saved_views import matching
from tests.support.alert_rig import ANA, HOUR, MADRID, MINUTE, NOISE, alert, run_at, write
from tests.support.ledger_facts import NOW, arrive, opened_case, post
from tests.support.mail_server import MailServer

pytest_plugins = ("tests.support.ledger_fixtures",)


def subjects(server: MailServer) -> list[str]:
    return [" ".join(str(mail["Subject"]).split()) for _to, mail in server.taken]


def test_new_posts_are_mailed_once_and_old_ones_never(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_post_is_told_when_its_label_is_there(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    late = post(1, "mastodon", created_at=NOW, received_at=NOW, text="Otra noche sin dormir")
    arrive(context.ledger, [late], "mastodon")
    alert(context, monkeypatch)
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 0}
    write(context.ledger, 0)
    assert run_at(context, NOW + HOUR, monkeypatch)["matches"] == 1
    assert len(server.taken) == 1


def test_cases_are_told_when_they_come_to_match(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    old, mine = (opened_case(context.ledger, post(n, created_at=NOW)) for n in (1, 2))
    alert(context, monkeypatch, "period=all&whose=mine", page="cases")
    ownership.take(context, mine, "ana")
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 1, "alerts_sent": 1}
    assert subjects(server) == ["Escucha Madrid: 1 caso nuevo en «Ruido period=all&whose=mine»"]
    assert f"/cases/{mine}" in str(server.taken[0][1].get_content())
    ownership.hand_over(context, mine, "", "ana", "")
    ownership.take(context, mine, "ana", "again")
    assert run_at(context, NOW + 2 * MINUTE, monkeypatch) == {"matches": 0}, "a case is reported once"
    ownership.take(context, old, "ben")
    assert run_at(context, NOW + 3 * MINUTE, monkeypatch) == {"matches": 0}, "it is another's"


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


def test_a_digest_tells_a_day_once_at_its_hour(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize("query", ["period=last_week", "period=last_month", "period=custom&first=2026-01-01&last=2026-01-31"])
def test_a_view_of_the_past_gets_no_alert(query: str, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChangeRefusedError, match="ended"):
        alert(context, monkeypatch, query)


def test_an_alert_of_posts_to_act_on_leaves_the_others_out(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    alert(context, monkeypatch, f"{NOISE}&asks_action=yes")
    wanted, other = write(context.ledger, 2)
    with writing(context.ledger) as connection:
        connection.execute(labels.update().where(labels.c.post_id == other).values(actionable=False))
    assert run_at(context, NOW + MINUTE, monkeypatch) == {"matches": 1, "alerts_sent": 1}
    body = str(server.taken[0][1].get_content())
    assert f"/posts/{wanted}" in body
    assert f"/posts/{other}" not in body


def test_an_alert_never_tells_more_than_its_view_lists(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChangeRefusedError, match="do not know a filter"):
        alert(context, monkeypatch, "period=30d&moon=full")
    lists = {"posts": finding.view_parameters, "cases": listing.view_parameters}
    of_lists = QueryParams(dict.fromkeys(listing.VIEW_PARAMETERS, "1") | {"q": "a", "kind": "report", "state": "new"})
    of_posts = QueryParams("q=a&of=all&asks_action=yes&placed=no&decision=in_case&case_kind=report&sort=oldest&after=x&open=y")
    whole = Lens.read(QueryParams("period=week&topic=noise&district=a&source=x&language=es&intent=news&sentiment=neutral"))
    for page, given in (("posts", of_posts), ("cases", of_lists)):
        assert lists[page](whole, given).keys() <= matching.KNOWN[page], page


def test_without_the_search_engine_a_view_with_words_waits(context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
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
