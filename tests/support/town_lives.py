"""Fill the towns of one installation: posts, cases, users, answers, and what else can be told apart."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.config.towns import towns_of
from core.records.marked_event import EventFields
from core.web.by_host import ByHost
from desk.app import create_app as desk_of
from ledger import read
from pipeline import all_steps, casework, marked_events, saved_views
from pipeline.access import api_tokens
from pipeline.access.api_tokens import SCOPES
from pipeline.casework.answering import answers
from pipeline.context import Context, now, open_context
from pipeline.steps.receive import receive
from portal.app import create_app as portal_of
from portal.pages import report_form
from search.connection.engine import stop_embedded
from tests.support import citizen_reports, desk_client, desk_pages
from tests.support.mail_server import MailServer, mail_server
from tests.support.province import TEXTS, write_town
from tests.support.subscription_rig import subscribed

WORDS = {"getafe": "xilofonista", "parla": "zanquilargo", "pinto": "quisquilloso", "coslada": "berberecho"}
PLACES = ("Plaza de Lavapiés 3", "Calle de Alcalá 200", "Calle de Embajadores 45")
POSTS = (*TEXTS, "Hay un socavón enorme en la calle de Embajadores 45, casi se cae un {word}", "Qué bonito está todo, escribe el {word}")


@dataclass
class Life:
    """Describe what happens in a town."""

    posts: Sequence[int]
    deeds: Sequence[str]


@dataclass
class Town:
    """Hold a town that is served, and all that is its own alone."""

    name: str
    word: str
    context: Context
    desk: Starlette
    portal: Starlette
    desks: ByHost
    portals: ByHost
    life: Life
    token: str = ""
    drafts: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    """Addresses that were given to one citizen each."""
    said: list[str] = field(default_factory=list)
    """Lines of the log that work on this town wrote."""

    def visitor(self, program: str) -> TestClient:
        """Return a browser of a stranger at the desk or the portal."""
        apps, address = (
            (self.desks, self.context.settings.desk_address) if program == "desk" else (self.portals, self.context.settings.portal_address)
        )
        return TestClient(apps, base_url=address, client=("127.0.0.1", 50000), headers={"accept-language": "es"})

    def staff(self) -> TestClient:
        """Return the browser of an administrator who has logged in."""
        return desk_client.logged_in(self.context, "ana", self.visitor("desk"))

    @property
    def posts(self) -> list[str]:
        """Return the ids of its posts."""
        return [one.post_id for one in read.post_records(self.context.ledger)]

    @property
    def cases(self) -> list[str]:
        """Return the keys of its cases."""
        return [one.case_key for one in read.case_records(self.context.ledger)]

    def marks(self) -> set[str]:
        """Return all that must be seen in no other town."""
        secrets = (one.rpartition("/")[2] for one in self.receipts)
        own = {self.word, f"@{self.name}.example", self.context.ledger.ledger_id, self.context.salt.decode(), self.token, *secrets}
        return {one for one in own | {*self.posts, *self.cases} if one}


def report(town: Town) -> None:
    """Send a citizen's report, with an address to be told of it."""
    words, address = f"Una avería que vio el {town.word}", f"vecina@{town.name}.example"
    place = PLACES[len(town.receipts) % len(PLACES)]
    town.receipts.append(citizen_reports.send(town.visitor("portal"), description=words, place=place, contact=address, another="1"))


def hand_in(town: Town) -> None:
    """Hand a post in by the inbox."""
    receive(town.context, [{"id": "i", "text": f"La papelera de la calle Toledo está rota, dice el {town.word}"}])


def note(town: Town) -> None:
    """Take the first case, and note something on it."""
    for case in town.cases[:1]:
        casework.note(town.context, case, "ana", f"lo sabe el {town.word}")


def answer(town: Town) -> None:
    """Answer a citizen."""
    [key] = answers.draft(town.context, town.posts[:1], f"Gracias, {town.word}, está arreglado.", "es", "ana")
    answers.approve(town.context, key, "ana")


def mark_event(town: Town) -> None:
    """Mark an event on the timelines."""
    today = now().date()
    marked_events.add(town.context, EventFields(name=f"Feria del {town.word}", first_day=today - timedelta(days=3), last_day=today), "ana")


def save_view(town: Town) -> None:
    """Save a view for all."""
    saved_views.save(town.context, "ana", "posts", f"Del {town.word}", f"q={town.word}", shared=True)


def subscribe(town: Town) -> None:
    """Subscribe to a report."""
    subscribed(town.context, "ana", address=f"jefa@{town.name}.example")


def correct(town: Town) -> None:
    """Correct a label, with a reason."""
    casework.correct(town.context, town.posts[0], "topic", "noise", "ana", f"lo dijo el {town.word}")


