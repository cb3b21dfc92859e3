"""The remark on a report: written by a lead, at the top of every file, never lost, never overwritten unseen."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from core.config.settings import Settings
from core.errors import UnavailableError
from ledger import leases, read
from ledger.database import Ledger, open_ledger
from pipeline.access import accounts
from pipeline.context import Context, now
from pipeline.privacy import erase
from pipeline.steps import report as reporting
from reports.build.asked import Asked
from tests.support.desk_client import browser, hidden, logged_in, people, sent
from tests.support.ledger_facts import SALT
from tests.support.report_weeks import CITY, filled

WEEK = Asked.model_validate({"kind": "weekly", "first": "2026-11-16"})
PAGE = "/reports/weekly/2026-11-16_2026-11-23"
REMARK = f"{PAGE}/remark"
TEXT = "La zanja se tapó el lunes.\n<b>Pedimos disculpas</b>"


def context_of(home: Path, ledger: Ledger) -> Context:
    return Context(city=CITY, settings=Settings(home=home), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one report, written once: each test works on a copy."""
    home = tmp_path_factory.mktemp("written")
    ledger = filled(home)
    assert reporting.report_asked(context_of(home, ledger), WEEK, ["es"]) == {"written": 1}
    ledger.close()
    return home


@pytest.fixture
def context(written: Path, tmp_path: Path) -> Iterator[Context]:
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield context_of(tmp_path, ledger)
    ledger.close()


def page_of(context: Context) -> str:
    return (context.settings.home / PAGE[1:] / "weekly.es.html").read_text()


def test_a_remark_is_in_every_file_and_a_new_report_keeps_it(context: Context) -> None:
    assert "Saved." in sent(browser(context), PAGE, REMARK, text=TEXT, language="es")
    folder = context.settings.home / PAGE[1:]
    for _again in range(2):
        page = page_of(context)
        assert "La zanja se tapó el lunes.\n&lt;b&gt;Pedimos disculpas&lt;/b&gt;" in page
        assert page.index("La zanja se tapó") < page.index("Lo que más ha cambiado")
        for file in ("weekly.es.pdf", "weekly.es.xlsx", "weekly.es.odp"):
            assert (folder / file).stat().st_size > 1000
        reporting.report_asked(context, WEEK, ["es"])
    with pikepdf.open(folder / "weekly.es.pdf") as paper:
        assert len(paper.pages) >= 2
    audited = [(one.who, one.what, one.subject) for one in read.audit_lines(context.ledger, what="report_remark")]
    assert audited == [("desk", "report_remark", "weekly/2026-11-16_2026-11-23")]


def test_an_empty_remark_takes_it_back_and_another_can_follow(context: Context) -> None:
    client = browser(context)
    for text, shown in ((TEXT, True), ("  ", False), ("Otra vez", True)):
        sent(client, PAGE, REMARK, text=text, language="es")
        assert ("Observación</h2>" in page_of(context)) is shown
    assert "No remark has been written yet." not in client.get(PAGE).text


def test_of_two_people_the_second_sees_the_first_before_anything_is_overwritten(context: Context) -> None:
    client = browser(context, "es")
    form = {**hidden(client.get(PAGE).text, REMARK), "language": "es"}
    assert client.post(REMARK, data={**form, "text": "Primera"}, follow_redirects=False).status_code == 303
    second = client.post(REMARK, data={**form, "text": "Segunda"}, follow_redirects=False)
    assert second.status_code == 409
    assert "otra persona ha cambiado esta observación entretanto" in second.text
    assert "Primera" in second.text  # what is stored
    assert "Segunda</textarea>" in second.text  # what was typed
    assert "Segunda" not in page_of(context)


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("agent", 403), ("lead", 303)])
def test_a_lead_may_write_a_remark(context: Context, role: str, status: int) -> None:
    people(context)
    accounts.set_role(context.ledger, "ben", role, "ana")
    ben = logged_in(context, "ben")
    page = ben.get(PAGE).text
    assert ("<textarea" in page) is (status == 303)
    token = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": token, "seen": "0", "text": "Hola", "language": "es"}
    assert ben.post(REMARK, data=form, follow_redirects=False).status_code == status


