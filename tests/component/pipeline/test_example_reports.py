"""The demonstration has a report of each kind, once, about the example month; what people remove does not come back."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from core.records.annotation import Place
from core.records.post import Post
from ledger import leases, read
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from pipeline import marked_events, saved_views
from pipeline.city import example_reports
from pipeline.city.example_reports import write_example_reports
from pipeline.context import Context, now, read_profile
from reports.build.asked import Asked
from tests.support.ledger_facts import ALCALA, LEASE, SALT, SOL, arrive, decide, no_case, post, reading

MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid.toml"
ENDS = datetime(2026, 11, 23, 6, tzinfo=UTC)
"""The example month ends on a Monday morning."""
DAY = timedelta(days=1)
REPORTS = [
    "daily/2026-11-22_2026-11-23",
    "department-vias-publicas/2026-11-16_2026-11-23",
    "district-centro/2026-11-16_2026-11-23",
    "event-roads-pavements-centro/2026-11-18_2026-11-20",
    "monthly/2026-10-01_2026-11-01",
    "view-waste-cleaning-complaint/2026-11-16_2026-11-23",
    "weekly/2026-11-16_2026-11-23",
]


def fill(ledger: Ledger) -> None:
    """Store an example month, and three posts of an archive in October.

    Five posts about the road at Sol on the 18th, two on the 19th, three on the 21st; twelve about waste all over the week.
    """
    sol = [ENDS - n * DAY for n in (5, 5, 5, 5, 5, 4, 4, 2, 2, 2)]
    of_week: list[tuple[datetime, str, Place]] = [(at, "roads_pavements", SOL) for at in sol]
    of_week += [(ENDS - n * DAY / 2, "waste_cleaning", ALCALA) for n in range(12)]
    made: list[tuple[Post, str, Place]] = []
    for number, (at, topic, place) in enumerate(of_week, start=1):
        one = post(number, "example-x", created_at=at, received_at=at, replayed_from=at - 40 * DAY)
        made.append((one, topic, place))
    for number in (101, 102, 103):
        at = datetime(2026, 10, 14, 10, tzinfo=UTC)
        made.append((post(number, created_at=at, received_at=at, replayed_from=at - 40 * DAY), "noise", ALCALA))
    for source in ("example-x", "archive"):
        arrive(ledger, [one for one, _, _ in made if one.source == source], source, ENDS)
    assert annotations.claim_pending(ledger, "reader", 100, ENDS, LEASE)
    found = [reading(one, places=(place,), topic=topic) for one, topic, place in made]
    annotations.store_annotations(ledger, "reader", found, [], ENDS)
    decide(ledger, [no_case(one) for one, _, _ in made], ENDS)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    fill(ledger)
    _, sources = read_profile(MADRID)
    city = load_city(MADRID).model_copy(update={"languages": ("es",)})
    yield Context(city, Settings(home=tmp_path), SALT, ledger, sources, MADRID)
    ledger.close()


def folders(home: Path) -> list[str]:
    return sorted(str(path.parent.relative_to(home / "reports")) for path in (home / "reports").glob("*/*/numbers.json"))


def test_each_kind_is_written_once_about_the_example_month(context: Context) -> None:
    home = context.settings.home
    assert write_example_reports(context) == 7
    assert folders(home) == REPORTS
    weekly = home / "reports" / "weekly" / "2026-11-16_2026-11-23"
    assert {path.name for path in weekly.iterdir()} == {
        "numbers.json",
        "weekly.es.html",
        "weekly.es.odp",
        "weekly.es.pdf",
        "weekly.es.xlsx",
    }
    (event,) = read.marked_events(context.ledger)
    assert (event.name, event.said) == ("Ejemplo: Calzadas y aceras, Puerta del Sol", "2026-11-18 – 2026-11-19, roads_pavements, Centro")
    assert event.name in (home / "reports" / "district-centro" / "2026-11-16_2026-11-23" / "district-centro.es.html").read_text()
    (view,) = read.saved_views(context.ledger, "ana")
    assert (view.name, view.query, view.owner) == (
        "Ejemplo: quejas, Residuos y limpieza",
        "topic=waste_cleaning&intent=complaint",
        "example",
    )
    before = {path: path.stat().st_mtime_ns for path in (home / "reports").rglob("*")}
    assert write_example_reports(context) == 0
    assert {path: path.stat().st_mtime_ns for path in (home / "reports").rglob("*")} == before


def test_a_report_with_a_missing_file_is_written_again(context: Context) -> None:
    for kind in REPORTS[:-1]:  # as if a run was killed in the last report
        folder = context.settings.home / "reports" / kind
        folder.mkdir(parents=True)
        name = kind.partition("/")[0]
        for form in ("html", "odp", "pdf", "xlsx"):
            (folder / f"{name}.es.{form}").touch()
        (folder / "numbers.json").write_text(f'{{"asked": {{"kind": "{name.partition("-")[0]}"}}}}')
    weekly = context.settings.home / "reports" / REPORTS[-1]
    weekly.mkdir(parents=True)
    (weekly / "numbers.json").write_text('{"asked": {"kind": "weekly"}}')
    (weekly / "weekly.es.html").touch()
    assert write_example_reports(context) == 1
    assert (weekly / "weekly.es.pdf").read_bytes().startswith(b"%PDF")


def test_what_people_remove_stays_removed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def note(_context: Context, asked: Asked, _languages: object) -> dict[str, int]:
        written.append(asked.kind)
        return {"written": 1}

    monkeypatch.setattr(example_reports, "report_asked", note)
    write_example_reports(context)
    (event,), (view,) = read.marked_events(context.ledger), read.saved_views(context.ledger, "ana")
    marked_events.remove(context, event.id, "ana", event.revision)
    saved_views.remove(context, view.id, "ana", leads=True)
    written.clear()
    write_example_reports(context)
    assert written == ["daily", "weekly", "monthly"]
    assert (read.marked_events(context.ledger), read.saved_views(context.ledger, "ana")) == ([], [])


def test_nothing_is_written_without_the_example_month_or_beside_another_process(context: Context) -> None:
    assert leases.hold(context.ledger, "example reports", "another", now(), LEASE)
    assert write_example_reports(context) == 0
    leases.release(context.ledger, "example reports", "another")
    for one in context.sources.values():
        one.switched_off = "off: a real source is on"
    assert write_example_reports(context) == 0
    assert (folders(context.settings.home), read.marked_events(context.ledger)) == ([], [])


@pytest.mark.slow
def test_a_kill_between_two_reports_and_two_processes_leave_each_once(context: Context, tmp_path: Path) -> None:
    write = (
        "import sys; from pathlib import Path; from core.config.settings import Settings\n"
        "from pipeline.context import open_context; from pipeline.city.example_reports import write_example_reports\n"
        f"with open_context(Path({str(MADRID)!r}), Settings(home=Path({str(tmp_path)!r}), salt={SALT.decode()!r})) as context:\n"
        "    print(write_example_reports(context))\n"
    )

    def start(**more: str) -> subprocess.Popen[str]:
        env = {"PATH": "/usr/bin:/bin", **more}
        return subprocess.Popen([sys.executable, "-c", write], cwd=MADRID.parents[1], env=env, stdout=-1, text=True)

    killed = start(ESCUCHA_FAULT_AT="example.reported:3")
    assert (killed.communicate(timeout=120)[0], killed.returncode) == ("", -signal.SIGKILL)
    assert len(folders(tmp_path)) == 3
    both = [start(), start()]
    assert sum(int(one.communicate(timeout=120)[0]) for one in both) == 4
    assert folders(tmp_path) == REPORTS
    assert len(read.marked_events(context.ledger)) == len(read.saved_views(context.ledger, "ana")) == 1