def more_people(town: Town) -> None:
    """Add a user."""
    casework.set_user(town.context.ledger, f"{town.word}9", "no password", "agent")


def ask_for_report(town: Town) -> None:
    """Ask for a report that waits."""
    town.jobs.append(desk_pages.waiting_report(town.context))


def warn(town: Town) -> None:
    """Store a warning of a rise."""
    desk_pages.warning(town.context)


def upload(town: Town) -> None:
    """Upload a gazetteer that waits for a decision."""
    town.drafts.append(desk_pages.upload(town.context))


def propose(town: Town) -> None:
    """Add an answer to a frequent question."""
    staff = town.staff()
    today = now().date()
    form = {
        **desk_client.hidden(staff.get("/answers/known/new").text, "/answers/known/new"),
        "id": f"del_{town.name}",
        "service": "culture_sports_events",
        "owner": f"Oficina de {town.name.capitalize()}",
        "valid_from": f"{today}",
        "valid_until": f"{today + timedelta(days=90)}",
        "text_es": f"El {town.word} atiende por las mañanas.",
        "questions_es": f"¿Quién es el {town.word}?",
        "links": f"https://{town.name}.example/",
        "approved": "1",
    }
    assert staff.post("/answers/known/new", data=form, follow_redirects=False).status_code == 303


DEEDS: dict[str, Callable[[Town], None]] = {
    one.__name__: one
    for one in (
        report,
        hand_in,
        note,
        answer,
        mark_event,
        save_view,
        subscribe,
        correct,
        more_people,
        ask_for_report,
        warn,
        upload,
        propose,
    )
}


@contextmanager
def province(folder: Path, lives: Sequence[Life]) -> Iterator[tuple[list[Town], MailServer]]:
    """Yield as many towns as there are lives, each after its own."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_form, "FASTEST_S", 0)
        server = stack.enter_context(mail_server())
        names = list(WORDS)[: len(lives)]
        for name, life in zip(names, lives, strict=True):
            path = write_town(folder, name, [POSTS[at] for at in life.posts], WORDS[name])
            mails = f'mail = "equipo@{name}.example"\nlead_mail = "jefa@{name}.example"\n[reports.weekly]\nto = ["alcaldia@{name}.example"]'
            path.write_text(path.read_text(encoding="utf-8").replace("[reports.weekly]", mails), encoding="utf-8")
            patch.setenv(f"ESCUCHA_TOWN_{name.upper()}_MAIL_FROM", f"escucha@{name}.example")
        listed = ",".join(str(folder / f"{name}.toml") for name in names)
        settings = Settings(home=folder / "home", towns=listed, smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
        stack.callback(stop_embedded, settings)
        opened = [stack.enter_context(open_context(one.profile, one.settings)) for one in towns_of(settings, Path("unused"))]
        desks, portals = [desk_of(one) for one in opened], [portal_of(one) for one in opened]
        by_desk = ByHost({one.settings.desk_address: app for one, app in zip(opened, desks, strict=True)}, settings.desk_address)
        by_portal = ByHost({one.settings.portal_address: app for one, app in zip(opened, portals, strict=True)}, settings.portal_address)
        towns = [
            Town(name, WORDS[name], context, desk, portal, by_desk, by_portal, life)
            for name, context, desk, portal, life in zip(names, opened, desks, portals, lives, strict=True)
        ]
        for town in towns:
            with logged(town):
                desk_client.people(town.context)
                all_steps.run(town.context)
        for deed in range(max(len(life.deeds) for life in lives)):  # in turn, so that what a process keeps is used by all
            for town, life in zip(towns, lives, strict=True):
                if deed < len(life.deeds):
                    with logged(town):
                        DEEDS[life.deeds[deed]](town)
        for town in towns:
            with logged(town):
                town.token = api_tokens.make(town.context.ledger, "bi", SCOPES, 30, "ana")
                all_steps.run(town.context)
                all_steps.report(town.context)
        yield towns, server


@contextmanager
def logged(town: Town) -> Iterator[None]:
    """Keep what is logged meanwhile as said of this town."""

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            town.said.append(self.format(record))

    keeper, log = Keeper(), logging.getLogger("escucha")
    before = log.level
    log.addHandler(keeper)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(keeper)
        log.setLevel(before)


def sent_by(server: MailServer, town: Town) -> list[tuple[str, EmailMessage]]:
    """Return the mails that a town sent."""
    return [(to, mail) for to, mail in server.taken if f"@{town.name}.example" in str(mail["From"])]


def whole(mail: EmailMessage) -> str:
    """Return all that a mail says, in words and headers."""
    parts = [one.get_content() for one in mail.walk() if not one.is_multipart()]
    return "\n".join([*map(str, mail.values()), *(str(one) for one in parts)])
