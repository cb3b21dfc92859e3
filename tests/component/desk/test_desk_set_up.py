"""Administrators set the city up step by step; a step may be left out, and a gazetteer is looked at before it is used."""

import io
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.request import urlopen

import pytest
from starlette.testclient import TestClient

from core.config.city import load_city
from core.config.department_sets import departments_of
from core.config.protocols import LoadedCollector
from core.errors import ChangeRefusedError, ConfigurationError, StaleError
from desk.app import create_app
from gazetteer import gazetteer_of
from ledger import read
from pipeline.city import gazetteer_upload, profile, set_up
from pipeline.city.completeness import completeness
from pipeline.city.gazetteer_upload import Upload
from pipeline.city.overlay import lay
from pipeline.context import Context
from pipeline.sources import Source
from tests.support.desk_client import browser, hidden, logged_in, people
from tests.support.played import PlayedOptions
from tests.support.seeded import open_seeded
from tests.support.served_pages import served_at

PAGE = "/settings/setup"
SEND = f"{PAGE}/gazetteer/upload"
VALENCIA = Path(__file__).parents[2] / "data" / "valencia.geojson"
NOTICE = '[notice]\ncontroller = "Villa"\ncontact = "villa@example.org"\ndata_protection_officer = "dpd@example.org"\n'
STREETS = "tipo_via;nombre_via;numero;distrito;lat;lon\nCALLE;MAYOR;{n};Centro;39,47;-0,37\nCALLE;DEL SOL;3;Puerto;39,46;-0,36\n"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    made = open_seeded(tmp_path, 20, datetime.now(UTC) - timedelta(minutes=5))
    yield made
    made.ledger.close()


@pytest.fixture
def client(context: Context) -> TestClient:
    return browser(context)


def csv(number: int = 1, name: str = "calles.csv") -> dict[str, tuple[str, bytes]]:
    return {"files": (name, STREETS.format(n=number).encode())}