@pytest.mark.parametrize(
    ("form", "status"), [({"text": "x" * 4001}, 400), ({"language": "fr"}, 400), ({"seen": "-1"}, 400), ({"seen": "7"}, 409)]
)
def test_a_bad_remark_is_refused_and_kept_in_the_form(context: Context, form: dict[str, str], status: int) -> None:
    client = browser(context)
    sound = {**hidden(client.get(PAGE).text, REMARK), "text": "Texto", "language": "es"}
    answer = client.post(REMARK, data={**sound, **form}, follow_redirects=False)
    assert answer.status_code == status
    assert f"{form.get('text', 'Texto')}</textarea>" in answer.text
    assert read.report_remark(context.ledger, "weekly", "2026-11-16_2026-11-23") is None


@pytest.mark.parametrize("path", ["/reports/weekly/2020", "/reports/weekly/..%2f..", "/reports/no/2026-11-16_2026-11-23"])
def test_a_report_that_is_not_there_is_not_found(context: Context, path: str) -> None:
    assert browser(context).get(path).status_code == 404


def test_the_page_lists_every_file_and_says_what_changed(context: Context) -> None:
    page = browser(context, "es").get(PAGE).text
    assert "<strong>De lo que escribió más gente: Calzadas y aceras en Calle de Alcalá, Salamanca" in page
    assert "Lo que más ha cambiado: Calzadas y aceras en Centro" in page
    for form in ("html", "pdf", "xlsx", "odp"):
        answer = browser(context).get(f"{PAGE}/weekly.es.{form}")
        assert answer.status_code == 200
        disposition = answer.headers["content-disposition"].partition(";")[0]
        assert disposition == ("inline" if form in ("html", "pdf") else "attachment")


def test_a_report_that_another_process_writes_is_refused_with_nothing_half_written(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = page_of(context)
    assert leases.hold(context.ledger, "write report weekly", "another:1:1", now(), reporting.WRITE_LEASE)
    monkeypatch.setattr(reporting, "WAIT_S", 0.3)
    with pytest.raises(UnavailableError, match="Another process is writing this report"):
        reporting.report_asked(context, WEEK, ["es"])
    client = browser(context)
    answer = client.post(REMARK, data={**hidden(client.get(PAGE).text, REMARK), "text": "Hola", "language": "es"})
    assert answer.status_code == 503
    assert "Hola</textarea>" in answer.text
    assert page_of(context) == before
    leases.release(context.ledger, "write report weekly", "another:1:1")
    assert reporting.report_asked(context, WEEK, ["es"]) == {"written": 1}


def test_the_words_of_an_erased_post_leave_the_title_in_the_first_sentence(context: Context) -> None:
    assert "Un agujero" in page_of(context)
    posts = [one.post_id for one in read.post_records(context.ledger, case_key="C-000000000001")]
    for post in posts:
        erase.erase_post(context, post)
    assert "Un agujero" not in page_of(context)
    assert not any(b"Un agujero" in path.read_bytes() for path in (context.settings.home / PAGE[1:]).iterdir())


def test_two_threads_write_one_report_after_the_other(context: Context) -> None:
    done: list[dict[str, int]] = []
    threads = [threading.Thread(target=lambda: done.append(reporting.report_asked(context, WEEK, ["es"]))) for _n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert done == [{"written": 1}] * 2
    assert sorted(path.name for path in (context.settings.home / PAGE[1:]).iterdir()) == [
        "numbers.json",
        "weekly.es.html",
        "weekly.es.odp",
        "weekly.es.pdf",
        "weekly.es.xlsx",
    ]
