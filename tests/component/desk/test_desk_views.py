"""Saved views: a view opens the rows it showed, belongs to a person, can be shared by a lead, and alerts its reader."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from core.config.profile.saved_views import SavedViews
from core.errors import ChangeRefusedError
from ledger import read
from pipeline import all_steps as steps, saved_views
from pipeline.access import accounts
from pipeline.context import Context
from search.connection.engine import stop_embedded
from tests.support.desk_client import browser, hidden, logged_in, people
from tests.support.seeded import by_hand, fill, open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
LIT = "/posts?period=all&topic=street_lighting"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_seeded(tmp_path_factory.mktemp("home"), 24, NOW)
    context.city = context.city.model_copy(update={"saved_views": SavedViews(per_person=4)})
    context.settings = context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1"), "mail_from": "escucha@ayto.test"})
    people(context)
    accounts.set_mail(context.ledger, "ben", "ben@ayto.test", "test")
    steps.index(context)
    yield context
    context.ledger.close()
    stop_embedded(context.settings)


@pytest.fixture
def context(indexed: Context) -> Iterator[Context]:
    yield indexed
    for name in ("ana", "ben"):
        for one in read.saved_views(indexed.ledger, name):
            if one.owner == name:
                saved_views.remove(indexed, one.id, name, leads=False)


@pytest.fixture(scope="module")
def ben(indexed: Context) -> TestClient:
    return logged_in(indexed, "ben")


@pytest.fixture(scope="module")
def ana(indexed: Context) -> TestClient:
    return logged_in(indexed, "ana")


def form_of(client: TestClient, address: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in hidden(client.get(address).text, "/views/save").items()}


def save(client: TestClient, address: str, name: str, **more: str) -> str:
    """Save the view of an address; return the page it leads to."""
    answer = client.post("/views/save", data={**form_of(client, address), "name": name, **more})
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(page: str) -> list[str]:
    return re.findall(r'name="post" value="(\w+):', page) or re.findall(r'href="/cases/(C-[^"?]+)', page)


def chips(page: str) -> dict[str, str]:
    """Return the address of each saved view in the head of a page, by name."""
    bar = page.partition('class="lens saved"')[2].partition("</section>")[0]
    found = re.findall(r'<a class="chip[^"]*" data-exact href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?([^<]*)', bar)
    return {unescape(name): unescape(address) for address, name in found}


@pytest.mark.parametrize(
    "address",
    [
        LIT,
        "/posts?topic=street_lighting&period=30d&sort=oldest&of=all",
        "/posts?q=farola+-contenedores&period=all&decision=in_case",
        "/posts",
        "/cases",
        "/cases?all=1&topic=waste_cleaning&sort=newest",
        "/cases?whose=none&department=Alumbrado",
        "/cases?q=alcal%C3%A1&period=all",
    ],
)
def test_a_saved_view_opens_the_rows_that_it_showed(context: Context, ben: TestClient, address: str) -> None:
    before = ben.get(address).text
    after = save(ben, address, "Mine")
    assert rows(after) == rows(before)
    opened = ben.get(chips(ben.get("/posts" if address.startswith("/posts") else "/cases").text)["Mine"]).text
    assert rows(opened) == rows(before)
    assert re.search(r'class="chip on"[^>]* aria-current="page"', opened)
    assert "Save this view" not in opened


def test_words_in_a_name_are_only_words(context: Context, ben: TestClient) -> None:
    page = save(ben, LIT, "<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(
    ("address", "status"),
    [("/posts?topic=nothing", 400), ("/posts?sort=x", 400), ("/posts?q=" + "a%C3%B1" * 900, 400), ("/posts?q=" + "a%C3%B1" * 90, 200)],
)
def test_an_address_that_no_page_shows_is_refused(context: Context, ben: TestClient, address: str, status: int) -> None:
    form = form_of(ben, "/posts")
    answer = ben.post("/views/save", data={**form, "address": address, "name": "Wrong"})
    assert answer.status_code == status
    assert len(read.saved_views(context.ledger, "ben")) == (status == 200)


def test_names_are_unique_and_views_are_limited_and_the_typed_name_is_kept(context: Context, ben: TestClient) -> None:
    save(ben, LIT, "Light")
    form = form_of(ben, "/posts")
    again = ben.post("/views/save", data={**form, "name": "Light"})
    assert again.status_code == 400
    assert "You have a view named “Light” on this page already" in again.text
    for name in ("a", "b", "c"):
        ben.post("/views/save", data={**form, "name": name})
    full = ben.post("/views/save", data={**form, "name": "My fifth"})
    assert "You have 4 saved views, and no more are kept" in full.text
    assert "My fifth" in full.text
    assert ben.post("/views/save", data={**form, "name": "   "}).status_code == 400


def test_a_private_view_is_its_owners_alone_and_a_lead_shares(context: Context, ben: TestClient, ana: TestClient) -> None:
    save(ben, LIT, "Light", shared="1")  # an agent's wish to share is not followed
    [view] = read.saved_views(context.ledger, "ben")
    assert not view.shared
    assert "Light" not in chips(ana.get("/posts").text)
    page = ana.get("/views").text
    for action in ("rename", "remove", "share", "alert"):
        token = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', page)[0], "name": "Taken", "alert": "once"}
        assert ana.post(f"/views/{view.id}/{action}", data=token).status_code == 400, action
    assert read.saved_views(context.ledger, "ben") == [view]
    save(ana, "/cases?whose=none", "For all", shared="1")
    assert chips(ben.get("/cases").text)["For all"] == "/cases?period=all&whose=none"
    [theirs] = [one for one in read.saved_views(context.ledger, "ben") if one.name == "For all"]
    form = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', ben.get("/views").text)[0], "name": "Other"}
    refused = ben.post(f"/views/{theirs.id}/rename", data=form)
    assert refused.status_code == 400
    assert "its owner or a lead can change it" in refused.text
    assert ben.post(f"/views/{theirs.id}/share", data=form).status_code == 404


def test_alerts_are_set_paused_and_removed_and_all_is_audited(context: Context, ben: TestClient) -> None:
    page = save(ben, LIT, "Light", alert="daily", hour="7")
    assert "alert every day at 07:00" in page
    [view] = read.saved_views(context.ledger, "ben")
    token = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', ben.get("/views").text)[0]}
    for action, words in (("pause", "alert paused"), ("resume", "alert every day"), ("quiet", "–")):
        assert words in ben.post(f"/views/{view.id}/{action}", data=token).text
    assert read.view_alerts(context.ledger) == []
    assert "alert at once" in ben.post(f"/views/{view.id}/alert", data={**token, "alert": "once"}).text
    ben.post(f"/views/{view.id}/rename", data={**token, "name": "Lights"})
    ben.post(f"/views/{view.id}/remove", data=token)
    said = [one.what for one in reversed(read.audit(context.ledger, f"view {view.id}"))]
    assert said == [
        "view_saved",
        "view_alert_set",
        "view_alert_paused",
        "view_alert_resumed",
        "view_alert_removed",
        "view_alert_set",
        "view_renamed",
        "view_removed",
    ]


def test_an_alert_that_cannot_be_leaves_no_view_behind(context: Context, ben: TestClient) -> None:
    form = form_of(ben, "/posts?period=last_week")
    answer = ben.post("/views/save", data={**form, "name": "Past", "alert": "once"})
    assert "The period of this view has ended" in answer.text
    assert read.saved_views(context.ledger, "ben") == []
    webhook = ben.post("/views/save", data={**form, "name": "Hook", "alert": "once", "channel": "webhook https://a/"})
    assert webhook.status_code == 400
    assert read.saved_views(context.ledger, "ben") == []


def test_a_view_with_words_is_told_what_the_search_engine_finds(context: Context, ben: TestClient) -> None:
    save(ben, "/posts?q=farola+-biblioteca&of=all&period=30d", "Lamps", alert="once")
    assert steps.alert(context) == {"matches": 0}
    fill(context.ledger, by_hand(context.city), 8, NOW, source="mastodon")  # two of them name a lamp
    assert steps.alert(context) == {"matches": 0}, "not searchable yet"
    steps.index(context)
    assert steps.alert(context) == {"matches": 2, "alerts_delayed": 1}  # no mail server answers here


def test_an_account_without_mail_is_told_where_to_enter_it(context: Context, ana: TestClient) -> None:
    assert 'your mail address: <a href="/views#mail">enter it</a>' in ana.get("/posts").text
    token = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', ana.get("/views").text)[0]}
    assert ana.post("/views/mail", data={**token, "mail": "no address"}).status_code == 400
    ana.post("/views/mail", data={**token, "mail": "ana@ayto.test"})
    assert 'name="alert" value="once"' in ana.get("/posts").text
    ana.post("/views/mail", data={**token, "mail": ""})
    account = read.user(context.ledger, "ana")
    assert account is not None
    assert account.mail is None


def test_only_administrators_enter_an_address_outside_the_council(context: Context, ben: TestClient) -> None:
    token = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', ben.get("/views").text)[0]}
    outside = ben.post("/views/mail", data={**token, "mail": "ben@elsewhere.test"})
    assert (outside.status_code, "outside the council" in outside.text) == (403, True)
    account = read.user(context.ledger, "ben")
    assert account is not None
    assert account.mail == "ben@ayto.test"


def test_a_desk_without_users_saves_views_and_says_what_alerts_by_mail_need(tmp_path: Path) -> None:
    """Before, “avisarme” led to a page that said that an account is needed, and no further."""
    context = open_seeded(tmp_path, 6, NOW)
    client = browser(context, "es")
    assert "Ruido de noche" in save(client, LIT, "Ruido de noche")
    users = (
        'usuarios, porque esta aplicación no tiene ninguno y no sabe a quién avisar: <a href="/users">cree el primero</a>; '
        "cada uno indica su dirección de correo en «Vistas guardadas»"
    )
    server = "un servidor de correo: consulte a quien administra el servidor"
    for path in ("/views", "/posts?topic=noise", "/cases?topic=noise"):
        page = client.get(path).text.replace("/users?topic=noise", "/users")  # under the lens
        asked = page.partition("Para recibir avisos por correo hace falta, por este orden:")[2].partition("</ul>")[0]
        assert re.findall(r"<li>(.*?)</li>", asked) == [server, users], path
        assert 'href="/views#mail"' not in page  # a dead end without an account
    assert client.get("/users").status_code == 200
    context.settings = context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:9")})
    page = client.get("/views").text
    assert (server in page, users in page) == (False, True)
    with pytest.raises(ChangeRefusedError, match="This desk has no users: create the first one"):
        saved_views.set_alert(context, read.saved_views(context.ledger, "desk")[0].id, "desk", saved_views.MAIL, None)
    context.ledger.close()