def send(client: TestClient, files: dict[str, tuple[str, bytes]], **typed: str) -> tuple[int, str]:
    """Upload files as the form does; return the status, and the address it leads to or the text of the page."""
    data = {**hidden(client.get(f"{PAGE}/gazetteer").text, SEND), **typed}
    answer = client.post(SEND, data=data, files=files, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


def press(client: TestClient, page: str, action: str, **typed: str) -> tuple[int, str]:
    data = {**hidden(client.get(page).text, action), **typed}
    answer = client.post(action, data=data, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", answer.text)


def test_every_item_of_completeness_is_in_one_step(context: Context) -> None:
    asked = [item for step in set_up.STEPS for item in step.items]
    assert sorted(asked) == sorted(one.name for one in completeness(context).items)


@pytest.mark.parametrize("language", ["en", "es", "ca"])
def test_every_step_has_a_page_with_its_reason_and_what_it_finds(context: Context, language: str) -> None:
    client = browser(context, language)
    overview = client.get(PAGE).text
    for step in set_up.STEPS:
        assert f'href="{PAGE}/{step.name}"' in overview
        shown = client.get(f"{PAGE}/{step.name}")
        assert shown.status_code == 200
        assert shown.text.count("<dt>") >= len(step.items)
    assert client.get(f"{PAGE}/nothing").status_code == 404


def test_a_step_that_is_left_out_says_who_did_it_and_is_kept_once(context: Context) -> None:
    people(context)
    ana, eva = logged_in(context, "ana"), logged_in(context, "eva")
    both = [hidden(one.get(f"{PAGE}/mail").text, f"{PAGE}/mail/skip") for one in (ana, eva)]
    answers = [one.post(f"{PAGE}/mail/skip", data=form, follow_redirects=False) for one, form in zip((ana, eva), both, strict=True)]
    assert [one.status_code for one in answers] == [303, 303]
    assert f'{PAGE}/mail"' not in answers[0].headers["location"]
    found = next(one for one in set_up.set_up(context).steps if one.step.name == "mail")
    assert (found.state, found.skip and found.skip.who) == ("skipped", "ana")
    assert "left out" in eva.get(f"{PAGE}/mail").text
    told = [one for one in read.audit(context.ledger, limit=50) if one.what.endswith("set-up step")]
    assert [(one.who, one.what, one.subject) for one in told] == [("ana", "skip set-up step", "mail")]
    assert press(eva, f"{PAGE}/mail", f"{PAGE}/mail/resume") == (303, f"{PAGE}/mail")
    assert read.setup_skips(context.ledger, "madrid") == {}


def test_a_form_of_a_step_is_saved_as_in_the_settings_and_leads_back(client: TestClient, context: Context) -> None:
    where = "/settings/city/save?step=city"
    typed = {"languages": "ca\r\nes", "timezone": "Europe/Madrid", "handles": "@MADRID\r\n@Lineamadrid"}
    assert press(client, f"{PAGE}/city", where, **typed) == (303, f"{PAGE}/city?saved=1")
    assert context.city.languages == ("ca", "es")
    assert "last change:" in client.get(f"{PAGE}/city").text
    status, refused = press(client, f"{PAGE}/city", where, **typed | {"handles": "MADRID"})
    assert status == 400
    assert "not a handle, which begins with @" in refused
    assert "own accounts" in refused


def test_feeds_are_a_source_at_once_and_none_again_when_they_are_taken_out(client: TestClient, context: Context) -> None:
    where = "/settings/feeds/save?step=press"
    assert press(client, f"{PAGE}/press", where, feeds="https://diario.example/rss", filtered="")[0] == 303
    assert context.sources["feeds"].options.model_dump()["feeds"] == ("https://diario.example/rss",)
    status, refused = press(client, f"{PAGE}/press", where, feeds="diario.example", filtered="")
    assert (status, "not a web address" in refused) == (400, True)
    assert press(client, f"{PAGE}/press", where, feeds="", filtered="")[0] == 303
    assert "feeds" not in context.sources


def test_seasons_are_shown_as_they_were_written(client: TestClient) -> None:
    where = "/settings/working_hours/save?step=calendar"
    season = "08-01/08-31: 08:00-14:00"
    typed = {"days": "MON", "spans": "08:00-15:00", "seasons": season, "closed": "", "country": "ES", "region": "AN"}
    assert press(client, f"{PAGE}/calendar", where, **typed)[0] == 303
    shown = client.get(f"{PAGE}/calendar").text
    assert f">{season}</textarea>" in shown
    assert "Andalusia Day" in shown or "Assumption" in shown


def test_a_source_is_tried_now_and_says_what_it_found(client: TestClient, context: Context) -> None:
    module = cast(LoadedCollector, SimpleNamespace(check=lambda *_: "3 posts of today"))
    context.sources["archive"] = Source("archive", module, PlayedOptions(every=60), None, [])
    status, shown = press(client, f"{PAGE}/sources", f"{PAGE}/sources/try#tried", source="archive")
    assert (status, "3 posts of today" in shown) == (200, True)
    assert press(client, f"{PAGE}/sources", f"{PAGE}/sources/try#tried", source="nothing")[0] == 400
    assert "ESCUCHA_SMTP_URL" in press(client, f"{PAGE}/mail", f"{PAGE}/mail/try#tried")[1]


def test_only_administrators_set_up_and_upload(context: Context) -> None:
    people(context)
    ben, ana = logged_in(context, "ben"), logged_in(context, "ana")
    assert {ben.get(path).status_code for path in (PAGE, f"{PAGE}/city", f"{PAGE}/gazetteer/{'a' * 16}")} == {403}
    token = hidden(ben.get("/account").text, "/account/password")
    for path in (f"{PAGE}/mail/skip", SEND, f"{PAGE}/gazetteer/{'a' * 16}/use"):
        assert ben.post(path, data=token, files=csv()).status_code == 403, path
        assert ana.post(path, data={"csrf": "wrong"}, files=csv()).status_code == 403, path
    assert not (context.settings.home / "gazetteers").exists()


def test_an_upload_is_looked_at_and_then_used_by_every_process(client: TestClient, context: Context) -> None:
    other = replace(context)
    status, where = send(client, {"files": (VALENCIA.name, VALENCIA.read_bytes())})
    assert (status, where.startswith(f"{PAGE}/gazetteer/")) == (303, True)
    shown = client.get(where).text
    assert "Nothing is used yet" in shown
    assert "2 places lie outside every district" in shown
    assert "is same_as" in shown  # Madrid's own places name Madrid's keys
    assert "<svg viewBox" in shown
    assert "Calle de Sueca" not in {one.name for one in gazetteer_of(context.city).entries}
    assert press(client, where, f"{where}/use", attribution="© OpenStreetMap")[1] == f"{PAGE}/gazetteer?saved=1"
    other.refresh()
    for one in (context, other):
        assert "Calle de Sueca" in {entry.name for entry in gazetteer_of(one.city).entries}
        assert one.city.attribution == "© OpenStreetMap"
    assert "The city uses these places" in client.get(where).text
    folder = Path(context.city.gazetteer_folder or "")
    assert (folder / "bodies.toml").resolve() == context.city_path.parent / "madrid" / "bodies.toml"  # what people edit holds for both
    gazetteer_upload.discard(context, folder.name)
    assert folder.exists()
    profile.undo(context, "gazetteer", 1, 1, "ana")
    assert context.city.gazetteer_folder == "madrid"


def test_the_columns_of_a_table_are_shown_with_what_is_missing(client: TestClient) -> None:
    _, where = send(client, csv())
    shown = client.get(where).text
    for words in ("nombre_via", "house number", "Stations (a table", "Schools, hospitals and parks"):
        assert words in shown


WRONG: dict[str, tuple[str, bytes, str]] = {
    "a picture": ("plano.png", b"\x89PNG\r\n", "no CSV and no GeoJSON, by its name"),
    "a picture with another name": ("plano.csv", b"\x89PNG\r\n\x1a\n\0\0", "not CSV with a line of column names"),
    "a table of other things": (
        "gastos.csv",
        b"concepto;importe\nluz;3\n",
        "its columns are concepto, importe; it needs a column with street",
    ),
    "half a file": ("ciudad.geojson", VALENCIA.read_bytes()[:3000], "not JSON"),
    "JSON of other things": ("ciudad.geojson", b'{"a": 1}', "JSON, but not a GeoJSON FeatureCollection"),
    "lists without an end": ("ciudad.geojson", b"[" * 200_000, "not JSON"),
    "other coordinates": ("calles.csv", b"calle;lat;lon\nMayor;4470000;440000\n", "are not degrees"),
    "no street": ("ciudad.geojson", b'{"type": "FeatureCollection", "features": []}', "no street in it"),
    "nothing": ("calles.csv", b"", "not CSV with a line of column names"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_words(client: TestClient, context: Context, name: str) -> None:
    file, content, words = WRONG[name]
    status, shown = send(client, {"files": (file, content)})
    assert status == 400
    assert words in shown
    assert str(context.settings.home) not in shown
    assert [one.name for one in (context.settings.home / "gazetteers").glob("*/*")] == []


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_spanish_too(context: Context, name: str) -> None:
    file, content, _ = WRONG[name]
    _, shown = send(browser(context, "es"), {"files": (file, content)})
    assert not any(words in shown for words in ("it needs", "not CSV", "are not degrees", "no street", "no CSV"))


def test_no_file_and_too_large_a_file_are_refused(client: TestClient) -> None:
    status, shown = send(client, {"files": ("", b"")})
    assert (status, "Choose a file first" in shown) == (400, True)
    status, shown = send(client, {"files": ("calles.csv", b"x" * 21_000_000)})
    assert (status, "20 MB together at most" in shown) == (413, True)
    assert client.post(f"{PAGE}/mail/skip", data={"csrf": "x" * 200_000}).status_code == 413


def test_of_two_administrators_who_use_an_upload_at_once_one_is_told(context: Context) -> None:
    people(context)
    ana, eva = logged_in(context, "ana"), logged_in(context, "eva")
    first, second = send(ana, csv(1))[1], send(eva, csv(5))[1]
    assert first != second
    forms = [hidden(one.get(where).text, f"{where}/use") for one, where in ((ana, first), (eva, second))]
    assert ana.post(f"{first}/use", data=forms[0], follow_redirects=False).status_code == 303
    late = eva.post(f"{second}/use", data=forms[1], follow_redirects=False)
    assert (late.status_code, "changed since you opened them" in late.text) == (409, True)
    assert Path(context.city.gazetteer_folder or "").name == first.rpartition("/")[2]
    assert ana.post(f"{first}/use", data=forms[0], follow_redirects=False).status_code == 303  # a form sent twice


def test_one_upload_is_read_at_a_time_and_the_same_files_are_one_upload(context: Context) -> None:
    files = [Upload("calles.csv", io.BytesIO(STREETS.format(n=7).encode()))]
    with gazetteer_upload._alone(context), pytest.raises(ChangeRefusedError, match="Another gazetteer is being read"):
        gazetteer_upload.take(context, files, "ana")
    first = gazetteer_upload.take(context, files, "ana")
    assert gazetteer_upload.take(context, files, "eva") == first
    with pytest.raises(StaleError):
        gazetteer_upload.use(context, first.id, "", 3, "ana")
    gazetteer_upload.discard(context, first.id)
    with pytest.raises(ConfigurationError, match="not here any more"):
        gazetteer_upload.use(context, first.id, "", 0, "ana")


def test_an_upload_that_is_gone_leaves_the_places_of_the_file(context: Context) -> None:
    draft = gazetteer_upload.take(context, [Upload("calles.csv", io.BytesIO(STREETS.format(n=7).encode()))], "ana")
    gazetteer_upload.use(context, draft.id, "", 0, "ana")
    (gazetteer_upload.folder_of(context, draft.id) / "streets.csv").unlink()
    laid = lay(context.ledger, context.city_path, context.settings.home)
    assert laid.city.gazetteer_folder == "madrid"
    assert list(laid.problems) == ["gazetteer"]


@pytest.mark.parametrize("number", ["NaN", "1e400", "-Infinity", "[]", '"x"', "null"])
def test_a_coordinate_that_is_no_number_is_left_out_or_refused(context: Context, number: str) -> None:
    street = {"type": "Feature", "properties": {"highway": "residential", "name": "Calle Mayor"}}
    geometry = {"type": "LineString", "coordinates": [[-0.37, 39.47], [-0.36, "N"]]}
    content = json.dumps({"type": "FeatureCollection", "features": [{**street, "geometry": geometry}]}).replace('"N"', number)
    with pytest.raises(ConfigurationError):
        gazetteer_upload.take(context, [Upload("a.geojson", io.BytesIO(content.encode()))], "ana")


def test_an_upload_that_hangs_or_breaks_off_holds_nobody_up_and_leaves_nothing(context: Context) -> None:
    head = f"POST {SEND} HTTP/1.1\r\nHost: {{}}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n"
    part = '--x\r\nContent-Disposition: form-data; name="files"; filename="calles.csv"\r\n\r\n' + "calle\r\n" * 9000
    with served_at(create_app(context)) as address:
        host = address.removeprefix("http://")
        port = int(host.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as hanging:
            hanging.sendall((head.format(host) + part).encode())
            assert urlopen(f"{address}{PAGE}/gazetteer", timeout=30).status == 200
        assert urlopen(f"{address}/alive", timeout=30).status == 200
    assert not (context.settings.home / "gazetteers").exists()


def test_the_departments_of_a_council_of_a_size_replace_those_without_cases(client: TestClient, context: Context) -> None:
    page, begin = f"{PAGE}/departments", f"{PAGE}/departments/begin"
    before = context.city.departments
    assert [one for one in before if read.count_cases(context.ledger, department=one.name)]
    status, refused = press(client, page, begin, size="small")
    assert (status, "one by one" in refused, context.city.departments) == (400, True, before)


def test_a_new_city_begins_with_the_departments_of_its_size(tmp_path: Path) -> None:
    path = tmp_path / "villa.toml"
    path.write_text('name = "Villa"\n[[departments]]\nname = "Policía local"\ntopics = ["other"]\nmail = "policia@example.org"\n' + NOTICE)
    context = replace(open_seeded(tmp_path / "home", 0, datetime.now(UTC)), city=load_city(path), city_path=path)
    client = browser(context)
    page, begin = f"{PAGE}/departments", f"{PAGE}/departments/begin"
    for size, expected in (("small", 4), ("large", len(departments_of("large")))):
        assert press(client, page, begin, size=size) == (303, f"{page}?saved=1")
        assert len(context.city.departments) == expected
        police = next(one for one in context.city.departments if one.name == "Policía local")
        assert (police.mail, "safety_police" in police.topics) == ("policia@example.org", True)
    assert press(client, page, begin, size="huge")[0] == 404
    assert press(client, page, begin, size="small", seen="1")[0] == 409
    profile.undo(context, "departments", 2, 2, "ana")
    assert {one.name for one in context.city.departments} == {one["name"] for one in departments_of("small")}
    context.ledger.close()
