"""A dead scheduler is told once, and once when it is back, by something that is not the scheduler."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from core.privacy.pseudonymise import pseudonymise
from desk.app import create_app
from desk.pages import sources as desk_sources
from escucha.commands import status
from ledger.ingest import cursors, store
from ledger.system import heartbeat as ledger_heartbeat
from pipeline import all_steps as steps
from pipeline.context import Context, Source
from pipeline.health import heartbeat
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


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def at(moment: datetime) -> None:
        for module in (heartbeat, desk_sources, status):
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


def test_a_silent_scheduler_is_told_once_and_its_end_once(
    context: Context, set_clock: Callable[[datetime], None]
) -> None:
    steps.beat(context)
    with Hook(*[200] * 4) as stub:
        told_by_hook(context, stub)
        for minutes in (5, 11):
            set_clock(NOW + minutes * MINUTE)
            assert heartbeat.watch(context) == []
        for minutes in (12, 21, 90):
            set_clock(NOW + minutes * MINUTE)
            (words,) = heartbeat.watch(context)
            assert "the scheduler last ran at" in words
        steps.beat(context)
        for _ in range(2):
            assert heartbeat.watch(context) == []
    said = [request.body.decode() for request in stub.requests]
    assert len(said) == 2
    assert "no da se" in said[0]
    assert "vuelve a funcionar" in said[1]


def test_who_could_not_be_told_is_told_the_next_time(context: Context, set_clock: Callable[[datetime], None]) -> None:
    steps.beat(context)
    set_clock(NOW + 20 * MINUTE)
    with Hook(503, 200) as stub:
        told_by_hook(context, stub)
        with pytest.raises(UnavailableError):
            heartbeat.watch(context)
        assert len(heartbeat.watch(context)) == 1
        assert len(heartbeat.watch(context)) == 1
    assert len(stub.requests) == 2


def test_a_mail_tells_it_too(context: Context, set_clock: Callable[[datetime], None]) -> None:
    steps.beat(context)
    set_clock(NOW + 20 * MINUTE)
    with mail_sink() as sink:
        context.settings = Settings(home=context.settings.home, smtp_url=sink.address, alert_to="guardia@example.org")
        heartbeat.watch(context)
    (mail,) = sink.mails
    assert mail["Subject"] == "Escucha Madrid: el planificador no da señales"


def test_a_source_that_is_read_no_more_is_told_although_the_scheduler_lives(
    context: Context, set_clock: Callable[[datetime], None]
) -> None:
    cursors.begin_run(context.ledger, "x", NOW)
    steps.beat(context)
    assert heartbeat.overdue(context, NOW + 35 * MINUTE) == [f"the scheduler last ran at {NOW:%Y-%m-%d %H:%M} UTC"]
    set_clock(NOW + 36 * MINUTE)
    steps.beat(context)
    (words,) = heartbeat.overdue(context, NOW + 36 * MINUTE)
    assert "x was last collected at" in words
    assert "should run every 10 minutes" in words


def test_a_scheduler_that_never_lived_is_told_by_the_watch_and_not_on_the_desk(context: Context) -> None:
    assert "the scheduler has never run" in heartbeat.watch(context)[0]
    assert heartbeat.overdue(context, NOW) == []


def test_status_and_desk_show_it(context: Context, set_clock: Callable[[datetime], None]) -> None:
    steps.beat(context)
    page = TestClient(
        create_app(context),
        base_url="http://127.0.0.1:8800",
        client=("127.0.0.1", 50000),
        headers={"accept-language": "es"},
    )
    assert "no funciona correctamente" not in page.get("/sources").text
    set_clock(NOW + 20 * MINUTE)
    assert "El sistema no funciona correctamente" in page.get("/sources").text
    assert "scheduler: SILENT: the scheduler last ran" in status.format_text(status.status(context))


def test_a_worker_that_stopped_is_told_only_while_posts_wait(
    context: Context, set_clock: Callable[[datetime], None]
) -> None:
    ledger_heartbeat.worker_beat(context.ledger, NOW)
    later = NOW + 26 * MINUTE
    assert heartbeat.overdue(context, later) == []
    post = pseudonymise(raws(1, NOW)[0], context.city, SALT)
    run = cursors.begin_run(context.ledger, "archive", NOW)
    store.store_page(context.ledger, run, "archive", [post], [], {"at": 1}, None, NOW)
    assert heartbeat.overdue(context, NOW + 25 * MINUTE) == []
    (words,) = heartbeat.overdue(context, later)
    assert words == f"posts wait, and no worker has annotated any since {NOW:%Y-%m-%d %H:%M} UTC"


def test_settings_that_are_not_used_are_told_once_a_day(
    context: Context, set_clock: Callable[[datetime], None]
) -> None:
    context.overlay_problems = {"triage": ConfigurationError("unknown key 'triage.gone'")}
    steps.beat(context)
    with Hook(*[200] * 2) as stub:
        told_by_hook(context, stub)
        for minutes in (0, 5):
            set_clock(NOW + minutes * MINUTE)
            assert heartbeat.watch(context) == []
        set_clock(NOW + timedelta(days=1, minutes=1))
        steps.beat(context)
        heartbeat.watch(context)
    said = [json.loads(request.body)["text"] for request in stub.requests]
    assert len(said) == 2
    assert "un cambio de los ajustes no se aplica" in said[0]
    assert "unknown key 'triage.gone'" in said[0]
    assert "/settings/triage" in said[0]
