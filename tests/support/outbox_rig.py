"""Fill a ledger so that one message of each kind is due, and send it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr

from core.config.city import Answers
from core.config.profile.warnings import WarningRules
from core.config.settings import Settings
from core.config.source_options import SourceOptions
from core.privacy.pseudonyms import encrypt_origin
from core.records.answer import ReplyTarget
from core.records.outbox import OutboxKind
from ledger.database import Ledger, open_ledger
from ledger.system import users
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context, now
from pipeline.outbox.sending import send
from pipeline.portal import citizens
from pipeline.report_mails import ReportMails
from pipeline.sources import Source
from pipeline.steps.alert import alert as alert_step
from pipeline.steps.answer import answer
from pipeline.steps.escalate import escalate
from pipeline.steps.notify import notify
from pipeline.steps.warn import warn
from pipeline.subscriptions.sending import send_subscriptions
from pipeline.webhooks import send_webhooks
from reports.publish import write_report
from tests.support import alert_rig, escalate_rig, warning_rig, webhook_rig
from tests.support.clock import set_clock
from tests.support.ledger_facts import NOW, SALT, opened_case, post
from tests.support.mail_server import MailServer
from tests.support.portal_facts import portal_context
from tests.support.receiver import Receiver
from tests.support.report_facts import CITY
from tests.support.subscription_rig import ANA, context_of, subscribed

MINUTE = timedelta(minutes=1)
CASES = (
    "alert",
    "alert by webhook",
    "warning",
    "warning by webhook",
    "report",
    "subscription",
    "staff",
    "citizen",
    "event by webhook",
    "answer",
)
"""A kind, and how it leaves."""


@dataclass
class Sender:
    """Hold one due message and the step that sends it."""

    context: Context
    step: Callable[[Context], object]
    kind: OutboxKind
    moment: datetime
    url: str

    def in_child(self) -> None:
        """Run the step with a ledger of its own, as another process does."""
        mine = open_ledger(self.url, SALT)
        self.step(replace(self.context, ledger=mine))
        mine.close()


@dataclass
class World:
    """Hold what receives: a mail server and a webhook."""

    server: MailServer
    there: Receiver
    home: Path
    monkeypatch: pytest.MonkeyPatch

    def ids(self) -> list[str]:
        """Return the id of each message that came, copies too."""
        mails = [str(mail["Message-ID"]) for _to, mail in self.server.taken]
        return mails + [one.headers["webhook-id"] for one in self.there.taken]

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, smtp_url=SecretStr(f"smtp://127.0.0.1:{self.server.port}"))


def sender_of(case: str, ledger: Ledger, url: str, world: World) -> Sender:
    """Make one message of this kind due."""
    kind, _, by = case.partition(" by ")
    make = {"alert": _alert, "warning": _warning, "report": _report, "subscription": _subscription, "staff": _staff, "citizen": _citizen}
    make |= {"event": _event, "answer": _answer}
    context, step, moment = make[kind](ledger, world, by == "webhook")
    set_clock(world.monkeypatch, moment)
    return Sender(context, step, kind, moment, url)  # type: ignore[arg-type]  # a key of `make`


Made = tuple[Context, Callable[[Context], object], datetime]


def _alert(ledger: Ledger, world: World, by_webhook: bool) -> Made:
    world.monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", alert_rig.SECRET)
    context = alert_rig.context_of(ledger, world.server, world.there, world.home)
    alert_rig.alert(context, world.monkeypatch, hook=world.there if by_webhook else None)
    alert_rig.write(ledger, 2)
    return context, alert_step, NOW + MINUTE


def _warning(ledger: Ledger, world: World, by_webhook: bool) -> Made:
    world.monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", alert_rig.SECRET)
    rules = WarningRules(to=() if by_webhook else ("prensa@example.org",), webhooks=by_webhook)
    city = warning_rig.MADRID.model_copy(update={"warnings": rules, "webhooks": (alert_rig.hook_to(world.there),)})
    context = Context(city=city, settings=world.settings, salt=SALT, ledger=ledger, sources={}, city_path=warning_rig.MADRID.path)
    warning_rig.history(ledger)
    warning_rig.told(ledger, [NOW - 30 * MINUTE + n * 5 * MINUTE for n in range(5)], "Sin agua", "water_sewage")
    return context, warn, NOW


def _report(ledger: Ledger, world: World, _by_webhook: bool) -> Made:
    """Write the report here: what draws it has threads, which no forked child has."""
    weekly = CITY.reports["weekly"].model_copy(update={"to": ("ana@example.org",), "languages": ("es",)})
    context = context_of(world.home, ledger)
    context.city, context.settings = CITY.model_copy(update={"reports": {"weekly": weekly}}), world.settings
    files = write_report(context.city, context.settings, ledger, "weekly", now())
    return context, lambda context: send(context, ReportMails(files)), now()


def _subscription(ledger: Ledger, world: World, _by_webhook: bool) -> Made:
    users.set_user(ledger, "ana", "hash", "admin", now())
    users.set_mail(ledger, "ana", ANA, "root", now())
    context = context_of(world.home, ledger)
    context.settings = world.settings
    subscribed(context)
    return context, send_subscriptions, now()


def _staff(ledger: Ledger, world: World, _by_webhook: bool) -> Made:
    city = escalate_rig.told_to(escalate_rig.MADRID, lead_mail=None)
    opened_case(ledger, escalate_rig.ONE)
    context = Context(city=city, settings=world.settings, salt=SALT, ledger=ledger, sources={}, city_path=city.path)
    return context, escalate, escalate_rig.OVER


def _citizen(ledger: Ledger, world: World, _by_webhook: bool) -> Made:
    context = portal_context(world.home, ledger)
    context.settings = context.settings.model_copy(update={"smtp_url": world.settings.smtp_url})
    item = {"id": "1", "sender": "portal", "text": "Alumbrado. La farola lleva un mes fundida"}
    number = citizens.store_report(context, item)
    assert number is not None
    citizens.store_contact(context, number, "ana@example.org", "es")
    return context, notify, now()


def _event(ledger: Ledger, world: World, _by_webhook: bool) -> Made:
    world.monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", webhook_rig.SECRETS)
    opened_case(ledger, post(1))
    return webhook_rig.context_of(ledger, world.home, webhook_rig.hook(world.there.url)), send_webhooks, NOW


@dataclass
class Network:
    """Take answers where `world.ids` counts them, and say which are there."""

    there: Receiver

    def reply(self, _city: object, _options: object, _secrets: object, _target: ReplyTarget, _text: str, key: str) -> str:
        httpx.post(self.there.url, content=b"{}", headers={"webhook-id": key}, timeout=60).raise_for_status()
        return f"https://red.example/{key}"

    def find_reply(self, *arguments: object) -> str | None:
        keys = {one.headers["webhook-id"] for one in self.there.taken}
        return f"https://red.example/{arguments[-1]}" if arguments[-1] in keys else None


def _answer(ledger: Ledger, world: World, _by_webhook: bool) -> Made:
    asked = post(1, origin=encrypt_origin(SALT, "1", "https://red.example/1"))
    opened_case(ledger, asked)
    source = Source(name="archive", module=SimpleNamespace(), options=SourceOptions(), secrets=None, missing=[])
    city = CITY.model_copy(update={"answers": Answers(send=True)})
    context = Context(city=city, settings=world.settings, salt=SALT, ledger=ledger, sources={"archive": source}, city_path=CITY.path)
    world.monkeypatch.setattr("pipeline.steps.answer.load_replier", lambda _name: Network(world.there))
    world.monkeypatch.setattr("core.config.plugins.load_reply_secrets", lambda *_: None)
    [key] = case_answers.draft(context, [asked.post_id], "La farola se repara.", "es", "ana")
    case_answers.approve(context, key, "ben")
    return context, answer, NOW
