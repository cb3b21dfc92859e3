"""A dead scheduler is told once, and once when it is back, by something that is not the scheduler."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from core.privacy.pseudonymise import pseudonymise
from core.version import VERSION
from desk import rendering as desk_rendering
from desk.app import create_app
from desk.pages import sources as desk_sources
from escucha.commands import status
from ledger.ingest import cursors, store
from ledger.system import heartbeat as ledger_heartbeat
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.health import heartbeat, watch
from pipeline.health.alarms import Alarm, alarms, overdue
from pipeline.health.watch_state import note_start
from pipeline.sources import Source
from tests.support.deployment import write_profile
from tests.support.played import NOW, PlayedOptions
from tests.support.seeded import SALT, open_seeded, raws
from tests.support.stubs.server import Reply, Request, Stub
from tests.support.stubs.smtp import mail_sink

MINUTE = timedelta(minutes=1)


class Hook(Stub):
    """A web hook that gives these statuses, one a request."""

    def __init__(self, *statuses: int) -> None:
        super().__init__()
        self.statuses = iter(statuses)

    def answer(self, request: Request) -> Reply:
        return Reply({}, status=next(self.statuses))


def collected(context: Context, source: str, at: datetime = NOW, outcome: str = "done") -> None:
    cursors.end_run(context.ledger, cursors.begin_run(context.ledger, source, at), at, outcome)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def at(moment: datetime) -> None:
        for module in (heartbeat, watch, desk_sources, desk_rendering, status):
            monkeypatch.setattr(module, "now", lambda: moment)

    at(NOW)
    return at


@pytest.fixture
def context(tmp_path: object, set_clock: Callable[[datetime], None]) -> Iterator[Context]:
    made = open_seeded(tmp_path, 0, NOW)  # type: ignore[arg-type]
    made.sources["x"] = Source("x", SimpleNamespace(), PlayedOptions(every=10), None, [])
    yield made
    made.ledger.close()


def told_by_hook(context: Context, stub: Stub) -> None:
    context.settings = Settings(home=context.settings.home, alert_webhook=f"{stub.url}/hook")


def test_a_beat_is_written_and_the_outside_is_called(context: Context) -> None:
    with Hook(200) as stub:
        context.settings = Settings(home=context.settings.home, heartbeat_url=f"{stub.url}/ping/key")
        assert steps.beat(context) == {"beats": 1, "pings": 1}
    assert [(request.method, request.path) for request in stub.requests] == [("GET", "/ping/key")]
    assert ledger_heartbeat.last_beat(context.ledger) == NOW


def test_an_outside_that_does_not_answer_is_red_but_the_beat_is_written(context: Context) -> None:
    with Hook(500) as stub:
        context.settings = Settings(home=context.settings.home, heartbeat_url=f"{stub.url}/ping/key")
        with pytest.raises(UnavailableError) as failure:
            steps.beat(context)
    assert "key" not in str(failure.value)
    assert ledger_heartbeat.last_beat(context.ledger) == NOW


def look(context: Context) -> list[str]:
    """One look of the watch, with a context that is open already."""
    return watch.report_seen(context.settings, watch.look(context))


def subjects(stub: Stub) -> list[str]:
    return [json.loads(request.body)["text"].splitlines()[0] for request in stub.requests]


def test_a_silent_scheduler_is_told_once_and_its_end_once(context: Context, set_clock: Callable[[datetime], None]) -> None:
    collected(context, "x")
    steps.beat(context)
    with Hook(*[200] * 4) as stub:
        told_by_hook(context, stub)
        for minutes in (5, 11):
            set_clock(NOW + minutes * MINUTE)
            assert look(context) == []
        for minutes in (12, 21, 90):
            set_clock(NOW + minutes * MINUTE)
            assert "the scheduler last ran at" in look(context)[0]
        steps.beat(context)
        collected(context, "x", NOW + 90 * MINUTE)
        for _ in range(2):
            assert look(context) == []
    assert subjects(stub) == ["Escucha Madrid: el planificador no da señales", "Escucha Madrid: el planificador vuelve a funcionar"]


def test_an_overdue_source_does_not_mute_the_death_of_the_scheduler(context: Context, set_clock: Callable[[datetime], None]) -> None:
    """Each thing is told by itself, under its own name, and each end too."""
    collected(context, "x")
    with Hook(*[200] * 6) as stub:
        told_by_hook(context, stub)
        set_clock(NOW + 36 * MINUTE)
        steps.beat(context)
        assert len(look(context)) == 1
        set_clock(NOW + 96 * MINUTE)
        assert len(look(context)) == 2
        assert len(look(context)) == 2
        steps.beat(context)
        look(context)
        collected(context, "x", NOW + 97 * MINUTE)
        set_clock(NOW + 98 * MINUTE)
        look(context)
    assert subjects(stub) == [
        "Escucha Madrid: sin recoger: x",
        "Escucha Madrid: el planificador no da señales",
        "Escucha Madrid: el planificador vuelve a funcionar",
        "Escucha Madrid: se vuelve a recoger: x",
    ]


def test_sources_that_the_scheduler_left_behind_are_told_only_when_it_runs_and_they_do_not(
    context: Context, set_clock: Callable[[datetime], None]
) -> None:
    collected(context, "x")
    steps.beat(context)
    with Hook(*[200] * 4) as stub:
        told_by_hook(context, stub)
        set_clock(NOW + 60 * MINUTE)
        assert len(look(context)) == 2, "both are overdue, and one is the cause"
        for minutes in (60, 65, 70):
            set_clock(NOW + minutes * MINUTE)
            steps.beat(context)
            look(context)
        assert len(stub.requests) == 2, "the scheduler, and its end"
        set_clock(NOW + 76 * MINUTE)
        steps.beat(context)
        look(context)
    assert subjects(stub)[2:] == ["Escucha Madrid: sin recoger: x"]


def test_a_new_source_has_a_quarter_of_an_hour_for_its_first_run(context: Context, set_clock: Callable[[datetime], None]) -> None:
    with Hook(*[200] * 2) as stub:
        told_by_hook(context, stub)
        for minutes in (0, 10, 15, 20):
            set_clock(NOW + minutes * MINUTE)
            steps.beat(context)
            assert look(context) == ["x has never been collected; it should run every 10 minutes"]
    assert subjects(stub) == ["Escucha Madrid: nunca recogido: x"]


def test_who_could_not_be_told_is_told_the_next_time(context: Context, set_clock: Callable[[datetime], None]) -> None:
    collected(context, "x")
    steps.beat(context)
    set_clock(NOW + 20 * MINUTE)
    with Hook(503, 200, 503, 200) as stub:
        told_by_hook(context, stub)
        with pytest.raises(UnavailableError):
            look(context)
        assert len(look(context)) == 1
        assert len(look(context)) == 1
        steps.beat(context)
        with pytest.raises(UnavailableError):
            look(context)
        assert look(context) == look(context) == []
    assert len(stub.requests) == 4


def test_a_mail_tells_it_too(context: Context, set_clock: Callable[[datetime], None]) -> None:
    steps.beat(context)
    set_clock(NOW + 20 * MINUTE)
    with mail_sink() as sink:
        context.settings = Settings(home=context.settings.home, smtp_url=sink.address, alert_to="guardia@example.org")
        look(context)
    (mail,) = sink.mails
    assert mail["Subject"] == "Escucha Madrid: el planificador no da señales"


def test_a_source_that_is_read_no_more_is_told_although_the_scheduler_lives(
    context: Context, set_clock: Callable[[datetime], None]
) -> None:
    collected(context, "x")
    steps.beat(context)
    assert overdue(context, NOW + 35 * MINUTE) == [Alarm("scheduler", NOW)]
    set_clock(NOW + 36 * MINUTE)
    steps.beat(context)
    (one,) = overdue(context, NOW + 36 * MINUTE)
    assert str(one) == f"x was last collected at {NOW:%Y-%m-%d %H:%M} UTC; it should run every 10 minutes"


def test_a_scheduler_that_never_lived_is_told_by_the_watch_and_then_on_the_desk(context: Context) -> None:
    """Without a watch there may be no scheduler by intention: the steps are run by hand."""
    collected(context, "x")
    assert alarms(context, NOW) == []
    assert "the scheduler has never run" in look(context)[0]
    assert alarms(context, NOW) == [Alarm("scheduler")]


def test_a_source_is_one_alarm_by_its_worst(context: Context, set_clock: Callable[[datetime], None]) -> None:
    assert alarms(context, NOW) == [Alarm("never", None, "x", 10)]
    collected(context, "x", NOW, "the server refuses the log-in")
    assert alarms(context, NOW) == [Alarm("failing", NOW, "x", 10, "the server refuses the log-in")]
    assert [one.kind for one in alarms(context, NOW + 36 * MINUTE)] == ["source"]
    collected(context, "x", NOW + MINUTE)
    assert alarms(context, NOW + MINUTE) == []


def test_a_profile_that_breaks_and_a_database_that_dies_are_told_by_the_environment_alone(
    tmp_path: Path, set_clock: Callable[[datetime], None]
) -> None:
    """Nothing can be opened any more; the watch speaks as the last good profile did."""
    path = write_profile(tmp_path, tmp_path / "posts.jsonl")
    good = path.read_text()
    home = tmp_path / "watched"
    with Hook(*[200] * 9) as stub:
        settings = Settings(home=home, alert_webhook=f"{stub.url}/hook", example=False)
        assert len(watch.watch(path, settings)) == 2, "no scheduler, and a source that was never read"
        path.write_text(good.replace("[triage]", "retention = 'six monts'\n[triage]").replace("\nname", "\nnaem"))
        for _ in range(2):
            (words,) = watch.watch(path, settings)
            assert "the profile cannot be used" in words
        path.write_text(good)
        watch.watch(path, settings)
        dead = settings.model_copy(update={"ledger_url": "postgresql+psycopg2://nobody@127.0.0.1:9/none"})
        for _ in range(2):
            (words,) = watch.watch(path, dead)
            assert "the database cannot be used" in words
    assert subjects(stub) == [
        "Escucha Madrid: el planificador no da señales",
        "Escucha Madrid: no se puede usar el perfil",
        "Escucha Madrid: vuelve a funcionar",
        "Escucha Madrid: no se puede usar la base de datos",
    ]
    assert {request.headers["User-Agent"] for request in stub.requests} == {f"Escucha/{VERSION} (a@example.org)"}


def test_a_ledger_that_is_gone_is_told_and_none_is_made_in_its_place(tmp_path: Path, set_clock: Callable[[datetime], None]) -> None:
    """As when its disk is not mounted: the watch made an empty one, and said that the scheduler had never run."""
    path = write_profile(tmp_path, tmp_path / "posts.jsonl")
    with Hook(*[200] * 9) as stub:
        settings = Settings(home=tmp_path / "watched", alert_webhook=f"{stub.url}/hook", example=False)
        watch.watch(path, settings)
        ledger = tmp_path / "watched" / "ledger.sqlite"
        ledger.rename(tmp_path / "away")
        (words,) = watch.watch(path, settings)
        assert (
            words
            == "the database cannot be used: the ledger is gone, and it was here before: is its disk mounted? Nothing was made in its place"
        )
        assert not ledger.exists()
        (tmp_path / "away").rename(ledger)
        watch.watch(path, settings)
    assert subjects(stub)[1:] == ["Escucha Madrid: no se puede usar la base de datos", "Escucha Madrid: vuelve a funcionar"]


def test_after_a_start_an_old_heartbeat_is_given_time_and_a_broken_profile_none(
    tmp_path: Path, set_clock: Callable[[datetime], None]
) -> None:
    """`make run` did not look for a quarter of an hour: meanwhile a broken profile was green, and a mended one red."""
    path = write_profile(tmp_path, tmp_path / "posts.jsonl")
    good = path.read_text()
    with Hook(*[200] * 9) as stub:
        settings = Settings(home=tmp_path / "watched", alert_webhook=f"{stub.url}/hook", example=False)
        note_start(settings, NOW)
        set_clock(NOW + 5 * MINUTE)
        assert len(watch.watch(path, settings)) == 2, "no scheduler yet, and a source that was never read"
        assert subjects(stub) == []
        path.write_text(good.replace("[triage]", "retention = 'six monts'\n[triage]"))
        watch.watch(path, settings)
        assert subjects(stub) == ["Escucha Madrid: no se puede usar el perfil"]
        path.write_text(good)
        set_clock(NOW + 40 * MINUTE)
        watch.watch(path, settings)
        set_clock(NOW + 60 * MINUTE)
        watch.watch(path, settings)
    assert subjects(stub)[1:3] == ["Escucha Madrid: vuelve a funcionar", "Escucha Madrid: el planificador no da señales"]


def test_the_desk_is_red_while_the_watch_cannot_use_the_profile(
    context: Context, tmp_path: Path, set_clock: Callable[[datetime], None]
) -> None:
    """The desk goes on with the profile of its start: no schedule is loaded, and its light must not be green."""
    collected(context, "x")
    steps.beat(context)
    broken = tmp_path / "broken.toml"
    broken.write_text("retention = [")
    watch.watch(broken, context.settings)
    (one,) = alarms(context, NOW)
    assert (one.kind, "broken.toml" in one.why) == ("profile", True)
    page = desk(context).get("/sources").text
    assert "El perfil tiene un error desde el" in page
    assert alarms(context, NOW + 16 * MINUTE)[0].kind != "profile", "the watch itself has stopped: it knows nothing any more"


def desk(context: Context) -> TestClient:
    return TestClient(create_app(context), base_url="http://127.0.0.1:8800", client=("127.0.0.1", 50000), headers={"accept-language": "es"})


def test_status_and_desk_show_it(context: Context, set_clock: Callable[[datetime], None]) -> None:
    collected(context, "x")
    steps.beat(context)
    page = desk(context)
    assert "no funciona correctamente" not in page.get("/sources").text
    set_clock(NOW + 20 * MINUTE)
    assert "El sistema no funciona correctamente" in page.get("/sources").text
    assert "scheduler: SILENT: the scheduler last ran" in status.format_text(status.status(context))


@pytest.mark.parametrize(
    ("outcome", "state", "sentence"),
    [
        (None, "source x: NOT WORKING: x has never been collected; it should run every 10 minutes", "X: nunca se ha recogido"),
        ("no log-in", f"source x: NOT WORKING: x failed at {NOW:%Y-%m-%d %H:%M} UTC: no log-in", "X: la última recogida falló"),
    ],
)
def test_a_source_that_was_never_read_or_fails_is_neither_on_nor_green(
    context: Context, outcome: str | None, state: str, sentence: str
) -> None:
    steps.beat(context)
    if outcome:
        collected(context, "x", NOW, outcome)
    found = status.status(context)
    assert state in status.format_text(found)
    assert any("x " in one for one in found["problems"])
    page = desk(context).get("/sources").text
    assert sentence in page
    assert "cada fuente se recoge" not in page
    assert 'class="light good"' not in page


def test_a_worker_that_stopped_is_told_only_while_posts_wait(context: Context, set_clock: Callable[[datetime], None]) -> None:
    ledger_heartbeat.worker_beat(context.ledger, NOW)
    later = NOW + 26 * MINUTE
    collected(context, "x", later)
    assert overdue(context, later) == []
    post = pseudonymise(raws(1, NOW)[0], context.city, SALT)
    run = cursors.begin_run(context.ledger, "archive", NOW)
    store.store_page(context.ledger, run, "archive", [post], [], {"at": 1}, None, NOW)
    assert overdue(context, NOW + 25 * MINUTE) == []
    (one,) = overdue(context, later)
    assert str(one) == f"posts wait, and no worker has annotated any since {NOW:%Y-%m-%d %H:%M} UTC"


def test_settings_that_are_not_used_are_told_once_a_day(context: Context, set_clock: Callable[[datetime], None]) -> None:
    collected(context, "x")
    context.overlay_problems = {"triage": ConfigurationError("unknown key 'triage.gone'")}
    steps.beat(context)
    with Hook(*[200] * 2) as stub:
        told_by_hook(context, stub)
        for minutes in (0, 5):
            set_clock(NOW + minutes * MINUTE)
            assert look(context) == []
        set_clock(NOW + timedelta(days=1, minutes=1))
        collected(context, "x", NOW + timedelta(days=1))
        steps.beat(context)
        look(context)
    said = [json.loads(request.body)["text"] for request in stub.requests]
    assert len(said) == 2
    assert "un cambio de los ajustes no se aplica" in said[0]
    assert "unknown key 'triage.gone'" in said[0]
    assert "/settings/triage" in said[0]
